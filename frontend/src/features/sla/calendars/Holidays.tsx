import { t } from "@lingui/core/macro";
import { ActionIcon, Button, FileButton, Group, TextInput } from "@mantine/core";
import {
  IconCalendarPlus,
  IconFileImport,
  IconTrash,
  IconWorld,
} from "@tabler/icons-react";
import { useState } from "react";
import type { Holiday } from "../../../api/types";
import { intlTag } from "../../../i18n";
import { toastError } from "../../../ui/toast";
import { Panel } from "../Panel";
import { ChooseHolidays } from "./ChooseHolidays";
import { withHolidays } from "./form";
import classes from "./Holidays.module.css";
import { useReadHolidayFile } from "./queries";
import { RegionHolidays } from "./RegionHolidays";

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

const words = new Intl.DateTimeFormat(intlTag(), {
  timeZone: "UTC",
  weekday: "short",
  day: "numeric",
  month: "short",
});

type Props = {
  holidays: Holiday[];
  today: string;
  error?: string;
  readOnly: boolean;
  onChange: (holidays: Holiday[]) => void;
};

/** The days that do not count, by year. */
export function Holidays({ holidays, today, error, readOnly, onChange }: Props) {
  const [region, setRegion] = useState(false);
  const [found, setFound] = useState<Holiday[] | null>(null);
  const file = useReadHolidayFile();
  const read = (chosen: File | null) =>
    chosen &&
    file.mutate(chosen, {
      onSuccess: setFound,
      onError: (e) => toastError(t`The file was not read`, e),
    });
  const add = (more: Holiday[]) => onChange(withHolidays(holidays, more));
  const years = Map.groupBy(holidays, (day) => day.date.slice(0, 4));
  return (
    <Panel
      title={t`Holidays`}
      hint={t`Days on which no time counts, from midnight to midnight.`}
      action={
        !readOnly && (
          <div className={classes.actions}>
            <Button
              variant="default"
              leftSection={<IconWorld {...icon} />}
              onClick={() => setRegion(true)}
            >
              {t`From a country`}
            </Button>
            <FileButton accept=".ics,text/calendar" onChange={read}>
              {(props) => (
                <Button
                  {...props}
                  variant="default"
                  loading={file.isPending}
                  leftSection={<IconFileImport {...icon} />}
                >
                  {t`Import .ics`}
                </Button>
              )}
            </FileButton>
          </div>
        )
      }
    >
      {error && (
        <p className={classes.error} role="alert">
          {error}
        </p>
      )}
      {holidays.length === 0 ? (
        <p className="dim">{t`No holidays: every day of the week counts the same.`}</p>
      ) : (
        <section
          className={classes.scroll}
          aria-label={t`List of holidays`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keys
          tabIndex={0}
        >
          {[...years].map(([year, days]) => (
            <Year
              key={year}
              year={year}
              days={days}
              today={today}
              readOnly={readOnly}
              onRemove={(gone) =>
                onChange(holidays.filter((day) => !gone.includes(day)))
              }
            />
          ))}
        </section>
      )}
      {!readOnly && <AddDay today={today} onAdd={(day) => add([day])} />}
      {region && (
        <RegionHolidays
          known={holidays}
          thisYear={Number(today.slice(0, 4))}
          onAdd={add}
          onClose={() => setRegion(false)}
        />
      )}
      {found && (
        <ChooseHolidays
          title={t`Holidays from the file`}
          found={found}
          known={holidays}
          onAdd={add}
          onClose={() => setFound(null)}
        />
      )}
    </Panel>
  );
}

type YearProps = {
  year: string;
  days: Holiday[];
  today: string;
  readOnly: boolean;
  onRemove: (days: Holiday[]) => void;
};

function Year({ year, days, today, readOnly, onRemove }: YearProps) {
  return (
    <table className={classes.table}>
      <caption>
        <span>
          {year} <span className="dim">· {days.length}</span>
        </span>
        {!readOnly && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            onClick={() => onRemove(days)}
          >
            {t`Remove all of ${year}`}
          </Button>
        )}
      </caption>
      <tbody>
        {days.map((day) => (
          <tr key={day.date} data-past={day.date < today}>
            <td className="num">{words.format(new Date(day.date))}</td>
            <td>{day.name || <span className="dim">{t`no name`}</span>}</td>
            <td>
              {!readOnly && (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={t`Remove ${{ name: day.name || day.date }}, ${{ date: day.date }}`}
                  onClick={() => onRemove([day])}
                >
                  <IconTrash {...icon} />
                </ActionIcon>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function AddDay({ today, onAdd }: { today: string; onAdd: (day: Holiday) => void }) {
  const [date, setDate] = useState("");
  const [name, setName] = useState("");
  const addIt = () => {
    if (!date) return;
    onAdd({ date, name: name.trim() });
    setDate("");
    setName("");
  };
  return (
    <Group className={classes.add} gap={8}>
      <TextInput
        type="date"
        aria-label={t`Date of the holiday`}
        min={`${Number(today.slice(0, 4)) - 10}-01-01`}
        max="2199-12-31"
        value={date}
        onChange={(e) => setDate(e.currentTarget.value)}
      />
      <TextInput
        className={classes.name}
        aria-label={t`Name of the holiday`}
        placeholder={t`Name, such as Company day`}
        maxLength={200}
        value={name}
        onChange={(e) => setName(e.currentTarget.value)}
        onKeyDown={(e) => e.key === "Enter" && addIt()}
      />
      <Button
        variant="default"
        leftSection={<IconCalendarPlus {...icon} />}
        disabled={!date}
        onClick={addIt}
      >
        {t`Add day`}
      </Button>
    </Group>
  );
}
