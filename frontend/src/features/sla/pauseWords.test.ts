import { expect, it } from "vitest";
import { pauseWords } from "./pauseWords";

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
