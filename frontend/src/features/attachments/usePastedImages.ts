import { t } from "@lingui/core/macro";
import { useRef } from "react";
import type { Attachment } from "../../api/types";
import { setInternal } from "./queries";
import type { Upload, Uploads } from "./useUploads";

/** A name without what means something between brackets. */
const plain = (name: string) => name.replace(/[[\]\\!`*_<>]/g, " ").trim();

/** What stands in a text for an image that is on its way. */
const placeholderOf = ({ id, file }: Upload) =>
  `![${t`Uploading ${{ name: plain(file.name) }}…`}](upload:${id})`;

/** What a text says of a stored image; only files of the same incident are shown. */
const referenceTo = ({ id, filename }: Attachment) =>
  `![${plain(filename)}](attachment:${id})`;

/** Whether a text waits for an image. */
export const isWaiting = (text: string) => /]\(upload:[^)]*\)/.test(text);

type Text = {
  /** Puts words where the caret is. */
  insert: (words: string) => void;
  replace: (words: string, by: string) => void;
};

/** Images pasted into a text: at the caret at once, shown when they are stored. */
export function usePastedImages(uploads: Uploads, text: Text) {
  const stored = useRef(new Map<string, Attachment>());
  // An upload outlives the rendering that began it.
  const latest = useRef(text);
  latest.current = text;

  const paste = (files: File[], internal: boolean) => {
    const added = uploads.add(files, internal, {
      onStored: (upload, file) => {
        stored.current.set(file.id, file);
        const shown = file.preview === "image" ? referenceTo(file) : "";
        latest.current.replace(placeholderOf(upload), shown);
      },
      onGone: (upload) => latest.current.replace(placeholderOf(upload), ""),
    });
    const images = added.filter(({ file }) => file.type.startsWith("image/"));
    if (images.length > 0) text.insert(images.map(placeholderOf).join("\n"));
  };

  /** Images that the text refers to are seen by whoever sees the text, and no others. */
  const settle = async (content: string, internal: boolean) => {
    for (const [id, file] of stored.current)
      if (content.includes(id) && file.is_internal !== internal)
        stored.current.set(id, await setInternal(id, internal));
  };

  return { paste, settle };
}
