import { t } from "@lingui/core/macro";
import { randomId } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type DragEvent, useRef, useState } from "react";
import { messageOf } from "../../api/errors";
import type { Attachment } from "../../api/types";
import { formatBytes } from "../../ui/time";
import { metaQuery } from "../accounts/queries";
import { uploadFile } from "./upload";

/** More at once would only slow each other down, and the page with them. */
const AT_ONCE = 3;

export type Upload = {
  id: string;
  file: File;
  internal: boolean;
  share: number;
  /** Others go first. */
  waiting: boolean;
  error?: string;
  abort: AbortController;
  watcher: Watcher;
};

type Watcher = {
  onStored?: (upload: Upload, stored: Attachment) => void;
  /** It was cancelled, or given up. */
  onGone?: (upload: Upload) => void;
};

/** Uploads of one incident, by drop, paste or picker. */
export function useUploads(number: string, allowed: boolean) {
  const client = useQueryClient();
  const { data: meta } = useQuery(metaQuery);
  const [uploads, setUploads] = useState<Upload[]>([]);
  const [dragging, setDragging] = useState(false);
  const depth = useRef(0);
  const queue = useRef<Upload[]>([]);
  const active = useRef(0);

  const change = (id: string, next: Partial<Upload>) =>
    setUploads((all) => all.map((u) => (u.id === id ? { ...u, ...next } : u)));
  const remove = (upload: Upload) =>
    setUploads((all) => all.filter((u) => u.id !== upload.id));
  const giveUp = (upload: Upload) => {
    remove(upload);
    upload.watcher.onGone?.(upload);
  };

  const send = async (upload: Upload) => {
    change(upload.id, { waiting: false });
    try {
      const stored = await uploadFile(number, upload.file, {
        key: upload.id,
        internal: upload.internal,
        signal: upload.abort.signal,
        onProgress: (share) => change(upload.id, { share }),
      });
      await client.invalidateQueries({ queryKey: ["incident", number, "attachments"] });
      void client.invalidateQueries({ queryKey: ["incident", number, "timeline"] });
      remove(upload);
      upload.watcher.onStored?.(upload, stored);
    } catch (error) {
      if (upload.abort.signal.aborted) giveUp(upload);
      else change(upload.id, { error: messageOf(error) });
    }
  };

  const next = () => {
    while (active.current < AT_ONCE) {
      const upload = queue.current.shift();
      if (!upload) return;
      active.current += 1;
      void send(upload).finally(() => {
        active.current -= 1;
        next();
      });
    }
  };

  const made = (file: File, internal: boolean, watcher: Watcher): Upload => {
    const limit = meta?.max_upload_bytes;
    // Refused here already: nobody should wait for an upload that cannot succeed.
    const tooLarge = limit !== undefined && file.size > limit;
    return {
      id: randomId(),
      file,
      internal,
      share: 0,
      waiting: !tooLarge,
      error: tooLarge
        ? t`Larger than ${{ size: formatBytes(limit) }}. Make it smaller or split it.`
        : undefined,
      abort: new AbortController(),
      watcher,
    };
  };

  const add = (files: File[], internal = false, watcher: Watcher = {}): Upload[] => {
    if (!allowed) return [];
    const added = files.map((file) => made(file, internal, watcher));
    setUploads((all) => [...all, ...added]);
    queue.current.push(...added.filter((upload) => !upload.error));
    next();
    return added;
  };

  const retry = (upload: Upload) => {
    change(upload.id, { error: undefined, share: 0, waiting: true });
    queue.current.push(upload);
    next();
  };

  const cancel = (upload: Upload) => {
    upload.abort.abort();
    const waiting = queue.current.some(({ id }) => id === upload.id);
    queue.current = queue.current.filter(({ id }) => id !== upload.id);
    // What is under way hears of it by itself.
    if (upload.error || waiting) giveUp(upload);
  };

  const dropProps = {
    onDragEnter: (event: DragEvent) => {
      if (!allowed || !event.dataTransfer.types.includes("Files")) return;
      depth.current += 1;
      setDragging(true);
    },
    onDragLeave: () => {
      depth.current = Math.max(0, depth.current - 1);
      if (depth.current === 0) setDragging(false);
    },
    onDragOver: (event: DragEvent) => event.preventDefault(),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      depth.current = 0;
      setDragging(false);
      // What is dropped on an internal note is as internal as the note.
      const internal = (event.target as Element).closest('[data-internal="true"]');
      add([...event.dataTransfer.files], internal !== null);
    },
  };

  return { uploads, add, retry, cancel, dragging, dropProps, allowed };
}

export type Uploads = ReturnType<typeof useUploads>;
