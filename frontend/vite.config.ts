import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const backend = "http://127.0.0.1:8000";

/** The files of the page on which people read and try the API. */
function apiDocs(): Plugin {
  const require = createRequire(import.meta.url);
  return {
    name: "api-docs",
    generateBundle() {
      for (const file of ["swagger-ui.css", "swagger-ui-bundle.js"])
        this.emitFile({
          type: "asset",
          fileName: `docs/${file}`,
          source: readFileSync(require.resolve(`swagger-ui-dist/${file}`)),
        });
    },
  };
}

export default defineConfig({
  plugins: [react(), apiDocs()],
  cacheDir: "../node_modules/.vite",
  build: {
    outDir: "../backend/tracker/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2024",
  },
  server: {
    proxy: { "/api": backend, "/saq": backend },
  },
  test: {
    projects: [
      // What is pure needs no page; a jsdom for each file is most of the time.
      { test: { name: "pure", include: ["src/features/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "page",
          include: [
            "src/**/*.test.tsx",
            "src/{api,shell,ui}/**/*.test.ts",
            "src/*.test.ts",
          ],
          environment: "jsdom",
          environmentOptions: { jsdom: { url: "http://localhost:3000/" } },
          setupFiles: ["src/test/setup.ts"],
          css: false,
        },
      },
    ],
  },
});
