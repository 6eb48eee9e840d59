import { describe, expect, it } from "vitest";
import type { EscalationLevel } from "../../../api/types";
import {
  errorAt,
  newAction,
  newForm,
  newLevel,
  pathOf,
  termsOf,
  toDraft,
  toForm,
  without,
  wrongWith,
} from "./form";
import { spanOf, storyOf } from "./story";
import { conditionsInWords, levelInWords, type Names, policyChanges } from "./words";

const names: Names = {
  team: (id) => ({ t1: "Networks", t2: "Databases" })[id] ?? "a team",
  organization: () => "Acme",
  user: () => "Carl Colleague",
  reason: (code) => code.replaceAll("_", " "),
};

const around = () => null;
const terms = (form = newForm()) => termsOf(toDraft(form), around);

describe("a policy that is edited", () => {
  it("comes back from the API as it went", () => {
    const form = newForm();
    form.name = "Gold";
    form.conditions.priorities = ["critical"];
    form.warnings.push({ unit: "before", value: "30 m" });
    form.pauses = {
      every: false,
      reasons: ["awaiting_customer"],
      longest: "7 d",
      response: false,
    };
    form.escalations = [
      { ...newLevel(1), trigger: "warning", value: "50", kind: "response" },
      {
        ...newLevel(2),
        trigger: "after_breach",
        value: "1 h",
        actions: [{ ...newAction(), type: "reassign", taker: "user", user_id: "u1" }],
      },
    ];
    expect(toForm({ ...terms(form), name: "Gold" })).toEqual(form);
  });

  it("sends nothing for what does not matter", () =>
    expect(toDraft(newForm()).conditions).toEqual({
      priorities: null,
      team_ids: null,
      organization_ids: null,
      tags: null,
      text: null,
    }));

  it("is told what is wrong, at its field", () => {
    const form = newForm();
    form.targets.critical.response_seconds = "soon";
    form.warnings = [{ unit: "percent", value: "120" }];
    form.escalations = [
      { ...newLevel(1), trigger: "after_breach", actions: [] },
      { ...newLevel(2), actions: [{ ...newAction(), to: "user" }] },
    ];
    expect(wrongWith(form)).toEqual({
      name: "Give the policy a name",
      "targets.critical.response_seconds": "Write 30m, 4h or 1d 12h",
      "warnings.0": "1 to 99",
      "escalations.0.value": "Write 30m, 4h or 1d 12h",
      "escalations.0.actions": "Say what is done",
      "escalations.1.actions.0": "Choose who",
    });
  });

  it("has to promise something", () => {
    const form = newForm();
    for (const target of Object.values(form.targets))
      Object.assign(target, { response_seconds: "", resolution_seconds: " " });
    expect(wrongWith(form)).toHaveProperty("targets");
  });

  it.each([
    ["escalations[0].actions[1].to", "escalations.0.actions.1"],
    ["escalations[2].seconds_after", "escalations.2.value"],
    ["warnings[1].percent", "warnings.1"],
    ["draft.targets.low.response_seconds", "targets.low.response_seconds"],
  ])("shows the API's error of %s at %s", (field, path) =>
    expect(pathOf(field)).toBe(path),
  );

  it("forgets errors of what is changed", () => {
    const wrong = { "warnings.0": "1 to 99", warnings: "Twice", name: "No name" };
    expect(without(wrong, "warnings")).toEqual({ name: "No name" });
    expect(errorAt({ "targets.low.response_seconds": "Too long" }, "targets.low")).toBe(
      "Too long",
    );
  });
});

describe("a policy in words", () => {
  it("tells whom it is for", () => {
    expect(conditionsInWords({}, names)).toBe("Every incident");
    expect(
      conditionsInWords(
        {
          priorities: ["critical", "high"],
          team_ids: ["t1", "t2"],
          organization_ids: ["o1"],
          tags: ["vip"],
          text: "VPN",
        },
        names,
      ),
    ).toBe(
      "Critical or high incidents of the teams Networks or Databases, from Acme, tagged vip, with “VPN” in title or description",
    );
  });

  it("tells when a level comes and what it does", () => {
    const level: EscalationLevel = {
      name: "Lead",
      trigger: "after_breach",
      seconds_after: 3600,
      kinds: ["resolution"],
      actions: [
        { type: "notify", to: "role", role: "manager" },
        { type: "raise_priority" },
      ],
    };
    expect(levelInWords(level, names)).toBe(
      "1 h of working time after the resolution was due, tell all managers and raise the priority by one step",
    );
  });

  it("tells what is different", () => {
    const form = newForm();
    form.targets.critical.response_seconds = "15 m";
    form.warnings = [];
    form.escalations = [newLevel(1)];
    expect(policyChanges(terms(), terms(form), names)).toEqual([
      { what: "Critical, response", before: "30 m", after: "15 m" },
      { what: "Warnings", before: "At 80 % of the time", after: "None" },
      {
        what: "Escalation “Level 1”",
        before: null,
        after: "When response or resolution is overdue, tell the assignee",
      },
    ]);
  });
});

describe("the story of an example", () => {
  const steps = [
    {
      kind: "work",
      from: "2026-11-27T09:00:00Z",
      to: "2026-11-27T17:00:00Z",
      counted_seconds: 28_800,
      total_seconds: 28_800,
    },
  ];

  it("has warnings, deadlines and levels in their order", () => {
    const form = newForm();
    form.escalations = [
      { ...newLevel(1), trigger: "after_breach", value: "1h", kind: "response" },
    ];
    const draft = toDraft(form);
    expect(spanOf(draft, "critical", "response")).toBe(5400);
    expect(spanOf(draft, "low", "response")).toBeNull();
    const at = "2026-11-27T09:00:00Z";
    const story = storyOf(
      draft,
      "critical",
      at,
      { response: steps, resolution: null },
      names,
    );
    expect(story.map(({ at, tone }) => `${at.slice(11, 16)} ${tone}`)).toEqual([
      "09:00 created",
      "09:24 warning",
      "09:30 deadline",
      "10:30 escalation",
    ]);
  });
});
