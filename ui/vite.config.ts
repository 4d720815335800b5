/** Builds the client bundle alone; the server runs from source. */
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname!,
  base: "/assets/",
  publicDir: false,
  logLevel: "warn",
  // The islands' JSX, as deno.json's compilerOptions have it.
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "dist",
    assetsDir: "",
    manifest: "manifest.json",
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: {
        client: `${import.meta.dirname}/client.ts`,
        style: `${import.meta.dirname}/styles/page.css`,
      },
    },
  },
});
