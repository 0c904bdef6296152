// A shop's page: a gate, an experiment's payload, and an experiment's arms, for a visitor who can be another one.
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { FeatureFlag, OpenFeature, OpenFeatureProvider, useContextMutator } from "@openfeature/react-sdk";
import { Suspense, useState } from "react";
import { createRoot } from "react-dom/client";
import { Experiment, useExperiment } from "./experiments.jsx";

function Visitor({ name, onChange }) {
  const { setContext } = useContextMutator({ defaultContext: true });
  const rename = async (event) => {
    onChange(event.target.value);
    await setContext({ targetingKey: event.target.value });
  };
  return (
    <label>
      Visitor <input value={name} onChange={rename} />
    </label>
  );
}

function Checkout() {
  return (
    <FeatureFlag flagKey="new-checkout" defaultValue={false} matchValue={true} fallback={<p>Checkout in three steps</p>}>
      <p>Checkout on one page</p>
    </FeatureFlag>
  );
}

function Buy() {
  const { payload } = useExperiment("buy-button", { label: "Add to basket" });
  return <button type="button">{payload.label}</button>;
}

function Shop() {
  const [name, setName] = useState("alice");
  return (
    <>
      <h1>A shop</h1>
      <Visitor name={name} onChange={setName} />
      <Checkout />
      <Buy />
      <Experiment name="buy-button" arms={{ urgent: <p role="note">Only today</p> }} />
    </>
  );
}

await OpenFeature.setContext({ targetingKey: "alice" });
OpenFeature.setProvider(
  new OFREPWebProvider({ baseUrl: FLAGPLATFORM_URL, headers: [["Authorization", `Bearer ${FLAGPLATFORM_KEY}`]] }),
);
createRoot(document.querySelector("#shop")).render(
  <OpenFeatureProvider suspendUntilReady>
    <Suspense fallback={<p>One moment …</p>}>
      <Shop />
    </Suspense>
  </OpenFeatureProvider>,
);
