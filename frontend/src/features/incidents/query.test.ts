import { describe, expect, it } from "vitest";
import type { CustomField } from "../../api/types";
import { type Filters, PRIORITIES, SLA_FILTERS, STATUSES } from "./filters";
import {
  complete,
  type Names,
  NO_NAMES,
  parseQuery,
  printQuery,
  valueAt,
} from "./query";

const id = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const names: Names = {
  assignee: [
    { id: id(1), name: "Anna Agent" },
    { id: id(2), name: 'Bo "Bob", the \\ one' },
    { id: id(3), name: "Same Name" },
    { id: id(4), name: "Same Name" },
    { id: id(5), name: "Me" },
  ],
  team: [{ id: id(6), name: "Network" }],
  organization: [{ id: id(7), name: "Ärzte & Söhne" }],
};
const parse = (text: string) => parseQuery(text, names);

describe("reading a query", () => {
  it("finds filters and free text", () => {
    const text =
      'status:open,in_progress sla:at-risk assignee:"anna agent" team:Network "disk full"';
    expect(parse(text)).toEqual({
      filters: {
        status: "open,in_progress",
        sla: "at_risk",
        assignee: id(1),
        team: id(6),
        q: '"disk full"',
      },
      problems: [],
    });
  });

  it("puts several of one key together", () => {
    expect(parse("tag:db disk tag:db,net full").filters).toEqual({
      tag: "db,net",
      q: "disk full",
    });
  });

  it("knows the words that people read on the chips", () => {
    expect(parse('status:"In progress" assignee:Nobody').filters).toEqual({
      status: "in_progress",
      assignee: "none",
    });
  });

  it("keeps what is no key as text", () => {
    expect(parse("http://db-3:5432 error:42").filters.q).toBe(
      "http://db-3:5432 error:42",
    );
  });

  it("points out a value that there is not", () => {
    const { filters, problems } = parse("priority:high status:opne");
    expect(filters).toEqual({ priority: "high" });
    expect(problems).toEqual([
      {
        start: 14,
        end: 25,
        message: "There is no status “opne”. Use open, in_progress, resolved, closed.",
      },
    ]);
  });

  it("asks which one when a name is not enough", () => {
    expect(parse('assignee:"Same Name"').problems[0]?.message).toMatch(/Several/);
  });

  it("takes one time, in words, spans and days", () => {
    for (const created of ["today", "7d", "2026-11-01", "2026-11-01..2026-11-23"])
      expect(parse(`created:${created}`).filters).toEqual({ created });
    expect(parse('created:"Last 7 days"').filters).toEqual({ created: "7d" });
    expect(parse("created:soon").problems[0]?.message).toMatch(/no time. Use today/);
    expect(parse("created:today,7d").problems[0]?.message).toMatch(/one time/);
  });

  it("asks for a value after a key", () => {
    expect(parse("status:").problems[0]?.message).toBe(
      "Write a value after “status:”.",
    );
  });

  it("takes quotes that are not closed to the end", () => {
    expect(parse('assignee:"Anna Agent').filters.assignee).toBe(id(1));
    expect(parse('"disk status:open').filters).toEqual({ q: '"disk status:open' });
  });
});

/** The same numbers each time. */
function random(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

function someFilters(seed: number): Filters {
  const below = random(seed);
  const some = (values: readonly string[]) =>
    values.filter(() => below(3) === 0).join(",");
  const ids = (list: { id: string }[]) => some(list.map((n) => n.id));
  const all = {
    status: some(STATUSES),
    priority: some(PRIORITIES),
    sla: some(SLA_FILTERS),
    assignee: [some(["me", "none"]), ids(names.assignee)].filter(Boolean).join(","),
    team: some([id(6), id(99)]),
    organization: ids(names.organization),
    created:
      ["", "today", "7d", "2026-11-01..", "2026-11-01..2026-11-23"][below(5)] ?? "",
    tag: some(["db", "two words", 'a"quote', "back\\slash", "colon:ed"]),
    q: ["disk", '"disk full"', "status:open", "-word", "a,b", 'open"', "50%", "ü"]
      .filter(() => below(3) === 0)
      .join(" "),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value));
}

describe("writing a query", () => {
  it("is read as the same filters again", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const filters = someFilters(seed);
      expect(parse(printQuery(filters, names))).toEqual({ filters, problems: [] });
    }
  });

  it("uses names where they are known, and ids where they are not", () => {
    expect(printQuery({ assignee: `${id(1)},${id(3)}`, team: id(9) }, names)).toBe(
      `assignee:"Anna Agent",${id(3)} team:${id(9)}`,
    );
  });
});

describe("completing a query", () => {
  const offered = (text: string, isAgent = true) =>
    complete(text, text.length, names, isAgent).options.map((o) => o.insert);

  it("offers keys, then their values", () => {
    expect(offered("disk st")).toEqual(["status:"]);
    expect(offered("status:clo")).toEqual(["closed"]);
    expect(offered("status:open,")).toEqual(["in_progress", "resolved", "closed"]);
  });

  it("offers people by any part of their name", () => {
    expect(offered('assignee:"age')).toEqual(['"Anna Agent"']);
    expect(offered("assignee:same")).toEqual([id(3), id(4)]);
  });

  it("offers reporters only the keys that are theirs", () => {
    expect(offered("", false)).toEqual([
      "status:",
      "priority:",
      "sla:",
      "tag:",
      "created:",
    ]);
  });

  it("replaces the value at the caret and no other", () => {
    const text = "status:open,cl priority:high";
    expect(valueAt(text, 14)).toMatchObject({ word: "cl", start: 12, end: 14 });
  });
});

describe("custom fields", () => {
  const field = (key: string, more: Partial<CustomField>) =>
    ({
      key,
      name: key,
      type: "text",
      options: [],
      is_active: true,
      ...more,
    }) as CustomField;
  const names = {
    ...NO_NAMES,
    fields: [
      field("region", {
        name: "Affected region",
        type: "choice",
        options: ["Europe", "South Asia"],
      }),
      field("vip", { type: "boolean" }),
      field("gone", { is_active: false }),
    ],
  };

  it("are filters by their keys, and written as they are read", () => {
    const text = 'status:open field.region:"South Asia",Europe field.vip:yes disk';
    const { filters, problems } = parseQuery(text, names);
    expect(problems).toEqual([]);
    expect(filters).toEqual({
      status: "open",
      "field.region": "South Asia,Europe",
      "field.vip": "yes",
      q: "disk",
    });
    expect(parseQuery(printQuery(filters, names), names).filters).toEqual(filters);
  });

  it("take an option in any case, and one that the field no longer has", () => {
    const { filters } = parseQuery("field.region:europe,Atlantis", names);
    expect(filters).toEqual({ "field.region": "Europe,Atlantis" });
  });

  it("that do not exist are told, once it is known which do", () => {
    expect(parseQuery("field.regoin:x", names).problems[0]?.message).toContain(
      "There is no field “regoin”",
    );
    expect(parseQuery("field.regoin:x").filters).toEqual({ "field.regoin": "x" });
  });

  it("are offered by key and by name, with their options", () => {
    const offered = (text: string) =>
      complete(text, text.length, names, true).options.map(({ insert }) => insert);
    expect(offered("field.")).toEqual(["field.region:", "field.vip:"]);
    expect(offered("aff")).toEqual(["field.region:"]);
    expect(offered("field.region:so")).toEqual(['"South Asia"']);
    expect(offered("field.vip:")).toEqual(["yes", "no"]);
  });
});
