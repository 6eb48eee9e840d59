import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  Menu,
  Modal,
  Stack,
  TextInput,
} from "@mantine/core";
import { IconCopy, IconDots, IconPlus, IconTrash } from "@tabler/icons-react";
import { useId, useState } from "react";
import { formatExact } from "../Steps";
import { DayStrip } from "./DayStrip";
import classes from "./Week.module.css";
import {
  addedSomewhere,
  copied,
  formatDay,
  type Interval,
  parseDay,
  WEEKDAY_SHORT,
  WEEKDAY_WORDS,
  WEEKDAYS,
  type Week,
  type Weekday,
  workingMinutes,
} from "./week";

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

type Props = {
  week: Week;
  error?: string;
  readOnly?: boolean;
  onChange: (week: Week) => void;
};

/** The working week: a strip a day to drag on, and the same hours as text. */
export function WeekEditor({ week, error, readOnly = false, onChange }: Props) {
  const hintId = useId();
  const total = WEEKDAYS.reduce((sum, day) => sum + workingMinutes(week[day]), 0);
  const hours = formatExact(total * 60);
  return (
    <div>
      <div className={classes.week} data-read-only={readOnly}>
        <div className={classes.axis} aria-hidden>
          {[0, 3, 6, 9, 12, 15, 18, 21, 24].map((hour) => (
            <span
              key={hour}
              style={{ left: `${(hour / 24) * 100}%` }}
              data-minor={hour % 6 !== 0}
            >
              {String(hour).padStart(2, "0")}
            </span>
          ))}
        </div>
        {WEEKDAYS.map((day) => (
          <DayRow
            key={day}
            day={day}
            week={week}
            hintId={hintId}
            readOnly={readOnly}
            onChange={onChange}
          />
        ))}
      </div>
      <div className={classes.foot}>
        <span className="num">
          <Trans>
            <strong>{hours}</strong> a week
          </Trans>
        </span>
        {!readOnly && (
          <span id={hintId}>
            {t`Drag on a day to add hours, drag a block to move it, pull at an end to change it. By keyboard: arrow keys move a block, Shift and arrows move its end, Alt and arrows its start, Delete removes it.`}
          </span>
        )}
      </div>
      {error && (
        <p className={classes.error} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

type RowProps = {
  day: Weekday;
  week: Week;
  hintId: string;
  readOnly: boolean;
  onChange: (week: Week) => void;
};

function DayRow({ day, week, hintId, readOnly, onChange }: RowProps) {
  const word = WEEKDAY_WORDS[day];
  const short = WEEKDAY_SHORT[day];
  const intervals = week[day];
  const set = (next: Interval[]) => onChange({ ...week, [day]: next });
  return (
    <div className={classes.row}>
      <span className={classes.day}>
        {short}
        <span className="sr-only">{word.slice(short.length)}</span>
      </span>
      <DayStrip
        day={word}
        intervals={intervals}
        hintId={hintId}
        readOnly={readOnly}
        onChange={set}
      />
      {readOnly ? (
        <span className={`${classes.fixed} num`}>
          {formatDay(intervals) || t`Closed`}
        </span>
      ) : (
        <>
          <HoursInput
            label={t`${{ day: word }} hours`}
            intervals={intervals}
            onChange={set}
          />
          <DayMenu day={day} week={week} onChange={onChange} />
        </>
      )}
    </div>
  );
}

type InputProps = {
  label: string;
  intervals: Interval[];
  onChange: (intervals: Interval[]) => void;
};

/** Exact times: what is typed counts as soon as it can be read. */
function HoursInput({ label, intervals, onChange }: InputProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const parsed = typed === null ? null : parseDay(typed);
  const error = parsed && "error" in parsed ? parsed.error : null;
  return (
    <TextInput
      className={classes.hours}
      aria-label={label}
      placeholder={t`Closed`}
      value={typed ?? formatDay(intervals)}
      error={error}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        const read = parseDay(text);
        if ("intervals" in read) onChange(read.intervals);
      }}
      // What cannot be read stays to be put right.
      onBlur={() => !error && setTyped(null)}
      onKeyDown={(event) => event.key === "Escape" && setTyped(null)}
    />
  );
}

type MenuProps = { day: Weekday; week: Week; onChange: (week: Week) => void };

function DayMenu({ day, week, onChange }: MenuProps) {
  const [copying, setCopying] = useState(false);
  const word = WEEKDAY_WORDS[day];
  const more = addedSomewhere(week[day]);
  return (
    <>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t`Actions for ${{ name: word }}`}
          >
            <IconDots {...icon} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconPlus {...icon} />}
            disabled={!more}
            onClick={() => more && onChange({ ...week, [day]: more.intervals })}
          >
            {t`Add hours`}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconCopy {...icon} />}
            onClick={() => setCopying(true)}
          >
            {t`Copy to other days…`}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconTrash {...icon} />}
            disabled={week[day].length === 0}
            onClick={() => onChange({ ...week, [day]: [] })}
          >
            {t`Close this day`}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {copying && (
        <CopyDialog
          day={day}
          hours={formatDay(week[day])}
          onCopy={(days) => onChange(copied(week, day, days))}
          onClose={() => setCopying(false)}
        />
      )}
    </>
  );
}

type CopyProps = {
  day: Weekday;
  hours: string;
  onCopy: (days: Weekday[]) => void;
  onClose: () => void;
};

function CopyDialog({ day, hours, onCopy, onClose }: CopyProps) {
  const others = WEEKDAYS.filter((other) => other !== day);
  const [days, setDays] = useState<string[]>(
    others.filter((other) => other !== "sat" && other !== "sun"),
  );
  return (
    <Modal
      opened
      onClose={onClose}
      title={t`Copy ${{ day: WEEKDAY_WORDS[day] }}`}
      size="sm"
    >
      <Checkbox.Group
        label={hours || t`Closed`}
        description={t`These days get the same hours.`}
        value={days}
        onChange={setDays}
      >
        <Stack gap={10} mt={10}>
          {others.map((other) => (
            <Checkbox key={other} value={other} label={WEEKDAY_WORDS[other]} />
          ))}
        </Stack>
      </Checkbox.Group>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          {t`Cancel`}
        </Button>
        <Button
          disabled={days.length === 0}
          onClick={() => {
            onCopy(others.filter((other) => days.includes(other)));
            onClose();
          }}
        >
          {plural(days.length, { one: "Copy to # day", other: "Copy to # days" })}
        </Button>
      </Group>
    </Modal>
  );
}
