import { describe, expect, it } from "vitest";
import {
  added,
  addedSomewhere,
  copied,
  describeWeek,
  emptyWeek,
  endMoved,
  formatTime,
  fromHours,
  moved,
  officeWeek,
  parseDay,
  parseTime,
  startMoved,
  toHours,
} from "./week";

const lunch = [
  { from: 540, to: 720 },
  { from: 780, to: 1080 },
];

describe("times of day", () => {
  it.each([
    ["9", 540],
    ["09:30", 570],
    ["0930", 570],
    ["9.30", 570],
    ["24:00", 1440],
    ["09:00:30", 540.5],
  ])("%s is read", (text, minutes) => expect(parseTime(text)).toBe(minutes));

  it.each(["25:00", "9:75", "noon", "24:01", ""])("%s is refused", (text) =>
    expect(parseTime(text)).toBeNull(),
  );

  it("keep seconds that somebody wrote", () =>
    expect(formatTime(540.5)).toBe("09:00:30"));
});

describe("a day in words", () => {
  it("is read however it is separated, and sorted", () =>
    expect(parseDay("13–18, 9 to 12")).toEqual({ intervals: lunch }));

  it("is closed when nothing is written", () =>
    expect(parseDay("closed")).toEqual({ intervals: [] }));

  it("says how a night is written", () =>
    expect(parseDay("22-6")).toEqual({
      error: "22:00 is not before 06:00. Split a night at 24:00",
    }));

  it("may touch but not overlap", () => {
    expect(parseDay("9-12, 12-18")).toHaveProperty("intervals.length", 2);
    expect(parseDay("9-12, 11-18")).toHaveProperty("error");
  });
});

describe("intervals that are dragged", () => {
  it("stop at their neighbours and at midnight", () => {
    expect(moved(lunch, 0, 700)[0]).toEqual({ from: 600, to: 780 });
    expect(moved(lunch, 1, 1400)[1]).toEqual({ from: 1140, to: 1440 });
    expect(startMoved(lunch, 1, 600)[1]?.from).toBe(720);
    expect(endMoved(lunch, 0, 1000)[0]?.to).toBe(780);
  });

  it("keep a quarter of an hour", () => {
    expect(startMoved(lunch, 0, 720)[0]).toEqual({ from: 705, to: 720 });
    expect(endMoved(lunch, 0, 540)[0]).toEqual({ from: 540, to: 555 });
  });

  it("are made only where there is room", () => {
    expect(added(lunch, 720, 840)?.intervals[1]).toEqual({ from: 720, to: 780 });
    expect(added(lunch, 600, 660)).toBeNull();
    expect(addedSomewhere([{ from: 0, to: 1440 }])).toBeNull();
    expect(addedSomewhere(lunch)?.intervals.at(-1)).toEqual({ from: 1140, to: 1200 });
  });
});

describe("a week", () => {
  it("comes back from the API as it went", () => {
    const hours = toHours(fromHours({ mon: [["09:00", "12:00"]], sun: [] }));
    expect(hours).toEqual({ mon: [["09:00", "12:00"]] });
  });

  it("takes one day's hours to others", () => {
    const week = copied(officeWeek(), "mon", ["sat"]);
    expect(describeWeek(week)).toBe("Mon–Sat 09:00–17:00");
  });

  it("says so when nothing counts", () =>
    expect(describeWeek(emptyWeek())).toBe("No working time"));
});
