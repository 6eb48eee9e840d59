import { defineConfig } from "@lingui/conf";
import { formatter } from "@lingui/format-po";

/** English stands in the code; only what it is translated to is a catalog. */
export default defineConfig({
  sourceLocale: "en",
  locales: ["de"],
  catalogs: [{ path: "<rootDir>/src/locales/{locale}", include: ["<rootDir>/src"] }],
  format: formatter({ lineNumbers: false }),
});
