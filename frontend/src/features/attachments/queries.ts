import { t } from "@lingui/core/macro";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, done, unwrap } from "../../api/client";
import type { Attachment } from "../../api/types";
import { toastError } from "../../ui/toast";

const PAGE = 100;
/** An incident with more files than that is a mistake; nobody looks at them here. */
const MOST = 1000;

export const attachmentsQuery = (number: string) =>
  queryOptions({
    queryKey: ["incident", number, "attachments"],
    queryFn: async ({ signal }) => {
      const files: Attachment[] = [];
      let cursor: string | undefined;
      do {
        const query = { limit: PAGE, cursor };
        const params = { path: { reference: number }, query };
        const page = await unwrap(
          api.GET("/api/v1/incidents/{reference}/attachments", { params, signal }),
        );
        files.push(...page.items);
        cursor = page.next_cursor ?? undefined;
      } while (cursor && files.length < MOST);
      return files;
    },
  });

const link = (id: string, preview: boolean, signal?: AbortSignal) =>
  unwrap(
    api.GET("/api/v1/attachments/{attachment_id}/link", {
      params: { path: { attachment_id: id }, query: { preview } },
      signal,
    }),
  );

/** An address that shows a file. It is good for five minutes, so it is kept for four. */
export const previewQuery = (id: string) =>
  queryOptions({
    queryKey: ["attachment-preview", id],
    queryFn: async ({ signal }) => (await link(id, true, signal)).url,
    staleTime: 4 * 60_000,
    gcTime: 4 * 60_000,
    // What is on the screen is loaded already; another address would load it again.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

export function useDeleteAttachment(number: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      done(
        api.DELETE("/api/v1/attachments/{attachment_id}", {
          params: { path: { attachment_id: id } },
        }),
      ),
    onError: (error) => toastError(t`The file was not deleted`, error),
    onSettled: () => client.invalidateQueries({ queryKey: ["incident", number] }),
  });
}

/** Hides a file from the reporter, or shows it to them. */
export const setInternal = (id: string, internal: boolean) =>
  unwrap(
    api.PATCH("/api/v1/attachments/{attachment_id}", {
      params: { path: { attachment_id: id } },
      body: { is_internal: internal },
    }),
  );

export function useSetInternal(number: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (file: Attachment) => setInternal(file.id, !file.is_internal),
    onError: (error) => toastError(t`Who sees the file was not changed`, error),
    onSettled: () => client.invalidateQueries({ queryKey: ["incident", number] }),
  });
}

/** Fetches a short-lived link and lets the browser download from it. */
export async function download(id: string, filename: string): Promise<void> {
  try {
    const anchor = document.createElement("a");
    anchor.href = (await link(id, false)).url;
    anchor.download = filename;
    anchor.rel = "noopener";
    anchor.click();
  } catch (error) {
    toastError(t`${filename} was not downloaded`, error);
  }
}
