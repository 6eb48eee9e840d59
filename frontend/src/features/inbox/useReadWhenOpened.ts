import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, unwrap } from "../../api/client";
import { unreadQuery } from "./queries";

/** Who has an incident before their eyes needs no notification of it. */
export function useReadWhenOpened(number: string): void {
  const client = useQueryClient();
  const { data: unread = 0 } = useQuery(unreadQuery);
  useEffect(() => {
    if (unread === 0) return;
    const read = () => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", read);
      unwrap(
        api.POST("/api/v1/incidents/{reference}/notifications/read", {
          params: { path: { reference: number } },
        }),
      ).then(
        ({ count }) => {
          if (count === unread) return;
          client.setQueryData(unreadQuery.queryKey, count);
          void client.invalidateQueries({ queryKey: ["inbox", "list"] });
        },
        // They stay in the inbox, where they can be read.
        () => undefined,
      );
    };
    document.addEventListener("visibilitychange", read);
    read();
    return () => document.removeEventListener("visibilitychange", read);
  }, [number, unread, client]);
}
