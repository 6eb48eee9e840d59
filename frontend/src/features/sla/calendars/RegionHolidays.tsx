import { t } from "@lingui/core/macro";
import { Alert, Checkbox, Group, Modal, Select, Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "../../../api/errors";
import type { Holiday } from "../../../api/types";
import { AddButtons, HolidayList, wanted } from "./ChooseHolidays";
import { countriesQuery, regionHolidaysQuery } from "./queries";

/** How many years people can choose from. */
const YEARS = 4;

type Props = {
  known: Holiday[];
  thisYear: number;
  onAdd: (days: Holiday[]) => void;
  onClose: () => void;
};

/** Public holidays of a country or a part of it. */
export function RegionHolidays({ known, thisYear, onAdd, onClose }: Props) {
  const countries = useQuery(countriesQuery);
  const [country, setCountry] = useState<string | null>(null);
  const [subdivision, setSubdivision] = useState<string | null>(null);
  const [years, setYears] = useState([String(thisYear), String(thisYear + 1)]);
  const [without, setWithout] = useState<string[]>([]);
  const query = useQuery({
    ...regionHolidaysQuery(
      { country: country ?? "", subdivision },
      years.map(Number).sort(),
    ),
    enabled: country !== null && years.length > 0,
  });
  const parts = countries.data?.find((c) => c.code === country)?.subdivisions ?? [];
  const found = (years.length > 0 && query.data) || [];
  return (
    <Modal opened onClose={onClose} title={t`Holidays of a country`}>
      <Stack>
        <Select
          label={t`Country`}
          searchable
          data-autofocus
          placeholder={countries.isPending ? t`Loading…` : t`Choose`}
          nothingFoundMessage={t`No such country`}
          comboboxProps={{ withinPortal: false }}
          limit={60}
          data={countries.data?.map(({ code, name }) => ({ value: code, label: name }))}
          value={country}
          error={countries.isError && messageOf(countries.error)}
          onChange={(code) => {
            setCountry(code);
            setSubdivision(null);
          }}
        />
        {parts.length > 0 && (
          <Select
            label={t`Region`}
            searchable
            clearable
            clearButtonProps={{ "aria-label": t`Clear region` }}
            placeholder={t`The whole country`}
            comboboxProps={{ withinPortal: false }}
            limit={80}
            data={parts.map(({ code, name }) => ({ value: code, label: name }))}
            value={subdivision}
            onChange={setSubdivision}
          />
        )}
        <Checkbox.Group label={t`Years`} value={years} onChange={setYears}>
          <Group mt={6}>
            {Array.from({ length: YEARS }, (_, i) => String(thisYear + i)).map((y) => (
              <Checkbox key={y} value={y} label={y} />
            ))}
          </Group>
        </Checkbox.Group>
        {query.isError && (
          <Alert color="red" role="alert">
            {messageOf(query.error)}
          </Alert>
        )}
        {query.isFetching && !query.data && <Skeleton height={120} />}
        {found.length > 0 && (
          <HolidayList
            found={found}
            known={known}
            without={without}
            onChange={setWithout}
          />
        )}
      </Stack>
      <AddButtons
        days={wanted(found, known, without)}
        onAdd={onAdd}
        onClose={onClose}
      />
    </Modal>
  );
}
