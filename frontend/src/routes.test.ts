import { describe, expect, it } from "vitest";
import { router } from "./routes";

describe("search params", () => {
  it("stay readable in the address bar", () => {
    const location = router.buildLocation({
      to: "/incidents",
      search: { status: "open,in_progress", q: "disk full" },
    });
    expect(location.href).toBe("/incidents?status=open,in_progress&q=disk+full");
  });

  it("stay text, whatever they look like", () => {
    expect(router.options.parseSearch?.("?q=1042")).toEqual({ q: "1042" });
  });
});
