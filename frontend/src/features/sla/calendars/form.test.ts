import { describe, expect, it } from "vitest";
import {
  calendarChanges,
  fieldOf,
  newForm,
  toDraft,
  withHolidays,
  wrongWith,
} from "./form";
import { emptyWeek, type WeeklyHours } from "./week";

const berlin = {
  timezone: "Europe/Berlin",
  weekly_hours: { mon: [["09:00", "17:00"]] } as WeeklyHours,
  holidays: [{ date: "2026-12-25", name: "Christmas" }],
};

describe("a calendar that is edited", () => {
  it("starts as an office week", () =>
    expect(toDraft(newForm("UTC")).weekly_hours).toHaveProperty("fri"));

  it("has no hours around the clock", () =>
    expect(toDraft({ ...newForm("UTC"), always: true }).weekly_hours).toBeNull());

  it("needs a name and some working time", () =>
    expect(wrongWith({ ...newForm("UTC"), week: emptyWeek() })).toEqual({
      name: "Give the calendar a name",
      weekly_hours: "No time counts. Add hours to at least one day",
    }));

  it("takes a holiday once, by its date", () => {
    const more = [
      { date: "2026-12-25", name: "First day" },
      { date: "2026-12-24", name: "Eve" },
    ];
    expect(withHolidays(berlin.holidays, more)).toEqual([
      { date: "2026-12-24", name: "Eve" },
      { date: "2026-12-25", name: "Christmas" },
    ]);
  });

  it.each([
    ["weekly_hours.mon[0]", "weekly_hours"],
    ["calendar.holidays[3].date", "holidays"],
    ["name", "name"],
  ])("shows the error of %s at %s", (api, field) => expect(fieldOf(api)).toBe(field));
});

describe("differences of versions", () => {
  it("are none for the same", () =>
    expect(calendarChanges(berlin, { ...berlin })).toEqual([]));

  it("name days, zone and holidays", () =>
    expect(
      calendarChanges(berlin, {
        timezone: "Europe/Paris",
        weekly_hours: { mon: [["09:00", "12:00"]], tue: [["09:00", "12:00"]] },
        holidays: [{ date: "2026-12-26", name: "" }],
      }),
    ).toEqual([
      { what: "Time zone", before: "Europe/Berlin", after: "Europe/Paris" },
      { what: "Monday", before: "09:00–17:00", after: "09:00–12:00" },
      { what: "Tuesday", before: "Closed", after: "09:00–12:00" },
      { what: "Holidays removed", before: "2026-12-25 Christmas", after: null },
      { what: "Holidays added", before: null, after: "2026-12-26" },
    ]));

  it("tell when it became around the clock", () =>
    expect(calendarChanges(berlin, { ...berlin, weekly_hours: null })).toEqual([
      {
        what: "Working time",
        before: "Mon 09:00–17:00",
        after: "Around the clock",
      },
    ]));
});
