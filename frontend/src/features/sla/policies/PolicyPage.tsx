import { plural, t } from "@lingui/core/macro";
import "../../../extra-styles";
import { ActionIcon, Alert, Skeleton, Tabs, Textarea, TextInput } from "@mantine/core";
import { IconArrowLeft, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError, messageOf } from "../../../api/errors";
import type { Policy } from "../../../api/types";
import { isAtLeast, useUser } from "../../../api/useSession";
import { Confirm } from "../../../ui/Confirm";
import { Page } from "../../../ui/Page";
import { ErrorState } from "../../../ui/State";
import { tip } from "../../../ui/Tip";
import { toastDone } from "../../../ui/toast";
import { Changes } from "../Changes";
import { calendarsQuery } from "../calendars/queries";
import type { Change } from "../changes";
import editor from "../Editor.module.css";
import { Panel } from "../Panel";
import { policiesQuery } from "../queries";
import { SaveBar } from "../SaveBar";
import { Versions } from "../Versions";
import { ApplyTab } from "./ApplyTab";
import { BacktestTab } from "./BacktestTab";
import { EscalationsSection } from "./Escalations";
import {
  ALWAYS,
  newForm,
  type PolicyForm,
  pathOf,
  termsOf,
  toDraft,
  toForm,
  type Wrong,
  without,
  wrongWith,
} from "./form";
import classes from "./Policy.module.css";
import { PolicyExample } from "./PolicyExample";
import {
  policyQuery,
  policyVersionsQuery,
  useDeletePolicy,
  useNames,
  useSavePolicy,
} from "./queries";
import {
  ConditionsSection,
  PausesSection,
  TargetsSection,
  WarningsSection,
} from "./Sections";
import { policyChanges } from "./words";

const route = getRouteApi("/app/policies/$policyId");

export type PolicyTab = "terms" | "backtest" | "apply" | "history";

export function NewPolicyPage() {
  const [tab, setTab] = useState<PolicyTab>("terms");
  return <Editor policy={null} tab={tab} onTab={setTab} />;
}

export function PolicyPage() {
  const { policyId } = route.useParams();
  const { tab = "terms" } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(policyQuery(policyId));
  if (query.isError)
    return (
      <Page title={t`SLA policy`}>
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      </Page>
    );
  if (!query.data)
    return (
      <Page title={t`SLA policy`}>
        <Skeleton height={420} aria-busy />
      </Page>
    );
  return (
    <Editor
      // What was published is where the next edit begins.
      key={`${query.data.id} ${query.data.version}`}
      policy={query.data}
      tab={tab}
      onTab={(next) =>
        void navigate({ search: next === "terms" ? {} : { tab: next }, replace: true })
      }
    />
  );
}

type Props = {
  policy: Policy | null;
  tab: PolicyTab;
  onTab: (tab: PolicyTab) => void;
};

