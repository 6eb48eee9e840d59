import { t } from "@lingui/core/macro";
import { Select, type SelectProps } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Incident } from "../../api/types";
import { incidentSearchQuery } from "../incidents/queries";
import classes from "./Links.module.css";

type Props = Omit<
  SelectProps<string>,
  "data" | "value" | "onChange" | "searchable" | "renderOption"
> & {
  /** The number of the chosen one. */
  value: string | null;
  onChange: (number: string | null) => void;
  /** The incident that asks; it is not offered. */
  except: string;
};

const label = ({ number, title }: Incident) => `${number} ${title}`;

/** Picks another incident by its number or words; the server searches. */
export function IncidentSelect({ value, onChange, except, ...props }: Props) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<Incident | null>(null);
  const typed = chosen && text === label(chosen) ? "" : text.trim();
  const [q] = useDebouncedValue(typed, 150);
  const { data = [], isFetching } = useQuery(incidentSearchQuery(q));
  const found = (q.length < 2 ? [] : data).filter((i) => i.number !== except);
  const known =
    chosen && !found.some((i) => i.number === chosen.number)
      ? [chosen, ...found]
      : found;
  const pick = (number: string | null) => {
    setChosen(known.find((i) => i.number === number) ?? null);
    onChange(number);
  };
  return (
    <Select
      {...props}
      searchable
      placeholder={t`Number or words`}
      nothingFoundMessage={
        typed.length < 2
          ? t`Type a number or a word`
          : isFetching || typed !== q
            ? t`Searching…`
            : t`No incident found`
      }
      data={known.map((i) => ({ value: i.number, label: label(i) }))}
      filter={({ options }) => options}
      value={value}
      onSearchChange={setText}
      onChange={pick}
      renderOption={({ option }) => (
        <span className={classes.option}>{option.label}</span>
      )}
    />
  );
}
