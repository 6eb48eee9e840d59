import { ActionIcon, Button, FileButton, Progress } from "@mantine/core";
import {
  IconFile,
  IconPaperclip,
  IconPhoto,
  IconRefresh,
  IconTrash,
  IconX,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Attachment, IncidentDetail } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { Confirm } from "../../ui/Confirm";
import { formatBytes } from "../../ui/time";
import classes from "./Attachments.module.css";
import { attachmentsQuery, download, useDeleteAttachment } from "./queries";
import type { Upload, Uploads } from "./useUploads";

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

type Props = { incident: IncidentDetail; uploads: Uploads };

export function Attachments({ incident, uploads }: Props) {
  const { data: files = [], isPending } = useQuery(attachmentsQuery(incident.number));
  const [deleting, setDeleting] = useState<Attachment | null>(null);
  const remove = useDeleteAttachment(incident.number);
  const user = useUser();
  if (files.length === 0 && !uploads.allowed) return null;
  return (
    <section aria-label="Attachments" aria-busy={isPending}>
      <div className={classes.head}>
        <h2>
          Attachments{" "}
          {files.length > 0 && <span className="dim num">{files.length}</span>}
        </h2>
        {uploads.allowed && (
          <FileButton
            multiple
            onChange={uploads.add}
            inputProps={{ "aria-label": "Attach files" }}
          >
            {(props) => (
              <Button
                {...props}
                size="xs"
                variant="default"
                leftSection={<IconPaperclip {...icon} />}
              >
                Attach file
              </Button>
            )}
          </FileButton>
        )}
      </div>
      {files.length + uploads.uploads.length > 0 && (
        <ul className={classes.list}>
          {files.map((file) => (
            <File
              key={file.id}
              file={file}
              onDelete={
                file.uploaded_by.id === user?.id || isAtLeast(user, "agent")
                  ? () => setDeleting(file)
                  : undefined
              }
            />
          ))}
          {uploads.uploads.map((upload) => (
            <Pending key={upload.id} upload={upload} uploads={uploads} />
          ))}
        </ul>
      )}
      <Confirm
        opened={deleting !== null}
        title="Delete this file?"
        verb="Delete"
        loading={remove.isPending}
        onClose={() => setDeleting(null)}
        onConfirm={() =>
          deleting && remove.mutate(deleting.id, { onSettled: () => setDeleting(null) })
        }
      >
        {deleting?.filename} will be gone for everybody.
      </Confirm>
    </section>
  );
}

function File({ file, onDelete }: { file: Attachment; onDelete?: () => void }) {
  const Icon = file.mime_type.startsWith("image/") ? IconPhoto : IconFile;
  const kind = file.mime_type.split("/").at(-1)?.toUpperCase();
  return (
    <li className={classes.file}>
      <Icon size={20} stroke={1.5} aria-hidden />
      <div className={classes.name}>
        <button
          type="button"
          className={classes.link}
          title={file.filename}
          onClick={() => void download(file.id, file.filename)}
        >
          {file.filename}
        </button>
        <div className={`${classes.small} num`}>
          {formatBytes(file.file_size)} · {kind}
        </div>
      </div>
      {onDelete && (
        <ActionIcon
          variant="subtle"
          color="gray"
          onClick={onDelete}
          aria-label={`Delete ${file.filename}`}
        >
          <IconTrash {...icon} />
        </ActionIcon>
      )}
    </li>
  );
}

function Pending({ upload, uploads }: { upload: Upload; uploads: Uploads }) {
  const { file, share, error } = upload;
  return (
    <li className={classes.file}>
      <IconFile size={20} stroke={1.5} aria-hidden />
      <div className={classes.name}>
        <span className={classes.link}>{file.name}</span>
        {error ? (
          <div className={classes.error} role="alert">
            {error}
          </div>
        ) : (
          <Progress
            value={share * 100}
            size="xs"
            mt={6}
            aria-label={`Uploading ${file.name}`}
          />
        )}
      </div>
      {error && (
        <ActionIcon
          variant="subtle"
          color="gray"
          onClick={() => uploads.retry(upload)}
          aria-label={`Try ${file.name} again`}
        >
          <IconRefresh {...icon} />
        </ActionIcon>
      )}
      <ActionIcon
        variant="subtle"
        color="gray"
        onClick={() => uploads.cancel(upload)}
        aria-label={error ? `Dismiss ${file.name}` : `Cancel ${file.name}`}
      >
        <IconX {...icon} />
      </ActionIcon>
    </li>
  );
}
