import { IconArrowsSort, IconChevronDown } from "@tabler/icons-react";
import { type ComponentProps, lazy, type ReactNode, Suspense, useState } from "react";
import { isAtLeast, useUser } from "../../api/useSession";
import {
  type Filters,
  hasFilters,
  PRIORITY_WORDS,
  SLA_WORDS,
  SORT_WORDS,
  STATUS_WORDS,
  split,
} from "./filters";
import { periodWords } from "./periods";
import classes from "./Queue.module.css";

export type FilterId =
  | "status"
  | "priority"
  | "sla"
  | "assignee"
  | "team"
  | "organization"
  | "tag"
  | "created"
  | "sort";

const FieldFilter = lazy(() => import("../fields/FieldFilter"));
const ViewTools = lazy(() => import("../views/ViewTools"));

type Props = { filters: Filters; onChange: (filters: Filters) => void };

const load = () => import("./FilterMenus");
const FilterMenus = lazy(load);

/** The filters as chips; what they hold is in the URL. Their menus load when wanted. */
export function FilterBar({ filters, onChange }: Props) {
  const agent = isAtLeast(useUser(), "agent");
  // People and teams have names only after a query, which the menus make.
  const named = isNamed(filters.assignee) || !!filters.team || !!filters.organization;
  const [wanted, setWanted] = useState<FilterId | null>(null);
  const chip = (id: FilterId) => ({
    onClick: () => setWanted(id),
    onPointerEnter: () => void load(),
  });
  const closed = (
    <Bar
      filters={filters}
      onChange={onChange}
      sort={<SortButton {...chip("sort")} filters={filters} />}
    >
      <Chip
        {...chip("status")}
        label="Status"
        words={wordsOf(filters.status, STATUS_WORDS)}
      />
      <Chip
        {...chip("priority")}
        label="Priority"
        words={wordsOf(filters.priority, PRIORITY_WORDS)}
      />
      <Chip {...chip("sla")} label="SLA" words={wordsOf(filters.sla, SLA_WORDS)} />
      {agent && (
        <>
          <Chip
            {...chip("assignee")}
            label="Assignee"
            words={wordsOf(filters.assignee, ASSIGNEE_WORDS)}
          />
          <Chip {...chip("team")} label="Team" words={split(filters.team)} />
          <Chip
            {...chip("organization")}
            label="Organization"
            words={split(filters.organization)}
          />
        </>
      )}
      <Chip {...chip("tag")} label="Tag" words={split(filters.tag)} />
      <Chip
        {...chip("created")}
        label="Created"
        words={filters.created ? [periodWords(filters.created)] : []}
      />
    </Bar>
  );
  if (!wanted && !named) return closed;
  return (
    <Suspense fallback={closed}>
      <FilterMenus filters={filters} onChange={onChange} first={wanted} />
    </Suspense>
  );
}

export const ASSIGNEE_WORDS: Record<string, string> = { me: "Me", none: "Nobody" };

function isNamed(assignee: string | undefined): boolean {
  return split(assignee).some((id) => !(id in ASSIGNEE_WORDS));
}

function wordsOf(value: string | undefined, words: Record<string, string>): string[] {
  return split(value).map((v) => words[v] ?? v);
}

type BarProps = Props & { children: ReactNode; sort: ReactNode };

export function Bar({ filters, onChange, children, sort }: BarProps) {
  return (
    <div className={classes.filters} role="toolbar" aria-label="Filters">
      {children}
      <Suspense>
        <FieldFilter filters={filters} onChange={onChange} />
      </Suspense>
      {hasFilters(filters) && (
        <button type="button" className={classes.clear} onClick={() => onChange({})}>
          Clear
        </button>
      )}
      <Suspense>
        <ViewTools filters={filters} />
      </Suspense>
      {sort}
    </div>
  );
}

type ChipProps = ComponentProps<"button"> & { label: string; words: string[] };

export function Chip({ label, words, ...props }: ChipProps) {
  return (
    <button
      type="button"
      aria-haspopup="dialog"
      {...props}
      className={`${classes.chip} ${words.length ? classes.chipOn : ""}`}
    >
      <span>
        {label}
        {words.length > 0 && `: ${words.join(", ")}`}
      </span>
      <IconChevronDown size={14} aria-hidden />
    </button>
  );
}

type SortProps = ComponentProps<"button"> & { filters: Filters };

export function SortButton({ filters, ...props }: SortProps) {
  // The service puts what fits the words best first, unless it is told otherwise.
  const unsorted = filters.q ? "Best match" : SORT_WORDS.next_deadline;
  return (
    <button type="button" aria-haspopup="menu" {...props} className={classes.sort}>
      <IconArrowsSort size={14} aria-hidden />
      <span className="sr-only">Sort by </span>
      {filters.sort ? SORT_WORDS[filters.sort] : unsorted}
    </button>
  );
}
