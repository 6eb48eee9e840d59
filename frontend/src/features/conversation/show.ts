/** What the timeline shows: kept in the address, so that a link shows the same. */
import { t } from "@lingui/core/macro";
import { useNavigate, useSearch } from "@tanstack/react-router";

export const SHOWN = [
  { value: "all", label: t`All` },
  { value: "comments", label: t`Comments` },
  { value: "changes", label: t`Changes` },
  { value: "clock", label: t`Clock` },
] as const;

export type Show = (typeof SHOWN)[number]["value"];

export const parseShow = (value: unknown): Show =>
  SHOWN.find((one) => one.value === value)?.value ?? "all";

export function useShow(): [Show, (show: Show) => void] {
  const search: { show?: unknown } = useSearch({ strict: false });
  const navigate = useNavigate();
  const set = (show: Show) =>
    void navigate({
      to: ".",
      replace: true,
      search: (before) => ({ ...before, show: show === "all" ? undefined : show }),
    });
  return [parseShow(search.show), set];
}
