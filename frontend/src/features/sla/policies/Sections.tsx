import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import {
  ActionIcon,
  Button,
  Checkbox,
  MultiSelect,
  Radio,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  TagsInput,
  TextInput,
} from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Fragment } from "react";
import { organizationsQuery, teamsQuery } from "../../accounts/queries";
import { PriorityBadge } from "../../incidents/badges";
import { PRIORITY_WORDS } from "../../incidents/filters";
import { calendarsQuery } from "../calendars/queries";
import { formatDuration, parseDuration } from "../duration";
import editor from "../Editor.module.css";
import { Panel } from "../Panel";
import { pauseReasonsQuery } from "../queries";
import {
  ALWAYS,
  errorAt,
  KINDS,
  type Kind,
  type PolicyForm,
  PRIORITIES,
  toDraft,
  type WarnForm,
  type Wrong,
} from "./form";
import classes from "./Policy.module.css";
import { useNames } from "./queries";
import {
  CALENDAR_WORDS,
  conditionsInWords,
  EVERY_HOUR,
  REOPENING_WORDS,
} from "./words";

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

export type SectionProps = {
  form: PolicyForm;
  wrong: Wrong;
  set: (part: Partial<PolicyForm>) => void;
};

type Named = { id: string; name: string };

/** Options for those that can be chosen, and for chosen ones that are no longer there. */
function optionsOf(known: Named[], chosen: string[]) {
  const gone = chosen.filter((id) => !known.some((one) => one.id === id));
  return [
    ...known.map(({ id, name }) => ({ value: id, label: name })),
    ...gone.map((id) => ({ value: id, label: t`deleted` })),
  ];
}

export function ConditionsSection({ form, wrong, set }: SectionProps) {
  const { data: teams = [] } = useQuery(teamsQuery);
  const { data: organizations } = useQuery(organizationsQuery());
  const names = useNames();
  const { conditions } = form;
  const change = (part: Partial<PolicyForm["conditions"]>) =>
    set({ conditions: { ...conditions, ...part } });
  return (
    <Panel
      title={t`For which incidents`}
      hint={t`What is left empty does not matter; all that is filled in must be true. Of each list, one is enough.`}
    >
      <div className={editor.fields}>
        <Checkbox.Group
          className={editor.wide}
          label={t`Priority`}
          value={conditions.priorities}
          error={errorAt(wrong, "conditions.priorities")}
          onChange={(priorities) =>
            change({ priorities: PRIORITIES.filter((p) => priorities.includes(p)) })
          }
        >
          <div className={classes.checks}>
            {PRIORITIES.map((priority) => (
              <Checkbox
                key={priority}
                value={priority}
                label={<PriorityBadge priority={priority} />}
              />
            ))}
          </div>
        </Checkbox.Group>
        <MultiSelect
          label={t`Team`}
          placeholder={conditions.team_ids.length ? undefined : t`Any team, or none`}
          searchable
          data={optionsOf(teams, conditions.team_ids)}
          value={conditions.team_ids}
          error={errorAt(wrong, "conditions.team_ids")}
          nothingFoundMessage={t`No such team`}
          onChange={(team_ids) => change({ team_ids })}
        />
        <MultiSelect
          label={t`Organization of the reporter`}
          placeholder={conditions.organization_ids.length ? undefined : t`Any, or none`}
          searchable
          data={optionsOf(organizations?.items ?? [], conditions.organization_ids)}
          value={conditions.organization_ids}
          error={errorAt(wrong, "conditions.organization_ids")}
          nothingFoundMessage={t`No such organization`}
          onChange={(organization_ids) => change({ organization_ids })}
        />
        <TagsInput
          label={t`Tags`}
          placeholder={conditions.tags.length ? undefined : t`Any; Enter adds a tag`}
          value={conditions.tags}
          maxTags={20}
          error={errorAt(wrong, "conditions.tags")}
          onChange={(tags) => change({ tags })}
        />
        <TextInput
          label={t`Text in title or description`}
          placeholder={t`Any`}
          maxLength={200}
          value={conditions.text}
          error={errorAt(wrong, "conditions.text")}
          onChange={(e) => change({ text: e.currentTarget.value })}
        />
      </div>
      {errorAt(wrong, "conditions") && (
        <p className={classes.error} role="alert">
          {errorAt(wrong, "conditions")}
        </p>
      )}
      <p className={classes.sentence}>
        {conditionsInWords(toDraft(form).conditions ?? {}, names)}.
      </p>
    </Panel>
  );
}

