import {
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, done, unwrap } from "../../../api/client";
import type {
  Calendar,
  CalendarDraft,
  CalendarVersion,
  Simulate,
} from "../../../api/types";
import type { CalendarForm } from "./form";
import { toDraft } from "./form";

const DAY_MS = 86_400_000;

export const calendarsQuery = queryOptions({
  queryKey: ["calendars"],
  queryFn: async ({ signal }) =>
    // The client's types forget that hours are pairs.
    (await unwrap(api.GET("/api/v1/calendars", { signal }))).items as Calendar[],
  staleTime: 60_000,
});

export const calendarVersionsQuery = (id: string) =>
  queryOptions({
    queryKey: ["calendar", id, "versions"],
    queryFn: async ({ signal }) =>
      (
        await unwrap(
          api.GET("/api/v1/calendars/{calendar_id}/versions", {
            params: { path: { calendar_id: id } },
            signal,
          }),
        )
      ).items as CalendarVersion[],
  });

/** The next weeks of a calendar that need not be stored; the last picture stays meanwhile. */
export const previewQuery = (calendar: CalendarDraft, from: string, weeks = 8) =>
  queryOptions({
    queryKey: ["calendar-preview", calendar, from, weeks],
    queryFn: ({ signal }) =>
      unwrap(
        api.POST("/api/v1/calendars/preview", {
          body: { calendar, from, weeks },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 5 * 60_000,
    retry: false,
  });

/** What would become of a history, with the question; the last answer stays meanwhile. */
export const simulationQuery = (body: Simulate) =>
  queryOptions({
    queryKey: ["simulation", body],
    queryFn: async ({ signal }) => ({
      body,
      answer: await unwrap(api.POST("/api/v1/sla/simulate", { body, signal })),
    }),
    placeholderData: keepPreviousData,
    staleTime: 5 * 60_000,
    retry: false,
  });

export const countriesQuery = queryOptions({
  queryKey: ["holiday-countries"],
  queryFn: ({ signal }) =>
    unwrap(api.GET("/api/v1/calendars/holidays/countries", { signal })),
  staleTime: DAY_MS,
});

export type Region = { country: string; subdivision: string | null };

/** The holidays of a country, or a part of it, in some years. */
export const regionHolidaysQuery = (
  { country, subdivision }: Region,
  years: number[],
) =>
  queryOptions({
    queryKey: ["region-holidays", country, subdivision, years],
    queryFn: async ({ signal }) => {
      const ofYear = (year: number) =>
        unwrap(
          api.GET("/api/v1/calendars/holidays", {
            params: {
              query: { country, year, ...(subdivision ? { subdivision } : {}) },
            },
            signal,
          }),
        );
      return (await Promise.all(years.map(ofYear))).flat();
    },
    staleTime: DAY_MS,
    retry: false,
  });

/** Reads a calendar file; nothing is stored. */
export const useReadHolidayFile = () =>
  useMutation({
    mutationFn: async (file: File) => {
      const form = new FormData();
      form.append("file", file);
      return unwrap(
        api.POST("/api/v1/calendars/holidays/import", {
          body: form as never,
          bodySerializer: (body) => body as unknown as FormData,
        }),
      );
    },
  });

type Saved = { id?: string; version?: number; form: CalendarForm };

export function useSaveCalendar() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version, form }: Saved) => {
      const body = { name: form.name.trim(), ...toDraft(form) };
      return id === undefined
        ? unwrap(api.POST("/api/v1/calendars", { body }))
        : unwrap(
            api.PATCH("/api/v1/calendars/{calendar_id}", {
              params: { path: { calendar_id: id } },
              headers: { "If-Match": `"${version}"` },
              body,
            }),
          );
    },
    onSettled: () => refreshPromises(client),
  });
}

export function useDeleteCalendar() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      done(
        api.DELETE("/api/v1/calendars/{calendar_id}", {
          params: { path: { calendar_id: id } },
        }),
      ),
    onSettled: () => refreshLists(client),
  });
}

type Client = ReturnType<typeof useQueryClient>;

/**
 * A calendar's new version is a new version of its policies, too. Nobody waits for it:
 * the editor that is shown begins anew with what comes.
 */
export function refreshPromises(client: Client): void {
  refreshLists(client);
  void client.invalidateQueries({ queryKey: ["calendar"] });
  void client.invalidateQueries({ queryKey: ["sla-policy"] });
}

/** What is deleted is not asked for again. */
export function refreshLists(client: Client): void {
  void client.invalidateQueries({ queryKey: ["calendars"] });
  void client.invalidateQueries({ queryKey: ["sla-policies"] });
}
