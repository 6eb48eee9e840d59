import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import type { CSSProperties } from "react";
import { formatNumber } from "../i18n";
import type { Section } from "./lines";
import classes from "./VirtualTable.module.css";

type Props = {
  section: Section;
  index: number;
  columns: number;
  /** In the tab order. */
  current: boolean;
  style: CSSProperties;
  onFocus: () => void;
  toggle: () => void;
};

/** What a section is called and how many rows it has; opens and closes it. */
export function SectionHead(props: Props) {
  const { section, index, toggle } = props;
  const Icon = section.open ? IconChevronDown : IconChevronRight;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={classes.section}
      style={props.style}
    >
      <div
        role="rowheader"
        aria-colspan={props.columns}
        className={classes.sectionCell}
      >
        <button
          type="button"
          data-index={index}
          aria-expanded={section.open}
          tabIndex={props.current ? 0 : -1}
          onFocus={props.onFocus}
          onClick={toggle}
        >
          <Icon size={16} stroke={1.75} aria-hidden />
          <span className={classes.sectionName}>{section.label}</span>
          <span className="dim num">{formatNumber(section.count)}</span>
        </button>
      </div>
    </div>
  );
}