const KIND_HEADS: Record<Kind, string> = {
  response: t`Response within`,
  resolution: t`Resolution within`,
};

const KIND_WITHIN: Record<Kind, string> = {
  response: t`response within`,
  resolution: t`resolution within`,
};

export function TargetsSection({ form, wrong, set }: SectionProps) {
  const { data: calendars = [] } = useQuery(calendarsQuery);
  const choices = [
    { value: ALWAYS, label: EVERY_HOUR },
    ...calendars.map(({ id, name }) => ({ value: id, label: name })),
  ];
  const { targets } = form;
  const change = (priority: (typeof PRIORITIES)[number], kind: Kind, value: string) =>
    set({
      targets: {
        ...targets,
        [priority]: { ...targets[priority], [`${kind}_seconds`]: value },
      },
    });
  return (
    <Panel
      title={t`What is promised`}
      hint={
        <Trans>
          Write 30m, 4h or 2d. It is working time of the{" "}
          <Link to="/calendars" className={editor.link}>
            calendar
          </Link>
          : on an eight-hour day, 24h are three days. Empty promises nothing.
        </Trans>
      }
    >
      <div className={classes.targets}>
        <span />
        {KINDS.map((kind) => (
          <span key={kind} className={classes.columnHead} aria-hidden>
            {KIND_HEADS[kind]}
          </span>
        ))}
        {PRIORITIES.map((priority) => (
          <Fragment key={priority}>
            <span className={classes.rowHead}>
              <PriorityBadge priority={priority} />
            </span>
            {KINDS.map((kind) => {
              const value = targets[priority][`${kind}_seconds`];
              return (
                <TextInput
                  key={kind}
                  aria-label={`${PRIORITY_WORDS[priority]}, ${KIND_WITHIN[kind]}`}
                  placeholder={t`no target`}
                  value={value}
                  error={wrong[`targets.${priority}.${kind}_seconds`]}
                  onChange={(e) => change(priority, kind, e.currentTarget.value)}
                  onBlur={() => change(priority, kind, tidied(value))}
                />
              );
            })}
          </Fragment>
        ))}
        <span className={classes.rowHead}>{t`Counted on`}</span>
        {KINDS.map((kind) => (
          <Select
            key={kind}
            aria-label={CALENDAR_WORDS[kind]}
            data={choices}
            allowDeselect={false}
            searchable
            value={form.calendars[kind]}
            error={errorAt(wrong, `calendars.${kind}`)}
            nothingFoundMessage={t`No such calendar`}
            onChange={(id) =>
              id && set({ calendars: { ...form.calendars, [kind]: id } })
            }
          />
        ))}
      </div>
      {wrong.targets && (
        <p className={classes.error} role="alert">
          {wrong.targets}
        </p>
      )}
    </Panel>
  );
}

/** What was typed, as it is written everywhere; what cannot be read stays. */
function tidied(value: string): string {
  const seconds = parseDuration(value);
  return seconds === null ? value : formatDuration(seconds);
}

const UNITS = [
  { value: "percent", label: t`when a share is used` },
  { value: "before", label: t`before the deadline` },
];

type MomentProps = {
  label: string;
  moment: WarnForm;
  error?: string;
  onChange: (moment: WarnForm) => void;
};

/** A share of the time, or time before the deadline. */
export function MomentInput({ label, moment, error, onChange }: MomentProps) {
  const percent = moment.unit === "percent";
  return (
    <div className={classes.moment}>
      <TextInput
        className={classes.value}
        aria-label={`${label}: ${percent ? t`per cent` : t`time`}`}
        placeholder={percent ? "80" : "30m"}
        rightSection={percent ? <span className="dim">%</span> : undefined}
        value={moment.value}
        error={error}
        onChange={(e) => onChange({ ...moment, value: e.currentTarget.value })}
        onBlur={() => !percent && onChange({ ...moment, value: tidied(moment.value) })}
      />
      <Select
        className={classes.unit}
        aria-label={`${label}: ${t`of what`}`}
        data={UNITS}
        allowDeselect={false}
        value={moment.unit}
        onChange={(unit) =>
          unit && onChange({ unit: unit as WarnForm["unit"], value: "" })
        }
      />
    </div>
  );
}

