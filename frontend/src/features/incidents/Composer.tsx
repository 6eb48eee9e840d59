import { Button, Tabs, Textarea } from "@mantine/core";
import { randomId } from "@mantine/hooks";
import { IconEyeOff, IconMessage } from "@tabler/icons-react";
import { type ClipboardEvent, type KeyboardEvent, useState } from "react";
import type { IncidentDetail } from "../../api/types";
import { Words } from "../conversation/Words";
import { useAddComment } from "./mutations";
import classes from "./Timeline.module.css";

type Props = { incident: IncidentDetail; onFiles: (files: File[]) => void };

/** Writes a public reply or, for agents, an internal note that looks different. */
export function Composer({ incident, onFiles }: Props) {
  const internalAllowed = incident.allowed_actions.includes("comment_internally");
  const [tab, setTab] = useState<"public" | "internal">("public");
  const [text, setText] = useState("");
  const [previewing, setPreviewing] = useState(false);
  const [key, setKey] = useState(() => randomId());
  const add = useAddComment(incident.number);
  const internal = tab === "internal";

  const send = () => {
    const content = text.trim();
    if (!content || add.isPending) return;
    add.mutate(
      { key, content, is_internal: internal },
      {
        onSuccess: () => {
          setText("");
          setPreviewing(false);
          setKey(randomId());
        },
      },
    );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
  };
  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    onFiles(files);
  };

  return (
    <section
      className={classes.composer}
      data-internal={internal}
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
              <Words text={text} />
            </section>
          ) : (
            <Textarea
              aria-label={internal ? "Internal note" : "Public reply"}
              placeholder={
                internal ? "Only your team sees this" : "Write to everybody involved"
              }
              autosize
              minRows={3}
              maxRows={16}
              maxLength={20_000}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              onKeyDown={onKeyDown}
              onPaste={onPaste}
            />
          )}
        </Tabs.Panel>
      </Tabs>
      <div className={classes.composerFoot}>
        <span>
          {internal
            ? "Never shown to the reporter; does not count as a response."
            : "Ctrl Enter sends. Markdown works; paste or drop files to attach them."}
        </span>
        <Button
          size="xs"
          variant="subtle"
          color="gray"
          aria-pressed={previewing}
          disabled={!text.trim()}
          onClick={() => setPreviewing(!previewing)}
        >
          {previewing ? "Write" : "Preview"}
        </Button>
        <Button
          size="xs"
          onClick={send}
          loading={add.isPending}
          disabled={!text.trim()}
        >
          {internal ? "Add note" : "Send reply"}
        </Button>
      </div>
    </section>
  );
}
