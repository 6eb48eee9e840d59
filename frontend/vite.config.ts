import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { brotliCompress } from "node:zlib";
import { lingui } from "@lingui/vite-plugin";
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

/** The page asks for the app at once, though it begins only when its language is there. */
function appPreload(): Plugin {
  return {
    name: "app-preload",
    transformIndexHtml: {
      order: "post",
      handler: (_html, { bundle = {} }) => {
        const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
        const app = chunks.find(({ facadeModuleId }) =>
          facadeModuleId?.endsWith("/src/app.tsx"),
        );
        return [app?.fileName, ...(app?.imports ?? [])]
          .filter((file) => file !== undefined)
          .map((file) => ({
            tag: "link",
            injectTo: "head",
            attrs: { rel: "modulepreload", crossorigin: true, href: `/${file}` },
          }));
      },
    },
  };
}

/** What is text goes out packed by Brotli, which is too slow to pack while somebody waits. */
function packed(): Plugin {
  return {
    name: "packed",
    generateBundle: {
      order: "post",
      async handler(_options, bundle) {
        const texts = Object.values(bundle).filter(({ fileName }) =>
          /\.(css|js|svg)$/.test(fileName),
        );
        const emit = async (file: (typeof texts)[number]) => {
          const plain = file.type === "chunk" ? file.code : file.source;
          const source = await promisify(brotliCompress)(plain);
          this.emitFile({ type: "asset", fileName: `${file.fileName}.br`, source });
        };
        await Promise.all(texts.map(emit));
      },
    },
  };
}

/** Messages stay in the code as English; a catalog is only what they are translated to. */
const languages = lingui({
  cwd: import.meta.dirname,
  failOnMissing: true,
  macroTransform: { macro: { descriptorFields: "message" } },
});

export default defineConfig({
  plugins: [languages, react(), apiDocs(), appPreload(), packed()],
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
      {
        extends: true,
        test: {
          name: "pure",
          include: ["src/{features,locales}/**/*.test.ts"],
          setupFiles: ["src/test/english.ts"],
        },
      },
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
          setupFiles: ["src/test/english.ts", "src/test/setup.ts"],
          css: false,
        },
      },
    ],
  },
});
