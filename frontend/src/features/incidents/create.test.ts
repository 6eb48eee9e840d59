import { describe, expect, it } from "vitest";
import type { CustomField, IncidentTemplate } from "../../api/types";
import { bodyOf, EMPTY, filledIn, shownIn } from "./create";

const template = {
  title: "Disk full",
  description: "",
  priority: null,
  team: { id: "t", name: "Storage" },
  tags: [],
  fields: { region: "eu" },
} as unknown as IncidentTemplate;

describe("a template", () => {
  it("fills in what it says and leaves what was written", () => {
    const written = {
      ...EMPTY,
      title: "Old",
      description: "Since noon",
      priority: "high" as const,
      tags: ["mine"],
      fields: { region: "us", cause: "cable" },
    };
    expect(filledIn(written, template)).toMatchObject({
      title: "Disk full",
      description: "Since noon",
      priority: "high",
      team: { id: "t" },
      tags: ["mine"],
      fields: { region: "eu", cause: "cable" },
    });
  });
});

describe("a field of the form", () => {
  const field = { key: "region", default: "eu" } as CustomField;

  it("begins with its default", () => {
    expect(shownIn(EMPTY, field)).toBe("eu");
  });

  it("stays empty once it was cleared", () => {
    expect(shownIn({ ...EMPTY, fields: { region: null } }, field)).toBeNull();
  });
});

describe("what is sent", () => {
  it("names the people by their ids, for agents only", () => {
    const form = { ...EMPTY, organization: { id: "o", name: "Bergmann" } };
    expect(bodyOf(form, true)).toMatchObject({ organization_id: "o", team_id: null });
    expect(bodyOf(form, false)).not.toHaveProperty("organization_id");
  });
});
