import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";

/** Lists of people are bounded by the API at a hundred; search narrows them. */
const LIMIT = 100;

export const usersQuery = (q = "", onlyActive = true) =>
  queryOptions({
    queryKey: ["users", q, onlyActive],
    queryFn: async ({ signal }) => {
      const query = {
        limit: LIMIT,
        ...(q ? { q } : {}),
        ...(onlyActive ? { active: true } : {}),
      };
      return unwrap(api.GET("/api/v1/users", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const teamsQuery = queryOptions({
  queryKey: ["teams"],
  queryFn: async ({ signal }) =>
    (
      await unwrap(
        api.GET("/api/v1/teams", { params: { query: { limit: LIMIT } }, signal }),
      )
    ).items,
  staleTime: 60_000,
});

export const organizationsQuery = (q = "") =>
  queryOptions({
    queryKey: ["organizations", q],
    queryFn: ({ signal }) => {
      const query = { limit: LIMIT, ...(q ? { q } : {}) };
      return unwrap(api.GET("/api/v1/organizations", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: async ({ signal }) =>
    (await unwrap(api.GET("/api/v1/tokens", { signal }))).items,
});

export const metaQuery = queryOptions({
  queryKey: ["meta"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/meta", { signal })),
  staleTime: 10 * 60_000,
});