/** A usual share that is not there yet. */
function unused(warnings: WarnForm[]): string {
  const used = warnings.map((warning) => warning.value);
  return ["80", "50", "90", "25"].find((share) => !used.includes(share)) ?? "";
}

export function WarningsSection({ form, wrong, set }: SectionProps) {
  const { warnings } = form;
  return (
    <Panel
      title={t`Warnings`}
      hint={t`The assignee and the team are warned before a deadline. Shares are of the working time.`}
      action={
        <Button
          variant="default"
          leftSection={<IconPlus {...icon} />}
          disabled={warnings.length >= 10}
          onClick={() =>
            set({
              warnings: [...warnings, { unit: "percent", value: unused(warnings) }],
            })
          }
        >
          {t`Add warning`}
        </Button>
      }
    >
      {warnings.length === 0 ? (
        <p className="dim">
          {t`Nobody is warned; the breach is the first that people hear.`}
        </p>
      ) : (
        <ul className={classes.rows}>
          {warnings.map((warning, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: warnings have no other name
            <li key={i} className={classes.row}>
              <MomentInput
                label={t`Warning ${{ number: i + 1 }}`}
                moment={warning}
                error={errorAt(wrong, `warnings.${i}`)}
                onChange={(moment) => set({ warnings: warnings.with(i, moment) })}
              />
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t`Remove warning ${{ number: i + 1 }}`}
                onClick={() => set({ warnings: warnings.toSpliced(i, 1) })}
              >
                <IconTrash {...icon} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
      {wrong.warnings && (
        <p className={classes.error} role="alert">
          {wrong.warnings}
        </p>
      )}
    </Panel>
  );
}

export function PausesSection({ form, wrong, set }: SectionProps) {
  const { data: reasons = [] } = useQuery(pauseReasonsQuery);
  const { pauses } = form;
  const change = (part: Partial<PolicyForm["pauses"]>) =>
    set({ pauses: { ...pauses, ...part } });
  return (
    <Panel
      title={t`Pauses`}
      hint={t`While an incident is paused its clocks stand still, and nothing is overdue.`}
    >
      <Stack>
        <SegmentedControl
          aria-label={t`Reasons that are allowed`}
          className={classes.segments}
          data={[
            { value: "every", label: t`For every reason` },
            { value: "some", label: t`Only for some` },
          ]}
          value={pauses.every ? "every" : "some"}
          onChange={(value) => change({ every: value === "every" })}
        />
        {!pauses.every && (
          <Checkbox.Group
            aria-label={t`Allowed reasons`}
            value={pauses.reasons}
            error={errorAt(wrong, "pauses.reasons")}
            onChange={(codes) => change({ reasons: codes })}
          >
            <div className={classes.checks}>
              {reasons
                .filter((one) => one.is_active || pauses.reasons.includes(one.code))
                .map((one) => (
                  <Checkbox key={one.code} value={one.code} label={one.label} />
                ))}
            </div>
          </Checkbox.Group>
        )}
        <div className={editor.fields}>
          <TextInput
            label={t`Longest pause`}
            description={t`By the clock on the wall; then it ends by itself.`}
            placeholder={t`no limit`}
            value={pauses.longest}
            error={errorAt(wrong, "pauses.longest_seconds")}
            onChange={(e) => change({ longest: e.currentTarget.value })}
            onBlur={() => change({ longest: tidied(pauses.longest) })}
          />
        </div>
        <Switch
          label={t`The response clock stands still, too`}
          checked={pauses.response}
          onChange={(e) => change({ response: e.currentTarget.checked })}
        />
        <Radio.Group
          label={t`After a resolved incident is reopened`}
          value={form.reopening}
          onChange={(value) => set({ reopening: value as PolicyForm["reopening"] })}
        >
          <Stack gap={8} mt={6}>
            {Object.entries(REOPENING_WORDS).map(([value, label]) => (
              <Radio key={value} value={value} label={label} />
            ))}
          </Stack>
        </Radio.Group>
      </Stack>
    </Panel>
  );
}
