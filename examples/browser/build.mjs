// Bundles the page into dist/; with --serve, shows it as well and bundles again on each request.
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const { FLAGPLATFORM_URL = "http://localhost:8000", FLAGPLATFORM_KEY = "", PORT = "8300" } = process.env;
if (!FLAGPLATFORM_KEY.startsWith("fp_client_")) {
  throw new Error("FLAGPLATFORM_KEY has to be a client key, because everybody who opens the page can read it.");
}

const options = {
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: ["src/main.js", "src/index.html"],
  outdir: "dist",
  bundle: true,
  format: "esm",
  minify: true,
  loader: { ".html": "copy" },
  define: {
    FLAGPLATFORM_URL: JSON.stringify(FLAGPLATFORM_URL),
    FLAGPLATFORM_KEY: JSON.stringify(FLAGPLATFORM_KEY),
  },
};

if (process.argv.includes("--serve")) {
  const context = await esbuild.context(options);
  await context.serve({ servedir: "dist", host: "127.0.0.1", port: Number(PORT) });
  console.log(`open http://localhost:${PORT}/?visitor=alice`);
} else {
  await esbuild.build(options);
}
