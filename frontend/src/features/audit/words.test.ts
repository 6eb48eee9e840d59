import { expect, test } from "vitest";
import type { AuditEvent } from "../../api/types";
import { changesOf, fieldName, thingOf, valueText, whoOf } from "./words";

const event = (fields: Partial<AuditEvent>): AuditEvent => ({
  id: 1,
  at: "2026-11-24T00:00:00Z",
  actor: { id: "ada", name: "Ada" },
  via: "browser",
  address: "192.0.2.1",
  action: "changed",
  object: "team",
  object_id: "networks",
  label: "Networks",
  changes: [],
  names: {},
  ...fields,
});

test("who acted is a person, the service, or what was typed at the door", () => {
  expect(whoOf(event({}))).toBe("Ada");
  expect(whoOf(event({ actor: null, via: "service" }))).toBe("The service");
  const stranger = { actor: null, label: "eve@example.com" };
  expect(whoOf(event(stranger))).toBe("eve@example.com");
});

test("a sign-in needs no object, a changed person does", () => {
  const own = { object: "user", object_id: "ada", label: null } as const;
  expect(thingOf(event({ ...own, action: "signed_in" }))).toBeNull();
  expect(thingOf(event({ object: "user", object_id: "bo", label: "Bo" }))).toEqual({
    kind: "user",
    name: "Bo",
  });
});

test("columns and values are words", () => {
  expect(fieldName("organization_id")).toBe("Organization");
  expect(fieldName("password_hash")).toBe("Password");
  expect(valueText("u1", { u1: "Anna" })).toBe("Anna");
  expect(valueText(true, {})).toBe("yes");
  expect(valueText({ critical: { response_seconds: 900 } }, {})).toBe(
    "critical: (response seconds: 900)",
  );
  expect(valueText([], {})).toBeNull();
});

test("a change from nothing to nothing is no line, a changed secret is one", () => {
  const changes = [
    { field: "tags", before: null, after: [] },
    { field: "password_hash", before: "•••", after: "•••" },
  ];
  expect(changesOf(event({ changes })).map((change) => change.what)).toEqual([
    "Password",
  ]);
});
