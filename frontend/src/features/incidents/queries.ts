import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
} from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import type { Group, IncidentUpdate } from "../../api/types";
import type { Show } from "../conversation/show";
import type { Filters } from "./filters";
import type { Grouping } from "./grouping";

export const PAGE = 50;
const MOST_GROUPS = 1000;

export const incidentsQuery = (filters: Filters) =>
  infiniteQueryOptions({
    queryKey: ["incidents", filters],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/incidents", {
          params: { query: { ...filters, limit: PAGE, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    // Deadlines move lists even when nobody writes; live events do the rest.
    refetchInterval: 60_000,
  });

export const incidentCountQuery = (filters: Filters) => {
  const { sort: _, ...where } = filters;
  return queryOptions({
    queryKey: ["incident-counts", where],
    queryFn: async ({ signal }) => {
      const page = await unwrap(
        api.GET("/api/v1/incidents", {
          params: { query: { ...where, limit: 1, with_total: true } },
          signal,
        }),
      );
      return page.total ?? 0;
    },
    staleTime: 30_000,
    refetchInterval: 60_000,
  });
};

/** What the list falls into. It follows the list, and so has its key. */
export const groupsQuery = (filters: Filters, by: Grouping) => {
  const { sort: _, ...where } = filters;
  return queryOptions({
    queryKey: ["incidents", "groups", by, where],
    queryFn: async ({ signal }) => {
      const groups: Group[] = [];
      let cursor: string | undefined;
      do {
        const page = await unwrap(
          api.GET("/api/v1/incidents/groups", {
            params: { query: { ...where, by, cursor } },
            signal,
          }),
        );
        groups.push(...page.items);
        cursor = page.next_cursor ?? undefined;
      } while (cursor && groups.length < MOST_GROUPS);
      return groups;
    },
    refetchInterval: 60_000,
  });
};

/** A handful of matches for the command palette. */
export const incidentSearchQuery = (q: string) =>
  queryOptions({
    queryKey: ["incidents", "search", q],
    queryFn: async ({ signal }) => {
      const query = { q, limit: 8 };
      const page = await unwrap(
        api.GET("/api/v1/incidents", { params: { query }, signal }),
      );
      return page.items;
    },
    enabled: q.length >= 2,
    placeholderData: keepPreviousData,
  });

const byId = (reference: string) => ({ path: { reference } });

export const incidentQuery = (id: string) =>
  queryOptions({
    queryKey: ["incident", id, "detail"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/incidents/{reference}", { params: byId(id), signal })),
    refetchInterval: 60_000,
  });

/** The incident as it would be; nothing is stored. */
export const previewQuery = (id: string, patch: IncidentUpdate) =>
  queryOptions({
    queryKey: ["incident", id, "preview", patch],
    queryFn: ({ signal }) =>
      unwrap(
        api.PATCH("/api/v1/incidents/{reference}", {
          params: { ...byId(id), query: { dry_run: true } },
          body: patch,
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });

export const timelineQuery = (id: string, show: Show) =>
  infiniteQueryOptions({
    queryKey: ["incident", id, "timeline", show],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/incidents/{reference}/timeline", {
          params: {
            ...byId(id),
            query: { order: "desc", show, limit: PAGE, cursor: pageParam },
          },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
