import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { brotliCompress } from "node:zlib";
import { lingui } from "@lingui/vite-plugin";
import react from "@vitejs/plugin-react";
import { build, type Plugin, type Rolldown, type UserConfig } from "vite";
import { defineConfig, type ViteUserConfig } from "vitest/config";

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

/** What the queue shows at once, as far as it is asked for by `import()`. */
const FIRST = [
  "app.tsx",
  "features/incidents/QueuePage.tsx",
  "features/views/ViewTools.tsx",
  "shell/RailPages.tsx",
  "shell/RailViews.tsx",
];

/** The modules of the chunks that come with some modules, in a build that is done. */
function cameWith(files: string[], output: Rolldown.OutputChunk[]): Set<string> {
  const paths = files.map((file) => `${import.meta.dirname}/src/${file}`);
  const needed = new Set(
    output
      .filter(({ moduleIds }) => moduleIds.some((id) => paths.includes(id)))
      .map(({ fileName }) => fileName),
  );
  for (const name of needed)
    for (const chunk of output)
      if (chunk.fileName === name) for (const more of chunk.imports) needed.add(more);
  return new Set(
    output
      .filter(({ fileName }) => needed.has(fileName))
      .flatMap(({ moduleIds }) => moduleIds),
  );
}

/**
 * The first load comes in few files: in a hundred, headers would be a fifth of it.
 *
 * A build without groups tells what belongs to it. What `main.ts` needs is in a file of
 * its own, as it runs before all else: texts in modules are made when these run, and
 * the language has to be there by then.
 */
async function firstLoad(config: UserConfig): Promise<Rolldown.CodeSplittingGroup[]> {
  const { output } = (await build({
    ...config,
    root: import.meta.dirname,
    configFile: false,
    logLevel: "silent",
    build: { ...config.build, write: false },
  })) as Rolldown.RolldownOutput;
  const chunks = output.filter((file) => file.type === "chunk");
  const main = cameWith(["main.ts"], chunks);
  const first = cameWith(FIRST, chunks);
  return [
    { name: "main", test: (id) => main.has(id), priority: 2 },
    { name: "queue", test: (id) => first.has(id), priority: 1 },
  ];
}

/** Messages stay in the code as English; a catalog is only what they are translated to. */
const languages = lingui({
  cwd: import.meta.dirname,
  failOnMissing: true,
  macroTransform: { macro: { descriptorFields: "message" } },
});

const config: ViteUserConfig = {
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
};

export default defineConfig(async ({ command }) => {
  if (command !== "build") return config;
  const groups = await firstLoad(config);
  const rolldownOptions = { output: { codeSplitting: { groups } } };
  return { ...config, build: { ...config.build, rolldownOptions } };
});
