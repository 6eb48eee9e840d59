/** What an edit changes, in words: from what, to what. */
export type Change = { what: string; before: string | null; after: string | null };
