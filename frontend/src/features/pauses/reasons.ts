/** The list of pause reasons. Pure. */

/** A code for a label: `Awaiting parts (HQ)` becomes `awaiting_parts_hq`. */
export function codeOf(label: string, taken: string[], nothing = "reason"): string {
  const plain = label
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 45);
  const base = plain || nothing;
  let code = base;
  for (let n = 2; taken.includes(code); n++) code = `${base}_${n}`;
  return code;
}

/** The list with one of its members a place up or down. */
export function moved<T>(list: T[], index: number, by: -1 | 1): T[] {
  const next = [...list];
  const [member] = next.splice(index, 1);
  if (member !== undefined) next.splice(index + by, 0, member);
  return next;
}
