/** Which rows are selected; a range grows and shrinks around where it began. */

export type Selection = {
  keys: ReadonlySet<string>;
  /** Where a range begins, and what was selected before it. */
  anchor: string | null;
  base: ReadonlySet<string>;
};

const EMPTY: ReadonlySet<string> = new Set();
export const NOTHING: Selection = { keys: EMPTY, anchor: null, base: EMPTY };

const whole = (keys: ReadonlySet<string>, anchor: string | null): Selection => ({
  keys,
  anchor,
  base: keys,
});

export function toggled(selection: Selection, key: string): Selection {
  const keys = new Set(selection.keys);
  if (!keys.delete(key)) keys.add(key);
  return whole(keys, key);
}

/** Everything between where the range began, else `from`, and `to`. */
export function extended(
  selection: Selection,
  order: string[],
  from: string,
  to: string,
): Selection {
  const { anchor, base } = selection;
  const begin = anchor !== null && order.includes(anchor) ? anchor : from;
  const [low, high] = [order.indexOf(begin), order.indexOf(to)].sort((a, b) => a - b);
  const range = order.slice(low, (high ?? 0) + 1);
  return { keys: new Set([...base, ...range]), anchor: begin, base };
}

export const everything = (order: string[]): Selection =>
  whole(new Set(order), order[0] ?? null);

export function without(selection: Selection, gone: string[]): Selection {
  const keys = new Set(selection.keys);
  for (const key of gone) keys.delete(key);
  return whole(keys, selection.anchor);
}
