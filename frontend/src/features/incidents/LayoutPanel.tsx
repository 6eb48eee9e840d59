import "../../menu-styles";
import {
  ActionIcon,
  Button,
  Checkbox,
  NativeSelect,
  Popover,
  SegmentedControl,
} from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconMinus, IconPlus } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { isAtLeast, useUser } from "../../api/useSession";
import {
  GROUPING_WORDS,
  GROUPINGS,
  REPORTER_GROUPINGS,
  readGrouping,
} from "./grouping";
import {
  COLUMN_WORDS,
  COLUMNS,
  type ColumnId,
  DEFAULT_LAYOUT,
  DENSITIES,
  type Layout,
  moved,
  resized,
  toggled,
  widthOf,
} from "./layout";
import { ViewButton } from "./ViewOptions";
import classes from "./ViewOptions.module.css";

type Props = { layout: Layout; onChange: (layout: Layout) => void };
type PanelProps = Props & {
  /** A list of cards, without columns. */
  cards: boolean;
};

const STEP = 16;
const DENSITY_WORDS = { comfortable: "Comfortable", compact: "Compact" };

/** Groups, density, and which columns stand where and how wide. */
export default function LayoutPanel({ layout, onChange, cards }: PanelProps) {
  const agent = isAtLeast(useUser(), "agent");
  const groupings = agent ? GROUPINGS : REPORTER_GROUPINGS;
  const hidden = COLUMNS.filter((id) => !layout.columns.includes(id));
  return (
    <Popover position="bottom-end" shadow="md" trapFocus returnFocus defaultOpened>
      <Popover.Target>
        <ViewButton />
      </Popover.Target>
      <Popover.Dropdown aria-label="View options" className={classes.panel}>
        <NativeSelect
          label="Group by"
          size={cards ? "md" : "xs"}
          value={layout.group ?? ""}
          data={[
            { value: "", label: "Nothing" },
            ...groupings.map((value) => ({ value, label: GROUPING_WORDS[value] })),
          ]}
          onChange={(event) =>
            onChange({ ...layout, group: readGrouping(event.currentTarget.value) })
          }
        />
        {!cards && (
          <>
            <SegmentedControl
              fullWidth
              mt="sm"
              size="xs"
              aria-label="Density"
              value={layout.density}
              data={DENSITIES.map((value) => ({ value, label: DENSITY_WORDS[value] }))}
              onChange={(density) =>
                onChange({ ...layout, density: density as Layout["density"] })
              }
            />
            <ul aria-label="Columns" className={classes.columns}>
              {[...layout.columns, ...hidden].map((id) => (
                <ColumnItem key={id} id={id} layout={layout} onChange={onChange} />
              ))}
            </ul>
          </>
        )}
        <Button
          variant="default"
          size={cards ? "md" : "xs"}
          mt="sm"
          fullWidth
          onClick={() => onChange(DEFAULT_LAYOUT)}
        >
          Reset
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}

type ItemProps = Props & { id: ColumnId };

function ColumnItem({ id, layout, onChange }: ItemProps) {
  const word = COLUMN_WORDS[id];
  const place = layout.columns.indexOf(id);
  const shown = place >= 0;
  const width = widthOf(layout, id);
  return (
    <li className={classes.column}>
      <Checkbox
        size="xs"
        label={word}
        checked={shown}
        // Rows without their titles would tell nothing.
        disabled={id === "title"}
        onChange={() => onChange(toggled(layout, id))}
      />
      {shown && id !== "title" && (
        <>
          <Step
            label={`Narrow ${word}`}
            onClick={() => onChange(resized(layout, id, width - STEP))}
          >
            <IconMinus size={14} aria-hidden />
          </Step>
          <Step
            label={`Widen ${word}`}
            onClick={() => onChange(resized(layout, id, width + STEP))}
          >
            <IconPlus size={14} aria-hidden />
          </Step>
        </>
      )}
      {shown && (
        <>
          <Step
            label={`Move ${word} left`}
            disabled={place === 0}
            onClick={() => onChange(moved(layout, id, -1))}
          >
            <IconArrowUp size={14} aria-hidden />
          </Step>
          <Step
            label={`Move ${word} right`}
            disabled={place === layout.columns.length - 1}
            onClick={() => onChange(moved(layout, id, 1))}
          >
            <IconArrowDown size={14} aria-hidden />
          </Step>
        </>
      )}
    </li>
  );
}

type StepProps = {
  label: string;
  disabled?: boolean;
  onClick: () => void;
  children: ReactNode;
};

function Step({ label, children, ...props }: StepProps) {
  return (
    <ActionIcon variant="subtle" color="gray" size={24} aria-label={label} {...props}>
      {children}
    </ActionIcon>
  );
}
