import { getCatalogs } from "@lingui/cli/api";
import { getConfig } from "@lingui/conf";
import { expect, it } from "vitest";

it("German has every message of the code, and no other", async () => {
  const [catalog] = await getCatalogs(
    getConfig({ cwd: new URL("../..", import.meta.url).pathname }),
  );
  const inCode = await catalog?.collect();
  const german = await catalog?.read("de");
  if (!inCode || !german) throw new Error("There is no catalog.");
  expect(Object.keys(inCode).length).toBeGreaterThan(0);
  const missing = Object.entries(inCode).filter(([id]) => !german[id]?.translation);
  // `npm run i18n` writes them into the catalog.
  expect(missing.map(([, { message }]) => message)).toEqual([]);
  const unused = Object.keys(german).filter((id) => !inCode[id]);
  expect(unused.map((id) => german[id]?.message)).toEqual([]);
}, 60_000);
