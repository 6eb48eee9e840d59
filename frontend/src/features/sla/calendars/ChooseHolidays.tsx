import { plural, t } from "@lingui/core/macro";
import { Button, Checkbox, Group, Modal } from "@mantine/core";
import { useState } from "react";
import type { Holiday } from "../../../api/types";
import { intlTag } from "../../../i18n";
import classes from "./Holidays.module.css";

const words = new Intl.DateTimeFormat(intlTag(), {
  timeZone: "UTC",
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
});

type ListProps = {
  found: Holiday[];
  known: Holiday[];
  /** Dates that are not wanted. */
  without: string[];
  onChange: (without: string[]) => void;
};

/** Holidays to tick; those that are there already cannot be added twice. */
export function HolidayList({ found, known, without, onChange }: ListProps) {
  const there = new Set(known.map((day) => day.date));
  return (
    <ul className={classes.choice}>
      {found.map((day) => (
        <li key={`${day.date} ${day.name}`}>
          <Checkbox
            checked={!there.has(day.date) && !without.includes(day.date)}
            disabled={there.has(day.date)}
            label={
              <>
                <span className="num">{words.format(new Date(day.date))}</span>{" "}
                {day.name}
                {there.has(day.date) && (
                  <span className="dim"> {t`(there already)`}</span>
                )}
              </>
            }
            onChange={(event) =>
              onChange(
                event.currentTarget.checked
                  ? without.filter((date) => date !== day.date)
                  : [...without, day.date],
              )
            }
          />
        </li>
      ))}
    </ul>
  );
}

/** Those of the found ones that would be new and are wanted. */
export function wanted(found: Holiday[], known: Holiday[], without: string[]) {
  const not = new Set([...known.map((day) => day.date), ...without]);
  return found.filter((day) => !not.has(day.date));
}

type Props = {
  title: string;
  found: Holiday[];
  known: Holiday[];
  onAdd: (days: Holiday[]) => void;
  onClose: () => void;
};

export function ChooseHolidays({ title, found, known, onAdd, onClose }: Props) {
  const [without, setWithout] = useState<string[]>([]);
  const days = wanted(found, known, without);
  return (
    <Modal opened onClose={onClose} title={title}>
      {found.length === 0 ? (
        <p className="dim">{t`There is no day without a time in this file.`}</p>
      ) : (
        <HolidayList
          found={found}
          known={known}
          without={without}
          onChange={setWithout}
        />
      )}
      <AddButtons days={days} onAdd={onAdd} onClose={onClose} />
    </Modal>
  );
}

type ButtonProps = {
  days: Holiday[];
  onAdd: (days: Holiday[]) => void;
  onClose: () => void;
};

export function AddButtons({ days, onAdd, onClose }: ButtonProps) {
  return (
    <Group justify="flex-end" mt="lg">
      <Button variant="default" onClick={onClose}>
        {t`Cancel`}
      </Button>
      <Button
        disabled={days.length === 0}
        onClick={() => {
          onAdd(days);
          onClose();
        }}
      >
        {plural(days.length, { one: "Add # holiday", other: "Add # holidays" })}
      </Button>
    </Group>
  );
}
