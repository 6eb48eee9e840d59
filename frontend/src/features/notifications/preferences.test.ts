import { describe, expect, it } from "vitest";
import type { Preferences } from "../../api/types";
import { passesMidnight, updateOf, valuesOf } from "./preferences";

const preferences: Preferences = {
  choices: [
    { kind: "sla_breached", when: "at_once", channel: "mail", can_be_off: false },
    { kind: "sla_warned", when: "digest", channel: "mail", can_be_off: true },
  ],
  digest_at: "08:00",
  quiet_from: null,
  quiet_to: null,
  timezone: "UTC",
};

describe("what somebody wants to be told", () => {
  it("is sent as it was when nothing was changed", () => {
    expect(updateOf(valuesOf(preferences), preferences)).toEqual({
      choices: [
        { kind: "sla_breached", when: "at_once", channel: "mail" },
        { kind: "sla_warned", when: "digest", channel: "mail" },
      ],
      digest_at: "08:00",
      quiet_from: null,
      quiet_to: null,
    });
  });

  it("has quiet hours only while they are switched on", () => {
    const values = { ...valuesOf(preferences), quiet: true };
    expect(updateOf(values, preferences)).toMatchObject({
      quiet_from: "22:00",
      quiet_to: "07:00",
    });
    expect(passesMidnight(values)).toBe(true);
    expect(passesMidnight({ ...values, quiet_from: "00:00" })).toBe(false);
  });
});
