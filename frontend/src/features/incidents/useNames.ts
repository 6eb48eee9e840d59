import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { isAtLeast, useUser } from "../../api/useSession";
import { organizationsQuery, teamsQuery, usersQuery } from "../accounts/queries";
import { fieldsQuery } from "../fields/queries";
import type { Named, Names } from "./query";

/** Names for the query language; those that begin with `typed` are asked for too. */
export function useNames(wanted: boolean, typed: string): Names {
  const user = useUser();
  const enabled = wanted && isAtLeast(user, "agent");
  const users = useQuery({ ...usersQuery(), enabled });
  const more = (users.data?.items.length ?? 0) >= 100 && typed.length > 1;
  const found = useQuery({ ...usersQuery(typed), enabled: enabled && more });
  const { data: teams } = useQuery({ ...teamsQuery, enabled });
  const { data: fields } = useQuery({ ...fieldsQuery, enabled: wanted });
  const { data: organizations } = useQuery({ ...organizationsQuery(), enabled });
  // A name that was found once stays known when other words are typed.
  const people = useRef(new Map<string, Named>());
  return useMemo(() => {
    for (const one of [...(users.data?.items ?? []), ...(found.data?.items ?? [])])
      if (one.role !== "reporter") people.current.set(one.id, one);
    return {
      assignee: [...people.current.values()],
      team: teams ?? [],
      organization: organizations?.items ?? [],
      fields,
    };
  }, [users.data, found.data, teams, organizations, fields]);
}
