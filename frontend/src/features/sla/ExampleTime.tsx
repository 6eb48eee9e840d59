import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Select, TextInput } from "@mantine/core";
import { useState } from "react";
import { parseTime, WEEKDAY_WORDS, WEEKDAYS } from "./calendars/week";
import classes from "./Example.module.css";

const DAYS = WEEKDAYS.map((day, i) => ({
  value: String(i),
  label: WEEKDAY_WORDS[day],
}));

/** When the incident of an example comes in: late on a Friday, to begin with. */
export function useExampleTime() {
  const [day, setDay] = useState("4");
  const [time, setTime] = useState("16:30");
  const minutes = parseTime(time);
  const fields = (
    <Trans>
      <Select
        aria-label={t`Weekday of the example`}
        className={classes.day}
        data={DAYS}
        value={day}
        allowDeselect={false}
        onChange={(value) => value && setDay(value)}
      />
      at
      <TextInput
        aria-label={t`Time of the example`}
        className={classes.short}
        value={time}
        error={minutes === null}
        onChange={(e) => setTime(e.currentTarget.value)}
      />
    </Trans>
  );
  return { fields, weekday: Number(day), minutes };
}
