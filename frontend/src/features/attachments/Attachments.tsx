import { t } from "@lingui/core/macro";
import { Button, FileButton } from "@mantine/core";
import { IconPaperclip } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Attachment, IncidentDetail } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { Confirm } from "../../ui/Confirm";
import classes from "./Attachments.module.css";
import { FileItem } from "./FileItem";
import { attachmentsQuery, useDeleteAttachment, useSetInternal } from "./queries";
import { UploadItem } from "./UploadItem";
import type { Uploads } from "./useUploads";

type Props = { incident: IncidentDetail; uploads: Uploads };

export function Attachments({ incident, uploads }: Props) {
  const { data: files = [], isPending } = useQuery(attachmentsQuery(incident.number));
  const [deleting, setDeleting] = useState<Attachment | null>(null);
  const remove = useDeleteAttachment(incident.number);
  const hide = useSetInternal(incident.number);
  const user = useUser();
  const under = uploads.uploads;
  const mayChange = (file: Attachment) =>
    file.uploaded_by.id === user?.id || isAtLeast(user, "manager");
  if (files.length === 0 && !uploads.allowed) return null;
  return (
    <section aria-label={t`Attachments`} aria-busy={isPending}>
      <div className={classes.head}>
        <h2>
          {t`Attachments`}{" "}
          {files.length > 0 && <span className="dim num">{files.length}</span>}
        </h2>
        {uploads.allowed && (
          <FileButton
            multiple
            onChange={(chosen) => uploads.add(chosen)}
            inputProps={{ "aria-label": t`Attach files` }}
          >
            {(props) => (
              <Button
                {...props}
                className="no-print"
                size="xs"
                variant="default"
                leftSection={<IconPaperclip size={16} stroke={1.75} aria-hidden />}
              >
                {t`Attach file`}
              </Button>
            )}
          </FileButton>
        )}
      </div>
      {files.length + under.length > 0 && (
        <ul className={classes.list}>
          {files.map((file) => (
            <FileItem
              key={file.id}
              file={file}
              onHide={
                mayChange(file) && isAtLeast(user, "agent")
                  ? () => hide.mutate(file)
                  : undefined
              }
              onDelete={mayChange(file) ? () => setDeleting(file) : undefined}
            />
          ))}
          {under.map((upload) => (
            <UploadItem key={upload.id} upload={upload} uploads={uploads} />
          ))}
        </ul>
      )}
      <Confirm
        opened={deleting !== null}
        title={t`Delete this file?`}
        verb={t`Delete`}
        loading={remove.isPending}
        onClose={() => setDeleting(null)}
        onConfirm={() =>
          deleting && remove.mutate(deleting.id, { onSettled: () => setDeleting(null) })
        }
      >
        {t`${{ name: deleting?.filename ?? "" }} will be gone for everybody.`}
      </Confirm>
    </section>
  );
}
