import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import { WeekEditor } from "./WeekEditor";
import { describeWeek, officeWeek } from "./week";

function Editing({ readOnly = false }: { readOnly?: boolean }) {
  const [week, setWeek] = useState(officeWeek());
  return (
    <MantineProvider env="test">
      <I18nProvider i18n={i18n}>
        <WeekEditor week={week} readOnly={readOnly} onChange={setWeek} />
      </I18nProvider>
      <output>{describeWeek(week)}</output>
    </MantineProvider>
  );
}

const block = (name: string) => screen.getByRole("button", { name });
const hours = () => screen.getByRole("status").textContent;

describe("the working week by keyboard", () => {
  it("moves a block and its ends, which keep the focus", async () => {
    const user = userEvent.setup();
    render(<Editing />);
    block("Monday, 09:00–17:00").focus();
    await user.keyboard("{ArrowLeft}{ArrowLeft}");
    await user.keyboard("{Shift>}{ArrowRight}{/Shift}{Alt>}{ArrowRight}{/Alt}");
    expect(document.activeElement).toBe(block("Monday, 08:45–16:45"));
    expect(hours()).toBe("Mon 08:45–16:45; Tue–Fri 09:00–17:00");
  });

  it("removes a block", async () => {
    const user = userEvent.setup();
    render(<Editing />);
    block("Friday, 09:00–17:00").focus();
    await user.keyboard("{Delete}");
    expect(hours()).toBe("Mon–Thu 09:00–17:00");
  });
});

describe("the working week as text", () => {
  it("takes exact times as they are typed", async () => {
    const user = userEvent.setup();
    render(<Editing />);
    const monday = screen.getByRole("textbox", { name: "Monday hours" });
    await user.clear(monday);
    await user.type(monday, "9-12:10, 13-18");
    await user.tab();
    expect(monday).toHaveValue("09:00–12:10, 13:00–18:00");
    expect(hours()).toMatch(/^Mon 09:00–12:10, 13:00–18:00; Tue/);
  });

  it("keeps what cannot be read, and says what is wrong", async () => {
    const user = userEvent.setup();
    render(<Editing />);
    const monday = screen.getByRole("textbox", { name: "Monday hours" });
    await user.clear(monday);
    await user.type(monday, "22-6");
    await user.tab();
    expect(monday).toHaveValue("22-6");
    expect(screen.getByText(/Split a night at 24:00/)).toBeVisible();
  });
});

describe("one day's hours", () => {
  it("are copied to other days", async () => {
    const user = userEvent.setup();
    render(<Editing />);
    const tuesday = screen.getByRole("textbox", { name: "Tuesday hours" });
    await user.clear(tuesday);
    await user.type(tuesday, "8-10");
    await user.click(screen.getByRole("button", { name: "Actions for Tuesday" }));
    await user.click(screen.getByRole("menuitem", { name: "Copy to other days…" }));
    await user.click(screen.getByRole("checkbox", { name: "Saturday" }));
    await user.click(screen.getByRole("button", { name: "Copy to 5 days" }));
    expect(hours()).toBe("Mon–Sat 08:00–10:00");
  });

  it("cannot be changed by those who only read", () => {
    render(<Editing readOnly />);
    expect(block("Monday, 09:00–17:00")).toBeDisabled();
    expect(screen.queryByRole("textbox")).toBeNull();
  });
});
