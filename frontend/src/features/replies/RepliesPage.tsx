import "../../extra-styles";
import { Button, Group, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconMessageBolt, IconPlus, IconSearch } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { CannedReply } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { Confirm } from "../../ui/Confirm";
import { type DataColumn, DataTable } from "../../ui/DataTable";
import { Page } from "../../ui/Page";
import { RowActions } from "../../ui/RowActions";
import { ErrorState, State } from "../../ui/State";
import { plainMentions } from "../conversation/mentions";
import { repliesQuery, useDeleteReply } from "./queries";
import classes from "./Replies.module.css";
import { ReplyDialog } from "./ReplyDialog";

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

const COLUMNS: DataColumn<CannedReply>[] = [
  { header: "Title", cell: (r) => <strong>{r.title}</strong> },
  {
    header: "Words",
    cell: (r) => <span className={classes.body}>{plainMentions(r.body)}</span>,
  },
  {
    header: "For",
    cell: (r) => r.team?.name ?? <span className="dim">Everybody</span>,
  },
];

/** The words that agents need again and again; managers keep them. */
export function RepliesPage() {
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), 200);
  const query = useInfiniteQuery(repliesQuery(q));
  const manager = isAtLeast(useUser(), "manager");
  const [editing, setEditing] = useState<CannedReply | "new" | null>(null);
  const [deleting, setDeleting] = useState<CannedReply | null>(null);
  const remove = useDeleteReply();
  const rows = query.data?.pages.flatMap((page) => page.items);
  const none = rows?.length === 0;
  const add = manager && (
    <Button leftSection={<IconPlus {...icon} />} onClick={() => setEditing("new")}>
      New reply
    </Button>
  );
  const actions: DataColumn<CannedReply> = {
    header: "Actions",
    end: true,
    cell: (reply) => (
      <RowActions
        name={reply.title}
        verb="Edit"
        onEdit={() => setEditing(reply)}
        onDelete={() => setDeleting(reply)}
      />
    ),
  };

  return (
    <Page title="Canned replies" actions={add}>
      {!(none && !q) && !query.isError && (
        <Group mb="md">
          <TextInput
            aria-label="Search canned replies"
            placeholder="Title or words"
            leftSection={<IconSearch {...icon} />}
            maxLength={200}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        </Group>
      )}
      {query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : none ? (
        <State
          icon={IconMessageBolt}
          title={q ? "Nothing found" : "No canned reply yet"}
          action={!q && add}
        >
          {q
            ? `Nothing contains “${q}”.`
            : "Write once what you answer often. In a comment, / at the beginning of a line takes it."}
        </State>
      ) : (
        <DataTable
          label="Canned replies"
          columns={manager ? [...COLUMNS, actions] : COLUMNS}
          rows={rows}
          rowKey={(r) => r.id}
        />
      )}
      {query.hasNextPage && (
        <Button
          variant="default"
          fullWidth
          mt="md"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Show more
        </Button>
      )}
      {editing && (
        <ReplyDialog
          reply={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
      <Confirm
        opened={deleting !== null}
        title={`Delete ${deleting?.title}?`}
        verb="Delete"
        loading={remove.isPending}
        onClose={() => setDeleting(null)}
        onConfirm={() =>
          deleting && remove.mutate(deleting.id, { onSettled: () => setDeleting(null) })
        }
      >
        Nobody can insert it any more. Comments that were written with it stay.
      </Confirm>
    </Page>
  );
}
