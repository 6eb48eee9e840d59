import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import "../../../extra-styles";
import { Button, Skeleton } from "@mantine/core";
import { IconGripVertical, IconPlus, IconStopwatch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import type { Policy } from "../../../api/types";
import { isAtLeast, useUser } from "../../../api/useSession";
import { Page } from "../../../ui/Page";
import { ErrorState, State } from "../../../ui/State";
import { Time } from "../../../ui/Time";
import { toastError } from "../../../ui/toast";
import { PriorityBadge } from "../../incidents/badges";
import { formatDuration } from "../duration";
import editor from "../Editor.module.css";
import { policiesQuery } from "../queries";
import { KINDS, PRIORITIES } from "./form";
import classes from "./Policies.module.css";
import { useNames, useOrderPolicies } from "./queries";
import { conditionsInWords, EVERY_HOUR } from "./words";

export function PoliciesPage() {
  const query = useQuery(policiesQuery);
  const manager = isAtLeast(useUser(), "manager");
  const create = manager && (
    <Button
      component={Link}
      to="/policies/new"
      leftSection={<IconPlus size={16} stroke={1.75} aria-hidden />}
    >
      {t`New policy`}
    </Button>
  );
  return (
    <Page title={t`SLA policies`} actions={create}>
      {query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : query.data?.length === 0 ? (
        <State icon={IconStopwatch} title={t`No policy`}>
          {t`Without a policy an incident has no deadlines.`}
        </State>
      ) : query.data ? (
        <>
          <p className={editor.lead}>
            {t`An incident gets the first policy of this list that is for it; the default takes all the rest.`}
            {manager && query.data.length > 2 && (
              <>
                {" "}
                {t`Drag a policy by its handle to change the order, or focus the handle and use the arrow keys.`}
              </>
            )}
          </p>
          <Ordered policies={query.data} movable={manager} />
        </>
      ) : (
        <Skeleton height={320} maw={1100} aria-busy />
      )}
    </Page>
  );
}

/** The default is asked last, wherever the API lists it. */
function inOrder(policies: Policy[]): Policy[] {
  return policies.toSorted(
    (a, b) => Number(a.is_default) - Number(b.is_default) || a.position - b.position,
  );
}

type Drag = { id: string; order: string[] };

function Ordered({ policies, movable }: { policies: Policy[]; movable: boolean }) {
  const order = useOrderPolicies();
  const list = useRef<HTMLOListElement>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  const [said, setSaid] = useState("");
  const sorted = inOrder(policies);
  const rank = (p: Policy) => drag?.order.indexOf(p.id) ?? -1;
  const shown = drag
    ? sorted.toSorted(
        (a, b) => Number(a.is_default) - Number(b.is_default) || rank(a) - rank(b),
      )
    : sorted;
  const free = sorted.filter((p) => !p.is_default);

  const save = (ids: string[]) => {
    const next = ids.flatMap((id) => policies.find((p) => p.id === id) ?? []);
    const last = policies.filter((p) => p.is_default);
    order.mutate(
      [...next, ...last].map((policy, i) => ({ ...policy, position: i })),
      { onError: (error) => toastError(t`The order stays as it was`, error) },
    );
  };

  const onPointerDown = (event: PointerEvent, policy: Policy) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ id: policy.id, order: free.map((p) => p.id) });
  };
  const onPointerMove = (event: PointerEvent) => {
    if (!drag) return;
    const rows = [...(list.current?.querySelectorAll<HTMLElement>("[data-id]") ?? [])];
    const others = rows.filter((row) => row.dataset.id !== drag.id);
    const before = others.filter((row) => {
      const box = row.getBoundingClientRect();
      return event.clientY > box.top + box.height / 2;
    }).length;
    const ids = drag.order.filter((id) => id !== drag.id);
    setDrag({ ...drag, order: ids.toSpliced(before, 0, drag.id) });
  };
  const onPointerUp = () => {
    if (!drag) return;
    if (drag.order.join() !== free.map((p) => p.id).join()) save(drag.order);
    setDrag(null);
  };
  const onKeyDown = (event: KeyboardEvent, policy: Policy) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const from = free.indexOf(policy);
    if (!by || from + by < 0 || from + by >= free.length) return;
    event.preventDefault();
    const ids = free.map((p) => p.id).filter((id) => id !== policy.id);
    save(ids.toSpliced(from + by, 0, policy.id));
    setSaid(
      t`${{ name: policy.name }} is now number ${{ number: from + by + 1 }} of ${{ total: free.length }}`,
    );
  };

  return (
    <>
      <p className={classes.heading}>{t`Response / resolution by priority`}</p>
      <ol ref={list} className={classes.list} aria-label={t`Policies in their order`}>
        {shown.map((policy, i) => (
          <li
            key={policy.id}
            className={classes.policy}
            data-id={policy.is_default ? undefined : policy.id}
            data-held={drag?.id === policy.id}
          >
            {movable && !policy.is_default && free.length > 1 ? (
              <button
                type="button"
                className={classes.grip}
                aria-label={t`Move ${{ name: policy.name }}, number ${{ number: i + 1 }} of ${{ total: free.length }}`}
                onPointerDown={(event) => onPointerDown(event, policy)}
                onPointerMove={onPointerMove}
                onPointerUp={onPointerUp}
                onPointerCancel={() => setDrag(null)}
                onKeyDown={(event) => onKeyDown(event, policy)}
              >
                <IconGripVertical size={18} stroke={1.75} aria-hidden />
              </button>
            ) : (
              <span />
            )}
            <span className={`${classes.number} num`}>{i + 1}</span>
            <Summary policy={policy} alone={shown.length === 1} />
          </li>
        ))}
      </ol>
      <p className="sr-only" role="status">
        {said}
      </p>
    </>
  );
}

function Summary({ policy, alone }: { policy: Policy; alone: boolean }) {
  const names = useNames();
  const { response, resolution } = policy.calendars;
  const calendars = [
    ...new Set([response, resolution].map((one) => one?.name ?? EVERY_HOUR)),
  ].reduce((a, b) => t`${a} and ${b}`);
  const { version } = policy;
  const rest = alone ? t`Every incident` : t`Every incident that is left`;
  return (
    <>
      <div className={classes.what}>
        <h2>
          <Link to="/policies/$policyId" params={{ policyId: policy.id }}>
            {policy.name}
          </Link>
          {policy.is_default && <span className={classes.default}>{t`Default`}</span>}
        </h2>
        <p>{policy.is_default ? rest : conditionsInWords(policy.conditions, names)}</p>
        <p className="dim">
          <Trans>
            Counted on {calendars} · version {version}, changed{" "}
            <Time at={policy.updated_at} />
          </Trans>
        </p>
      </div>
      <dl className={classes.targets}>
        {PRIORITIES.map((priority) => (
          <div key={priority}>
            <dt>
              <PriorityBadge priority={priority} withText={false} />
            </dt>
            <dd className="num">
              {KINDS.map((kind) => policy.targets[priority][`${kind}_seconds`])
                .map((seconds) => (seconds ? formatDuration(seconds) : "–"))
                .join(" / ")}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
