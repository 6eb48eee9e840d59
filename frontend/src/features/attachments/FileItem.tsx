import { t } from "@lingui/core/macro";
import { ActionIcon, Menu } from "@mantine/core";
import {
  IconDots,
  IconDownload,
  IconEye,
  IconEyeOff,
  IconFile,
  IconFileText,
  IconFileTypePdf,
  IconPhoto,
  IconTrash,
  type TablerIcon,
} from "@tabler/icons-react";
import type { Attachment } from "../../api/types";
import { formatBytes } from "../../ui/time";
import classes from "./Attachments.module.css";
import { usePictures } from "./pictures";
import { download } from "./queries";

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

const ICONS: Record<NonNullable<Attachment["preview"]>, TablerIcon> = {
  image: IconPhoto,
  pdf: IconFileTypePdf,
  text: IconFileText,
};

type Props = { file: Attachment; onHide?: () => void; onDelete?: () => void };

/** A file in the list: its name shows it, or saves what cannot be shown. */
export function FileItem({ file, onHide, onDelete }: Props) {
  const { show } = usePictures();
  const Icon = file.preview ? ICONS[file.preview] : IconFile;
  const kind = file.mime_type.split("/").at(-1)?.toUpperCase();
  const save = () => void download(file.id, file.filename);
  return (
    <li className={`${classes.file} ${file.is_internal ? classes.internal : ""}`}>
      <Icon size={20} stroke={1.5} aria-hidden />
      <div className={classes.name}>
        <button
          type="button"
          className={classes.link}
          title={file.filename}
          onClick={file.preview && show ? () => show(file.id) : save}
        >
          {file.filename}
        </button>
        <div className={`${classes.small} num`}>
          {formatBytes(file.file_size)} · {kind}
          {file.is_internal && (
            <span className={classes.mark}>
              <IconEyeOff size={14} aria-hidden /> {t`Internal`}
            </span>
          )}
        </div>
      </div>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon
            className="no-print"
            variant="subtle"
            color="gray"
            aria-label={t`Actions for ${{ name: file.filename }}`}
          >
            <IconDots {...icon} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconDownload {...icon} />} onClick={save}>
            {t`Download`}
          </Menu.Item>
          {onHide && (
            <Menu.Item
              leftSection={
                file.is_internal ? <IconEye {...icon} /> : <IconEyeOff {...icon} />
              }
              onClick={onHide}
            >
              {file.is_internal ? t`Show to the reporter` : t`Hide from the reporter`}
            </Menu.Item>
          )}
          {onDelete && (
            <Menu.Item
              color="red"
              leftSection={<IconTrash {...icon} />}
              onClick={onDelete}
            >
              {t`Delete…`}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </li>
  );
}
