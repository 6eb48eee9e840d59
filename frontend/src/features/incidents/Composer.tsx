import { Button, Tabs } from "@mantine/core";
import { randomId } from "@mantine/hooks";
import { IconEyeOff, IconMessage, IconMessageBolt } from "@tabler/icons-react";
import { type ClipboardEvent, type KeyboardEvent, useRef, useState } from "react";
import type { IncidentDetail } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { tip } from "../../ui/Tip";
import { toastError } from "../../ui/toast";
import { isWaiting, usePastedImages } from "../attachments/usePastedImages";
import type { Uploads } from "../attachments/useUploads";
import { EMPTY, toContent } from "../conversation/mentions";
import { Words } from "../conversation/Words";
import { WordsField, type WordsHandle } from "../conversation/WordsField";
import { missingIn } from "../replies/placeholders";
import { useAddComment } from "./mutations";
import classes from "./Timeline.module.css";

type Props = { incident: IncidentDetail; uploads: Uploads };

/** Writes a public reply or, for agents, an internal note that looks different. */
export function Composer({ incident, uploads }: Props) {
  const internalAllowed = incident.allowed_actions.includes("comment_internally");
  const [tab, setTab] = useState<"public" | "internal">("public");
  const isAgent = isAtLeast(useUser(), "agent");
  const [draft, setDraft] = useState(EMPTY);
  const field = useRef<WordsHandle>(null);
  const [previewing, setPreviewing] = useState(false);
  const [key, setKey] = useState(() => randomId());
  const add = useAddComment(incident.number);
  const internal = tab === "internal";
  const content = toContent(draft).trim();
  const missing = isAgent ? missingIn(draft.text) : [];
  const waiting = isWaiting(content);
  const images = usePastedImages(uploads, {
    insert: (words) => field.current?.insert(words),
    replace: (words, by) =>
      field.current
        ? field.current.replace(words, by)
        : setDraft((before) => ({
            ...before,
            text: before.text.replace(words, () => by),
          })),
  });

  const send = async () => {
    if (!content || waiting || add.isPending) return;
    try {
      await images.settle(content, internal);
    } catch (error) {
      toastError("Who sees the images was not changed", error);
      return;
    }
    add.mutate(
      { key, content, is_internal: internal },
      {
        onSuccess: () => {
          setDraft(EMPTY);
          setPreviewing(false);
          setKey(randomId());
        },
      },
    );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void send();
  };
  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    images.paste(files, internal);
  };

  return (
    <section
      className={classes.composer}
      data-internal={internal}
      data-doing="typing"
      aria-label="Write a comment"
    >
      <Tabs
        value={tab}
        onChange={(value) => setTab(value === "internal" ? value : "public")}
      >
        <Tabs.List>
          <Tabs.Tab value="public" leftSection={<IconMessage size={16} aria-hidden />}>
            Public reply
          </Tabs.Tab>
          {internalAllowed && (
            <Tabs.Tab
              value="internal"
              leftSection={<IconEyeOff size={16} aria-hidden />}
            >
              Internal note
            </Tabs.Tab>
          )}
        </Tabs.List>
        <Tabs.Panel value={tab}>
          {previewing ? (
            <section className={classes.preview} aria-label="Preview">
              <Words text={content} />
            </section>
          ) : (
            <WordsField
              ref={field}
              aria-label={internal ? "Internal note" : "Public reply"}
              placeholder={
                internal ? "Only your team sees this" : "Write to everybody involved"
              }
              minRows={3}
              maxRows={16}
              maxLength={20_000}
              draft={draft}
              onDraft={setDraft}
              incident={incident}
              internal={internal}
              onKeyDown={onKeyDown}
              onPaste={onPaste}
            />
          )}
        </Tabs.Panel>
      </Tabs>
      <div className={classes.composerFoot}>
        <span role="status">
          {waiting
            ? "An image is still being uploaded."
            : missing.length > 0
              ? `Fill in by hand: ${missing.join(", ")}`
              : hintOf(internal, isAgent)}
        </span>
        {isAgent && (
          <Button
            {...tip("Or type / at the beginning of a line")}
            size="xs"
            variant="subtle"
            color="gray"
            leftSection={<IconMessageBolt size={16} stroke={1.75} aria-hidden />}
            disabled={previewing}
            onClick={() => field.current?.offerReplies()}
          >
            Canned reply
          </Button>
        )}
        <Button
          size="xs"
          variant="subtle"
          color="gray"
          aria-pressed={previewing}
          disabled={!content}
          onClick={() => setPreviewing(!previewing)}
        >
          {previewing ? "Write" : "Preview"}
        </Button>
        <Button
          size="xs"
          onClick={() => void send()}
          loading={add.isPending}
          disabled={!content || waiting}
        >
          {internal ? "Add note" : "Send reply"}
        </Button>
      </div>
    </section>
  );
}

function hintOf(internal: boolean, isAgent: boolean): string {
  if (internal) return "Never shown to the reporter; does not count as a response.";
  const more = isAgent ? "@ mentions somebody. " : "";
  return `Ctrl Enter sends. ${more}Markdown works; paste or drop files to attach them.`;
}