function Editor({ policy, tab, onTab }: Props) {
  const [initial] = useState(() => (policy ? toForm(policy) : newForm()));
  const [form, setForm] = useState<PolicyForm>(initial);
  const [wrong, setWrong] = useState<Wrong>({});
  const [asking, setAsking] = useState<"publish" | "delete" | null>(null);
  const { data: policies } = useQuery(policiesQuery);
  const navigate = useNavigate();
  const save = useSavePolicy();
  const manager = isAtLeast(useUser(), "manager");
  const changes = useChanges(initial, form);
  const set = (part: Partial<PolicyForm>) => {
    setForm((old) => ({ ...old, ...part }));
    setWrong((old) => Object.keys(part).reduce(without, old));
  };
  const refuse = (error: unknown) => {
    setAsking(null);
    onTab("terms");
    if (error instanceof ApiError)
      setWrong(
        Object.fromEntries(
          Object.entries(error.fields).map(([field, words]) => [pathOf(field), words]),
        ),
      );
  };

  const publish = (note: string) =>
    save.mutate(
      { policy, name: form.name, draft: toDraft(form), note },
      {
        onSuccess: (saved) => {
          setAsking(null);
          toastDone(
            policy
              ? t`Version ${{ version: saved.version }} is published. New incidents get it.`
              : t`${{ name: saved.name }} is in force for new incidents`,
          );
          void navigate({
            to: "/policies/$policyId",
            params: { policyId: saved.id },
            // Clocks that run keep theirs: this is where that is changed.
            search: policy ? { tab: "apply" } : {},
            ignoreBlocker: true,
          });
        },
        onError: refuse,
      },
    );
  const submit = () => {
    const found = wrongWith(form);
    setWrong(found);
    if (Object.keys(found).length === 0) setAsking("publish");
    else onTab("terms");
  };
  // A draft that is no policy yet is tried by way of the default: only its words count.
  const tried = policy ?? policies?.find((one) => one.is_default);
  const broken = Object.keys(wrongWith({ ...form, name: "any" })).length > 0;

  return (
    <Page
      title={policy?.name ?? t`New policy`}
      actions={
        <>
          <Link to="/policies" className={editor.back}>
            <IconArrowLeft size={16} aria-hidden /> {t`Policies`}
          </Link>
          {policy && manager && !policy.is_default && (
            <ActionIcon
              variant="default"
              size="lg"
              aria-label={t`Delete ${{ name: policy.name }}`}
              {...tip(t`Delete this policy`)}
              onClick={() => setAsking("delete")}
            >
              <IconTrash size={16} stroke={1.75} aria-hidden />
            </ActionIcon>
          )}
        </>
      }
    >
      {Object.keys(wrong).length > 0 && (
        <Alert color="red" role="alert" title={t`Not published yet`} mb="md">
          {[...new Set(Object.values(wrong))].slice(0, 3).join(". ")}.
        </Alert>
      )}
      {save.isError && Object.keys(wrong).length === 0 && (
        <Alert color="red" role="alert" title={t`Not published`} mb="md">
          {messageOf(save.error)}
        </Alert>
      )}
      <Tabs
        value={tab}
        onChange={(next) => next && onTab(next as PolicyTab)}
        keepMounted={false}
        classNames={{ list: editor.tabs }}
      >
        <Tabs.List>
          <Tabs.Tab value="terms">{t`Terms`}</Tabs.Tab>
          {manager && <Tabs.Tab value="backtest">{t`Try it on the past`}</Tabs.Tab>}
          {manager && policy && <Tabs.Tab value="apply">{t`Open incidents`}</Tabs.Tab>}
          {policy && <Tabs.Tab value="history">{t`History`}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="terms">
          <Terms
            policy={policy}
            form={form}
            wrong={wrong}
            set={set}
            locked={!manager}
          />
        </Tabs.Panel>
        <Tabs.Panel value="backtest">
          {tried && (
            <BacktestTab
              id={tried.id}
              policy={policy}
              draft={broken ? null : toDraft(form)}
              edited={!policy || changes.length > 0}
            />
          )}
        </Tabs.Panel>
        {policy && (
          <>
            <Tabs.Panel value="apply">
              <ApplyTab policy={policy} edited={changes.length > 0} />
            </Tabs.Panel>
            <Tabs.Panel value="history">
              <History policy={policy} />
            </Tabs.Panel>
          </>
        )}
      </Tabs>
      {manager && (
        <SaveBar
          dirty={!policy || changes.length > 0}
          verb={t`Publish…`}
          onSave={submit}
          onDiscard={() => {
            setWrong({});
            if (policy) setForm(initial);
            else void navigate({ to: "/policies" });
          }}
        >
          {policy
            ? plural(changes.length, { one: "# change", other: "# changes" })
            : t`A new policy`}
        </SaveBar>
      )}
      {asking === "publish" && (
        <Publish
          policy={policy}
          name={form.name}
          changes={changes}
          loading={save.isPending}
          onPublish={publish}
          onClose={() => setAsking(null)}
        />
      )}
      {policy && asking === "delete" && (
        <DeletePolicy policy={policy} onClose={() => setAsking(null)} />
      )}
    </Page>
  );
}

function useChanges(before: PolicyForm, after: PolicyForm): Change[] {
  const { data: calendars = [] } = useQuery(calendarsQuery);
  const names = useNames();
  const calendarOf = (id: string | null | undefined) =>
    id && id !== ALWAYS ? (calendars.find((one) => one.id === id) ?? null) : null;
  const terms = (form: PolicyForm) => termsOf(toDraft(form), calendarOf);
  const named: Change[] =
    before.name.trim() === after.name.trim()
      ? []
      : [{ what: t`Name`, before: before.name, after: after.name.trim() }];
  return [...named, ...policyChanges(terms(before), terms(after), names)];
}

type TermsProps = {
  policy: Policy | null;
  form: PolicyForm;
  wrong: Wrong;
  set: (part: Partial<PolicyForm>) => void;
  locked: boolean;
};

function Terms({ policy, form, wrong, set, locked }: TermsProps) {
  const section = { form, wrong, set };
  return (
    <div className={editor.columns}>
      <fieldset className={`${editor.main} ${classes.plain}`} disabled={locked}>
        <Panel
          title={t`Policy`}
          hint={
            policy?.is_default
              ? t`The default takes every incident that no policy above it takes.`
              : t`The first policy of the list that is for an incident is its policy.`
          }
        >
          <div className={editor.fields}>
            <TextInput
              label={t`Name`}
              placeholder={t`Gold customers`}
              maxLength={200}
              value={form.name}
              error={wrong.name}
              onChange={(e) => set({ name: e.currentTarget.value })}
            />
          </div>
        </Panel>
        {!policy?.is_default && <ConditionsSection {...section} />}
        <TargetsSection {...section} />
        <WarningsSection {...section} />
        <EscalationsSection {...section} />
        <PausesSection {...section} />
      </fieldset>
      <div className={editor.aside}>
        <PolicyExample draft={toDraft(form)} />
      </div>
    </div>
  );
}

type PublishProps = {
  policy: Policy | null;
  name: string;
  changes: Change[];
  loading: boolean;
  onPublish: (note: string) => void;
  onClose: () => void;
};

function Publish({ policy, name, changes, loading, onPublish, onClose }: PublishProps) {
  const [note, setNote] = useState("");
  return (
    <Confirm
      opened
      title={
        policy
          ? t`Publish version ${{ version: policy.version + 1 }}?`
          : t`Publish ${name}?`
      }
      verb={t`Publish`}
      color="indigo"
      size="lg"
      loading={loading}
      onConfirm={() => onPublish(note)}
      onClose={onClose}
    >
      {policy && <Changes changes={changes} />}
      <Textarea
        mt={policy ? "md" : 0}
        label={t`Why`}
        description={t`Stands in the history beside the version.`}
        placeholder={policy ? t`The new contract of March` : t`The contract with Acme`}
        autosize
        minRows={2}
        maxLength={500}
        value={note}
        onChange={(e) => setNote(e.currentTarget.value)}
      />
      <p className={editor.after}>
        {t`New incidents get it at once. Clocks that run keep the terms they began with; you can look at open incidents next, and change them.`}
      </p>
    </Confirm>
  );
}

function History({ policy }: { policy: Policy }) {
  const query = useQuery(policyVersionsQuery(policy.id));
  const names = useNames();
  if (query.isError)
    return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={240} aria-busy />;
  return (
    <Versions
      versions={query.data}
      changesOf={(before, after) => policyChanges(before, after, names)}
    />
  );
}

function DeletePolicy({ policy, onClose }: { policy: Policy; onClose: () => void }) {
  const remove = useDeletePolicy();
  const navigate = useNavigate();
  return (
    <Confirm
      opened
      title={t`Delete ${{ name: policy.name }}?`}
      verb={t`Delete`}
      loading={remove.isPending}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(policy.id, {
          onSuccess: () => {
            toastDone(t`${{ name: policy.name }} is deleted`);
            void navigate({ to: "/policies", ignoreBlocker: true });
          },
        })
      }
    >
      {remove.isError && (
        <Alert color="red" role="alert" title={t`Not deleted`} mb="sm">
          {messageOf(remove.error)}
        </Alert>
      )}
      {t`New incidents get the next policy that is for them. Clocks that run keep its terms.`}
    </Confirm>
  );
}
