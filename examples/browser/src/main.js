// Draws the page from the flags, and again on each change of them.
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature, ProviderEvents } from "@openfeature/web-sdk";

const visitor = new URLSearchParams(location.search).get("visitor") ?? "somebody";
const flags = OpenFeature.getClient();

function draw() {
  const isOnOnePage = flags.getBooleanValue("new-checkout", false);
  document.querySelector("#checkout").textContent = isOnOnePage ? "on one page" : "in three steps";
  document.querySelector("#buy").style.backgroundColor = flags.getStringValue("buy-button-colour", "#cccccc");
  document.querySelector("#standing").textContent = `Flags for ${visitor}: ${flags.providerStatus}`;
}

const { Ready, ConfigurationChanged, ContextChanged, Stale, Error } = ProviderEvents;
for (const event of [Ready, ConfigurationChanged, ContextChanged, Stale, Error]) {
  flags.addHandler(event, draw);
}

await OpenFeature.setContext({ targetingKey: visitor });
OpenFeature.setProvider(
  new OFREPWebProvider({ baseUrl: FLAGPLATFORM_URL, headers: [["Authorization", `Bearer ${FLAGPLATFORM_KEY}`]] }),
);
