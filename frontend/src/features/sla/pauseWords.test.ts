import { expect, it } from "vitest";
import { labelled, pauseWords } from "./pauseWords";

it("a reason is called by its label, or by its code", () => {
  expect(pauseWords("awaiting_customer", "Awaiting the customer")).toBe(
    "Awaiting the customer",
  );
  expect(pauseWords("awaiting_customer")).toBe("awaiting customer");
});

it("maintenance is called by the window's name, as far as it is known", () => {
  const windows = [{ id: "7", name: "Database upgrade" }];
  expect(pauseWords("maintenance:7", null, windows)).toBe(
    "Maintenance: Database upgrade",
  );
  expect(pauseWords("maintenance:7", "Patch day")).toBe("Maintenance: Patch day");
  expect(pauseWords("maintenance:7")).toBe("Maintenance");
});

it("a pause is called what the list of reasons calls it", () => {
  const reasons = [{ code: "awaiting_customer", label: "Waiting for the customer" }];
  const pause = { reason: "awaiting_customer", label: null };
  const holiday = { reason: null, label: "New Year" };
  expect(labelled([pause, holiday], reasons)).toEqual([
    { reason: "awaiting_customer", label: "Waiting for the customer" },
    holiday,
  ]);
});
