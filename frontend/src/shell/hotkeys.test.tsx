import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { useHotkeys } from "./hotkeys";

const create = vi.fn();
const goQueue = vi.fn();

function Page() {
  useHotkeys([
    { keys: "c", label: "New", group: "Everywhere", run: create },
    { keys: "g q", label: "Queue", group: "Go to", run: goQueue },
  ]);
  return <input aria-label="Title" />;
}

describe("shortcuts", () => {
  it("run on one key and on two in a row", async () => {
    create.mockClear();
    goQueue.mockClear();
    render(<Page />);
    await userEvent.keyboard("cgq");
    expect(create).toHaveBeenCalledOnce();
    expect(goQueue).toHaveBeenCalledOnce();
  });

  it("never run while somebody types", async () => {
    create.mockClear();
    render(<Page />);
    await userEvent.type(screen.getByLabelText("Title"), "c");
    expect(create).not.toHaveBeenCalled();
    expect(screen.getByLabelText("Title")).toHaveValue("c");
  });

  it("leave the browser's own alone", async () => {
    create.mockClear();
    render(<Page />);
    await userEvent.keyboard("{Control>}c{/Control}");
    expect(create).not.toHaveBeenCalled();
  });

  it("end with the page that brought them", async () => {
    create.mockClear();
    render(<Page />).unmount();
    await userEvent.keyboard("c");
    expect(create).not.toHaveBeenCalled();
  });
});
