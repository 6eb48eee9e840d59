import { act, render, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { serverNow, syncServerTime, useTick } from "./ticker";

const NOW = Date.parse("2026-03-02T12:00:00.000Z");

const rendered = vi.fn();

function Minutes() {
  const text = useTick((now) => `${Math.floor((now - NOW) / 60_000)} m`);
  rendered();
  return <span>{text}</span>;
}

function Seconds() {
  return <span>{useTick((now) => now)}</span>;
}

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  syncServerTime(new Date(NOW).toISOString());
});

describe("server time", () => {
  it("follows a server whose clock differs", () => {
    syncServerTime("2026-03-02T12:00:10.000Z");
    expect(serverNow() - Date.now()).toBe(10_000);
  });

  it("adds half of the round trip", () => {
    syncServerTime("2026-03-02T12:00:10.000Z", 2000);
    expect(serverNow() - Date.now()).toBe(11_000);
  });

  it("ignores differences that are network noise", () => {
    syncServerTime("2026-03-02T12:00:00.200Z");
    expect(serverNow()).toBe(Date.now());
  });

  it("ignores what is not a time", () => {
    syncServerTime("yesterday");
    expect(serverNow()).toBe(Date.now());
  });
});

describe("the ticker", () => {
  it("renders again only when the text changes", () => {
    rendered.mockClear();
    render(<Minutes />);
    const before = rendered.mock.calls.length;
    act(() => vi.advanceTimersByTime(59_000));
    expect(rendered.mock.calls.length).toBe(before);
    act(() => vi.advanceTimersByTime(1000));
    expect(screen.getByText("1 m")).toBeInTheDocument();
  });

  it("stops when nothing on the page counts any more", () => {
    render(<Seconds />).unmount();
    expect(vi.getTimerCount()).toBe(0);
  });
});
