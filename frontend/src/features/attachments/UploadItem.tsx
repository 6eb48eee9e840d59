import { t } from "@lingui/core/macro";
import { ActionIcon, Progress } from "@mantine/core";
import { IconFile, IconRefresh, IconX } from "@tabler/icons-react";
import classes from "./Attachments.module.css";
import type { Upload, Uploads } from "./useUploads";

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

type Props = { upload: Upload; uploads: Pick<Uploads, "retry" | "cancel"> };

/** A file on its way up: how far it is, or why it is not. */
export function UploadItem({ upload, uploads }: Props) {
  const { share, error, waiting } = upload;
  const { name } = upload.file;
  return (
    <li className={`${classes.file} no-print`}>
      <IconFile size={20} stroke={1.5} aria-hidden />
      <div className={classes.name}>
        <span className={classes.link}>{name}</span>
        {error ? (
          <div className={classes.error} role="alert">
            {error}
          </div>
        ) : waiting ? (
          <div className={classes.small}>{t`Waiting for the others`}</div>
        ) : (
          <Progress
            value={share * 100}
            size="xs"
            mt={6}
            aria-label={t`Uploading ${name}`}
          />
        )}
      </div>
      {error && (
        <ActionIcon
          variant="subtle"
          color="gray"
          onClick={() => uploads.retry(upload)}
          aria-label={t`Try ${name} again`}
        >
          <IconRefresh {...icon} />
        </ActionIcon>
      )}
      <ActionIcon
        variant="subtle"
        color="gray"
        onClick={() => uploads.cancel(upload)}
        aria-label={error ? t`Dismiss ${name}` : t`Cancel ${name}`}
      >
        <IconX {...icon} />
      </ActionIcon>
    </li>
  );
}
