/** A list whose rows stand in sections, as the lines that a table draws. */

export type Section = {
  key: string;
  label: string;
  count: number;
  open: boolean;
  /** How many rows of it there are by now, and how many places wait for more. */
  rows: number;
  pending: number;
};

export type Line =
  | { kind: "row"; row: number; section?: string }
  | { kind: "head"; section: Section; key: string }
  | { kind: "pending"; section: string; key: string };

/** Heads, rows and places for rows, in their order; without sections, just rows. */
export function linesOf(rows: number, sections?: Section[]): Line[] {
  if (!sections)
    return Array.from({ length: rows }, (_, row) => ({ kind: "row", row }));
  const lines: Line[] = [];
  let row = 0;
  for (const section of sections) {
    lines.push({ kind: "head", section, key: `head ${section.key}` });
    if (!section.open) continue;
    for (let n = 0; n < section.rows; n++)
      lines.push({ kind: "row", row: row++, section: section.key });
    for (let n = 0; n < section.pending; n++)
      lines.push({
        kind: "pending",
        section: section.key,
        key: `pending ${section.key} ${section.rows + n}`,
      });
  }
  return lines;
}

/** The sections between two lines, and those of them with rows to come. */
export function sectionsIn(lines: Line[], from: number, to: number) {
  const near = new Set<string>();
  const short = new Set<string>();
  for (const line of lines.slice(Math.max(from, 0), to + 1)) {
    if (line.kind === "head") near.add(line.section.key);
    else if (line.section !== undefined) near.add(line.section);
    if (line.kind === "pending") short.add(line.section);
  }
  return { near: [...near], short: [...short] };
}
