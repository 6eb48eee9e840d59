import { t } from "@lingui/core/macro";
import { ActionIcon, Button, Modal, Skeleton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import {
  IconChevronLeft,
  IconChevronRight,
  IconDownload,
  IconEyeOff,
  IconFile,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";
import type { Attachment } from "../../api/types";
import { ErrorState, State } from "../../ui/State";
import { formatBytes } from "../../ui/time";
import { download, previewQuery } from "./queries";
import classes from "./Viewer.module.css";

const icon = { size: 20, stroke: 1.75, "aria-hidden": true } as const;

const KEYS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 };

type Props = {
  files: Attachment[];
  /** The id of the file that is looked at. */
  shown: string;
  onShow: (id: string) => void;
  onClose: () => void;
};

/** The files of an incident, one at a time and large. */
export default function Viewer({ files, shown, onShow, onClose }: Props) {
  const phone = useMediaQuery("(max-width: 700px)", false);
  const at = files.findIndex((file) => file.id === shown);
  const file = files[at];
  const walk = (by: number) => {
    const next = files[at + by];
    if (next) onShow(next.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = KEYS[event.key];
    if (by === undefined) return;
    event.preventDefault();
    walk(by);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      onKeyDown={onKeyDown}
      title={file?.filename ?? t`This file is gone`}
      size="min(1200px, 94vw)"
      fullScreen={phone}
      closeButtonProps={{ "aria-label": t`Close` }}
      classNames={{ title: classes.title, body: classes.body }}
    >
      <div className={classes.stage}>
        {file ? <Picture key={file.id} file={file} /> : <Gone />}
      </div>
      <div className={classes.foot}>
        <ActionIcon
          variant="default"
          size="lg"
          aria-label={t`File before`}
          disabled={at <= 0}
          onClick={() => walk(-1)}
        >
          <IconChevronLeft {...icon} />
        </ActionIcon>
        <ActionIcon
          variant="default"
          size="lg"
          aria-label={t`Next file`}
          disabled={at === files.length - 1}
          onClick={() => walk(1)}
        >
          <IconChevronRight {...icon} />
        </ActionIcon>
        {file && (
          <>
            <p className={`${classes.facts} num`} aria-live="polite">
              <span className="sr-only">{file.filename}, </span>
              {t`${{ place: at + 1 }} of ${{ all: files.length }}`} ·{" "}
              {formatBytes(file.file_size)} · {file.uploaded_by.name}
              {file.is_internal && (
                <span className={classes.internal}>
                  <IconEyeOff size={14} aria-hidden /> {t`Internal`}
                </span>
              )}
            </p>
            <Button
              leftSection={<IconDownload size={16} aria-hidden />}
              onClick={() => void download(file.id, file.filename)}
            >
              {t`Download`}
            </Button>
          </>
        )}
      </div>
    </Modal>
  );
}

function Picture({ file }: { file: Attachment }) {
  const query = useQuery({ ...previewQuery(file.id), enabled: file.preview !== null });
  const [broken, setBroken] = useState(false);
  if (file.preview === null)
    return (
      <State icon={IconFile} title={t`No preview`}>
        {t`Files of this kind can’t be shown here. Download it to look at it.`}
      </State>
    );
  if (query.isError)
    return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  if (broken)
    return (
      <State icon={IconFile} title={t`This image can’t be shown`}>
        {t`It may be damaged. Download it to look at it with another program.`}
      </State>
    );
  if (!query.data) return <Skeleton height="100%" aria-busy />;
  switch (file.preview) {
    case "image":
      return (
        <img
          className={classes.image}
          src={query.data}
          alt={file.filename}
          onError={() => setBroken(true)}
        />
      );
    case "pdf":
      return <Pdf url={query.data} name={file.filename} />;
    case "text":
      return (
        <iframe
          className={classes.frame}
          sandbox=""
          src={query.data}
          title={file.filename}
        />
      );
  }
}

function Pdf({ url, name }: { url: string; name: string }) {
  if (!navigator.pdfViewerEnabled)
    return (
      <State icon={IconFile} title={t`This browser shows no PDF here`}>
        {t`Download it to look at it with another program.`}
      </State>
    );
  return <iframe className={classes.frame} src={url} title={name} />;
}

function Gone() {
  return (
    <State icon={IconFile} title={t`This file is gone`}>
      {t`Somebody deleted it, or you may not see it any more.`}
    </State>
  );
}
