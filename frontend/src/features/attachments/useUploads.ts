import { randomId } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type DragEvent, useRef, useState } from "react";
import { messageOf } from "../../api/errors";
import { formatBytes } from "../../ui/time";
import { metaQuery } from "../accounts/queries";
import { uploadFile } from "./upload";

export type Upload = {
  id: string;
  file: File;
  share: number;
  error?: string;
  abort: AbortController;
};

/** Uploads of one incident, by drop, paste or picker. */
export function useUploads(number: string, allowed: boolean) {
  const client = useQueryClient();
  const { data: meta } = useQuery(metaQuery);
  const [uploads, setUploads] = useState<Upload[]>([]);
  const [dragging, setDragging] = useState(false);
  const depth = useRef(0);

  const change = (id: string, next: Partial<Upload>) =>
    setUploads((all) => all.map((u) => (u.id === id ? { ...u, ...next } : u)));
  const remove = (id: string) => setUploads((all) => all.filter((u) => u.id !== id));

  const send = async (upload: Upload) => {
    try {
      await uploadFile(number, upload.file, {
        signal: upload.abort.signal,
        onProgress: (share) => change(upload.id, { share }),
      });
      await client.invalidateQueries({ queryKey: ["incident", number, "attachments"] });
      void client.invalidateQueries({ queryKey: ["incident", number, "timeline"] });
      remove(upload.id);
    } catch (error) {
      if (upload.abort.signal.aborted) remove(upload.id);
      else change(upload.id, { error: messageOf(error) });
    }
  };

  const begin = (file: File): Upload => {
    const upload: Upload = {
      id: randomId(),
      file,
      share: 0,
      abort: new AbortController(),
    };
    const limit = meta?.max_upload_bytes;
    // Refused here already: nobody should wait for an upload that cannot succeed.
    if (limit && file.size > limit)
      upload.error = `Larger than ${formatBytes(limit)}. Make it smaller or split it.`;
    else void send(upload);
    return upload;
  };

  const add = (files: File[]) => {
    if (allowed) setUploads((all) => [...all, ...files.map(begin)]);
  };

  const retry = (upload: Upload) => {
    change(upload.id, { error: undefined, share: 0 });
    void send(upload);
  };

  const cancel = (upload: Upload) => {
    upload.abort.abort();
    if (upload.error) remove(upload.id);
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
      add([...event.dataTransfer.files]);
    },
  };

  return { uploads, add, retry, cancel, dragging, dropProps, allowed };
}

export type Uploads = ReturnType<typeof useUploads>;
