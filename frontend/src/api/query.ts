import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./errors";

/** Only what may heal by itself is tried again: no answer, or a server in trouble. */
export function shouldRetry(count: number, error: Error): boolean {
  const status = error instanceof ApiError ? error.status : 0;
  return count < 2 && (status === 0 || status >= 500);
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 15_000, retry: shouldRetry },
    // Mutations run even when the browser believes to be offline: the error says so.
    mutations: { networkMode: "always" },
  },
});
