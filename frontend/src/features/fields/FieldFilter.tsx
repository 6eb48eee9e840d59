import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Chip } from "../incidents/FilterBar";
import { type Filters, fieldsOf, split } from "../incidents/filters";
import { activeOf } from "./fields";
import { fieldsQuery } from "./queries";

const load = () => import("./FieldFilterMenu");
const FieldFilterMenu = lazy(load);

type Props = { filters: Filters; onChange: (filters: Filters) => void };

/** The filters by custom fields as one chip; its menu loads when wanted. */
export default function FieldFilter({ filters, onChange }: Props) {
  const { data: all = [] } = useQuery(fieldsQuery);
  const [wanted, setWanted] = useState(false);
  const words = fieldsOf(filters).map((key) => {
    const field = all.find((f) => `field.${f.key}` === key);
    return `${field?.name ?? key} ${split(filters[key]).join(", ")}`;
  });
  const fields = activeOf(all);
  if (fields.length === 0 && words.length === 0) return null;
  const chip = (
    <Chip
      label="Fields"
      words={words}
      onClick={() => setWanted(true)}
      onPointerEnter={() => void load()}
    />
  );
  if (!wanted) return chip;
  return (
    <Suspense fallback={chip}>
      <FieldFilterMenu
        fields={fields}
        words={words}
        filters={filters}
        onChange={onChange}
      />
    </Suspense>
  );
}
