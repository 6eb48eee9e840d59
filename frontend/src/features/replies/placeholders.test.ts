import { describe, expect, it } from "vitest";
import type { IncidentDetail } from "../../api/types";
import { ada } from "../../test/server";
import { fill, missingIn, unknownIn, valuesOf } from "./placeholders";

const incident = {
  number: "INC-7",
  title: "Disk full",
  priority: "high",
  reporter: { id: "1", name: "Rita Reporter" },
  assignee: null,
  team: null,
  sla: {
    clocks: { response: { deadline: "2026-03-03T13:05:09Z" }, resolution: null },
  },
} as IncidentDetail;
const values = valuesOf(incident, ada, "Europe/Berlin");

describe("a canned reply", () => {
  it("takes what it can from the incident and from who writes", () => {
    expect(
      fill("{{incident.number}} for {{ reporter.name }} by {{agent.name}}", values),
    ).toBe("INC-7 for Rita Reporter by Ada Lindqvist");
  });

  it("says a deadline with its zone", () => {
    expect(fill("{{deadline.response}}", values)).toMatch(
      /^Tue,? 3 Mar 2026, 14:05 CET$/,
    );
  });

  it("names what the incident lacks", () => {
    const text = fill("{{team.name}}: {{deadline.resolution}}", values);
    expect(text).toBe("[no team]: [no resolution deadline]");
    expect(missingIn(text)).toEqual(["[no team]", "[no resolution deadline]"]);
  });

  it("leaves braces that are no placeholder, and tells of them", () => {
    const body = "{{toString}} {{agent.name}} {{ agent }}";
    expect(fill(body, values)).toBe("{{toString}} Ada Lindqvist {{ agent }}");
    expect(unknownIn(body)).toEqual(["{{toString}}", "{{ agent }}"]);
  });
});
