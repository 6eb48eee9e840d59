import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, done, unwrap } from "../../api/client";
import { toastError } from "../../ui/toast";

export const attachmentsQuery = (number: string) =>
  queryOptions({
    queryKey: ["incident", number, "attachments"],
    queryFn: async ({ signal }) => {
      const params = { path: { reference: number }, query: { limit: 100 } };
      const page = await unwrap(
        api.GET("/api/v1/incidents/{reference}/attachments", { params, signal }),
      );
      return page.items;
    },
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
    onError: (error) => toastError("The file was not deleted", error),
    onSettled: () => client.invalidateQueries({ queryKey: ["incident", number] }),
  });
}

/** Fetches a short-lived link and lets the browser download from it. */
export async function download(id: string, filename: string): Promise<void> {
  try {
    const link = await unwrap(
      api.GET("/api/v1/attachments/{attachment_id}/link", {
        params: { path: { attachment_id: id } },
      }),
    );
    const anchor = document.createElement("a");
    anchor.href = link.url;
    anchor.download = filename;
    anchor.rel = "noopener";
    anchor.click();
  } catch (error) {
    toastError(`${filename} was not downloaded`, error);
  }
}
