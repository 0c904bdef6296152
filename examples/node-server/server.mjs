// A shop whose pages ask a flag for each visitor.
import { createServer } from "node:http";
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OpenFeature } from "@openfeature/server-sdk";

const { FLAGPLATFORM_URL, FLAGPLATFORM_KEY, PORT = "8200" } = process.env;

await OpenFeature.setProviderAndWait(
  new OFREPProvider({ baseUrl: FLAGPLATFORM_URL, headers: [["Authorization", `Bearer ${FLAGPLATFORM_KEY}`]] }),
);
const flags = OpenFeature.getClient();

async function checkoutOf(visitor) {
  const { value, reason, errorMessage } = await flags.getBooleanDetails("new-checkout", false, { targetingKey: visitor });
  return { visitor, checkout: value ? "one page" : "three steps", reason, errorMessage };
}

const server = createServer(async (request, response) => {
  const visitor = new URL(request.url, "http://localhost").searchParams.get("visitor") ?? "somebody";
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(await checkoutOf(visitor)));
});

server.listen(Number(PORT), "127.0.0.1", () => console.log(`open http://localhost:${PORT}/?visitor=alice`));
