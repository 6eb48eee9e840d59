import { t } from "@lingui/core/macro";
import {
  ActionIcon,
  Button,
  Collapse,
  Select,
  Stack,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import {
  IconChevronDown,
  IconPlus,
  IconStairsUp,
  IconTrash,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { teamsQuery, usersQuery } from "../../accounts/queries";
import editor from "../Editor.module.css";
import { Panel } from "../Panel";
import {
  type ActionForm,
  errorAt,
  type LevelForm,
  levelOf,
  newAction,
  newLevel,
  type Wrong,
} from "./form";
import classes from "./Policy.module.css";
import { useNames } from "./queries";
import { MomentInput, type SectionProps } from "./Sections";
import { levelInWords } from "./words";

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;
const MOST_LEVELS = 20;
const MOST_ACTIONS = 10;

export function EscalationsSection({ form, wrong, set }: SectionProps) {
  const levels = form.escalations;
  // A level that is new is open, those that were there are sentences.
  const [open, setOpen] = useState<number | null>(null);
  return (
    <Panel
      title={t`Escalation`}
      hint={t`What happens when time runs out. Levels are held while the incident is paused, and over when its clock stops.`}
      action={
        <Button
          variant="default"
          leftSection={<IconPlus {...icon} />}
          disabled={levels.length >= MOST_LEVELS}
          onClick={() => {
            set({ escalations: [...levels, newLevel(levels.length + 1)] });
            setOpen(levels.length);
          }}
        >
          {t`Add level`}
        </Button>
      }
    >
      {levels.length === 0 ? (
        <p className="dim">
          {t`Nothing but the breach notice to the assignee and the team.`}
        </p>
      ) : (
        <ol className={classes.levels}>
          {levels.map((level, i) => (
            <Level
              // biome-ignore lint/suspicious/noArrayIndexKey: levels may have equal names
              key={i}
              number={i + 1}
              level={level}
              wrong={below(wrong, `escalations.${i}`)}
              opened={open === i}
              onToggle={() => setOpen(open === i ? null : i)}
              onChange={(next) => set({ escalations: levels.with(i, next) })}
              onRemove={() => {
                set({ escalations: levels.toSpliced(i, 1) });
                setOpen(null);
              }}
            />
          ))}
        </ol>
      )}
    </Panel>
  );
}

/** The errors below a path, as paths of their own. */
function below(wrong: Wrong, path: string): Wrong {
  return Object.fromEntries(
    Object.entries(wrong)
      .filter(([at]) => at === path || at.startsWith(`${path}.`))
      .map(([at, words]) => [at.slice(path.length + 1), words]),
  );
}

const TRIGGERS = [
  { value: "warning", label: t`before a deadline` },
  { value: "breach", label: t`at a breach` },
  { value: "after_breach", label: t`after a breach` },
];

const WHICH = [
  { value: "both", label: t`response and resolution` },
  { value: "response", label: t`response only` },
  { value: "resolution", label: t`resolution only` },
];

type LevelProps = {
  number: number;
  level: LevelForm;
  wrong: Wrong;
  opened: boolean;
  onToggle: () => void;
  onChange: (level: LevelForm) => void;
  onRemove: () => void;
};

function Level({
  number,
  level,
  wrong,
  opened,
  onToggle,
  onChange,
  onRemove,
}: LevelProps) {
  const names = useNames();
  const id = useId();
  const change = (part: Partial<LevelForm>) => onChange({ ...level, ...part });
  const broken = Object.values(wrong)[0];
  const shown = opened || broken !== undefined;
  return (
    <li className={classes.level}>
      <div className={classes.levelHead}>
        <IconStairsUp {...icon} size={18} />
        <button
          type="button"
          className={classes.toggle}
          aria-expanded={shown}
          aria-controls={id}
          onClick={onToggle}
        >
          <strong>{level.name || t`Level ${number}`}</strong>
          <span>{levelInWords(levelOf(level), names)}</span>
        </button>
        <IconChevronDown {...icon} className={classes.chevron} data-open={shown} />
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t`Remove ${{ name: level.name || t`level ${number}` }}`}
          onClick={onRemove}
        >
          <IconTrash {...icon} />
        </ActionIcon>
      </div>
      <Collapse expanded={shown} id={id}>
        <Stack className={classes.levelBody}>
          <div className={editor.fields}>
            <TextInput
              label={t`Name`}
              maxLength={200}
              value={level.name}
              error={wrong.name}
              onChange={(e) => change({ name: e.currentTarget.value })}
            />
            <Select
              label={t`For`}
              data={WHICH}
              allowDeselect={false}
              value={level.kind}
              error={errorAt(wrong, "kinds")}
              onChange={(kind) => kind && change({ kind: kind as LevelForm["kind"] })}
            />
            <Select
              label={t`When`}
              data={TRIGGERS}
              allowDeselect={false}
              value={level.trigger}
              error={errorAt(wrong, "trigger")}
              onChange={(trigger) =>
                trigger &&
                change({ trigger: trigger as LevelForm["trigger"], value: "" })
              }
            />
            <When level={level} error={wrong.value} onChange={change} />
          </div>
          <div>
            <h3 className={classes.label}>{t`What is done`}</h3>
            <ul className={classes.rows}>
              {level.actions.map((action, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: actions have no name
                <li key={i} className={classes.row}>
                  <ActionFields
                    number={i + 1}
                    action={action}
                    error={errorAt(wrong, `actions.${i}`)}
                    onChange={(next) =>
                      change({ actions: level.actions.with(i, next) })
                    }
                  />
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={t`Remove action ${{ number: i + 1 }}`}
                    onClick={() => change({ actions: level.actions.toSpliced(i, 1) })}
                  >
                    <IconTrash {...icon} />
                  </ActionIcon>
                </li>
              ))}
            </ul>
            {wrong.actions && <p className={classes.error}>{wrong.actions}</p>}
            <Button
              mt={8}
              size="compact-sm"
              variant="subtle"
              leftSection={<IconPlus {...icon} />}
              disabled={level.actions.length >= MOST_ACTIONS}
              onClick={() => change({ actions: [...level.actions, newAction()] })}
            >
              {t`Add action`}
            </Button>
          </div>
        </Stack>
      </Collapse>
    </li>
  );
}

type WhenProps = {
  level: LevelForm;
  error?: string;
  onChange: (part: Partial<LevelForm>) => void;
};

function When({ level, error, onChange }: WhenProps) {
  if (level.trigger === "breach") return null;
  if (level.trigger === "warning")
    return (
      <div>
        <span className={classes.label}>{t`At which moment`}</span>
        <MomentInput
          label={t`Moment of the level`}
          moment={level}
          error={error}
          onChange={onChange}
        />
      </div>
    );
  return (
    <TextInput
      label={t`How long after it`}
      placeholder="1h"
      value={level.value}
      error={error}
      onChange={(e) => onChange({ value: e.currentTarget.value })}
    />
  );
}

const TYPES = [
  { value: "notify", label: t`Tell` },
  { value: "reassign", label: t`Give it to` },
  { value: "raise_priority", label: t`Raise the priority` },
  { value: "comment", label: t`Add an internal note` },
];

const AUDIENCES = [
  { value: "assignee", label: t`the assignee` },
  { value: "reporter", label: t`the reporter` },
  { value: "team", label: t`a team` },
  { value: "role", label: t`a role` },
  { value: "user", label: t`a person` },
];

const ROLES = [
  { value: "manager", label: t`all managers` },
  { value: "administrator", label: t`all administrators` },
  { value: "agent", label: t`all agents` },
];

const TAKERS = AUDIENCES.filter(({ value }) => value === "team" || value === "user");

/** An empty value is one step up. */
const STEPS = [
  { value: "", label: t`by one step` },
  { value: "medium", label: t`to medium` },
  { value: "high", label: t`to high` },
  { value: "critical", label: t`to critical` },
];

type ActionProps = {
  number: number;
  action: ActionForm;
  error?: string;
  onChange: (action: ActionForm) => void;
};

function ActionFields({ number, action, error, onChange }: ActionProps) {
  const { type, to, taker } = action;
  const change = (part: Partial<ActionForm>) => onChange({ ...action, ...part });
  const label = (what: string) => t`Action ${number}: ${what}`;
  const person =
    (type === "notify" && to === "user") || (type === "reassign" && taker === "user");
  const team =
    (type === "notify" && to === "team") || (type === "reassign" && taker === "team");
  const plain = { allowDeselect: false } as const;
  return (
    <div className={classes.action}>
      <Select
        {...plain}
        aria-label={label(t`what`)}
        data={TYPES}
        value={type}
        onChange={(value) => value && change({ type: value as ActionForm["type"] })}
      />
      {type === "notify" && (
        <Select
          {...plain}
          aria-label={label(t`whom to tell`)}
          data={AUDIENCES}
          value={to}
          onChange={(value) => value && change({ to: value as ActionForm["to"] })}
        />
      )}
      {type === "notify" && to === "role" && (
        <Select
          {...plain}
          aria-label={label(t`which role`)}
          data={ROLES}
          value={action.role}
          onChange={(value) => value && change({ role: value as ActionForm["role"] })}
        />
      )}
      {type === "reassign" && (
        <Select
          {...plain}
          aria-label={label(t`who takes it`)}
          data={TAKERS}
          value={taker}
          onChange={(value) => value && change({ taker: value as ActionForm["taker"] })}
        />
      )}
      {person && (
        <PersonSelect
          label={label(t`which person`)}
          value={action.user_id}
          error={error}
          onChange={(user_id) => change({ user_id })}
        />
      )}
      {team && (
        <TeamSelect
          label={label(t`which team`)}
          own={type === "notify"}
          value={action.team_id}
          error={error}
          onChange={(team_id) => change({ team_id })}
        />
      )}
      {type === "raise_priority" && (
        <Select
          {...plain}
          aria-label={label(t`how far`)}
          data={STEPS}
          value={action.priority}
          onChange={(value) =>
            value !== null && change({ priority: value as ActionForm["priority"] })
          }
        />
      )}
      {type === "comment" && (
        <Textarea
          className={classes.text}
          aria-label={label(t`the note`)}
          placeholder={t`What the note says`}
          autosize
          minRows={1}
          maxLength={2000}
          value={action.text}
          error={error}
          onChange={(e) => change({ text: e.currentTarget.value })}
        />
      )}
      {error && !person && !team && type !== "comment" && (
        <span className={classes.error}>{error}</span>
      )}
    </div>
  );
}

type PickProps = {
  label: string;
  value: string | null;
  error?: string;
  onChange: (id: string | null) => void;
};

function PersonSelect({ label, value, error, onChange }: PickProps) {
  const names = useNames();
  const [text, setText] = useState("");
  const known = value ? names.user(value) : "";
  const [q] = useDebouncedValue(text === known ? "" : text.trim(), 150);
  const { data } = useQuery(usersQuery(q));
  const people = (data?.items ?? []).filter((user) => user.role !== "reporter");
  const options = people.map(({ id, name }) => ({ value: id, label: name }));
  if (value && !people.some(({ id }) => id === value))
    options.unshift({ value, label: known });
  return (
    <Select
      aria-label={label}
      placeholder={t`Choose a person`}
      searchable
      data={options}
      filter={({ options }) => options}
      nothingFoundMessage={t`Nobody found`}
      value={value}
      error={error}
      onSearchChange={setText}
      onChange={onChange}
    />
  );
}

/** `own` offers the team that the incident is with. */
function TeamSelect({
  label,
  own,
  value,
  error,
  onChange,
}: PickProps & { own: boolean }) {
  const { data: teams = [] } = useQuery(teamsQuery);
  const options = teams.map(({ id, name }) => ({ value: id, label: name }));
  return (
    <Select
      aria-label={label}
      placeholder={t`Choose a team`}
      searchable
      allowDeselect={false}
      data={own ? [{ value: "", label: t`of the incident` }, ...options] : options}
      nothingFoundMessage={t`No such team`}
      value={own ? (value ?? "") : value}
      error={error}
      onChange={(id) => onChange(id || null)}
    />
  );
}
