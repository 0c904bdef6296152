// Draws the page from the flags, and again on each change of them; tells who saw which checkout, and who bought.
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature, ProviderEvents } from "@openfeature/web-sdk";
import { tell } from "./events.js";

const visitor = new URLSearchParams(location.search).get("visitor") ?? "somebody";
const flags = OpenFeature.getClient();
let seen;

function draw() {
  const { value: isOnOnePage, variant } = flags.getBooleanDetails("new-checkout", false);
  if (variant && variant !== seen) {
    seen = variant;
    tell({ type: "exposure", flag: "new-checkout", variant, user_key: visitor });
  }
  document.querySelector("#checkout").textContent = isOnOnePage ? "on one page" : "in three steps";
  document.querySelector("#buy").style.backgroundColor = flags.getStringValue("buy-button-colour", "#cccccc");
  document.querySelector("#standing").textContent = `Flags for ${visitor}: ${flags.providerStatus}`;
}

const { Ready, ConfigurationChanged, ContextChanged, Stale, Error } = ProviderEvents;
for (const event of [Ready, ConfigurationChanged, ContextChanged, Stale, Error]) {
  flags.addHandler(event, draw);
}

document.querySelector("#buy").addEventListener("click", () => {
  tell({ type: "metric", name: "bought", value: 12.5, user_key: visitor });
});

await OpenFeature.setContext({ targetingKey: visitor });
OpenFeature.setProvider(
  new OFREPWebProvider({ baseUrl: FLAGPLATFORM_URL, headers: [["Authorization", `Bearer ${FLAGPLATFORM_KEY}`]] }),
);
