import { t } from "@lingui/core/macro";
import { IconPhotoOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import classes from "./InlineImage.module.css";
import { usePictures } from "./pictures";
import { previewQuery } from "./queries";

type Props = { id: string; words: string };

/** An image that a text refers to, if it is a file of the same incident. */
export function InlineImage({ id, words }: Props) {
  const { files, show } = usePictures();
  const file = files?.find((one) => one.id === id && one.preview === "image");
  const query = useQuery({ ...previewQuery(id), enabled: !!file });
  const [broken, setBroken] = useState(false);
  if (files && (!file || query.isError || broken))
    return (
      <div className={classes.missing}>
        <IconPhotoOff size={16} stroke={1.75} aria-hidden />
        {t`${{ image: words || t`An image` }} (not shown: it is deleted, or not for you)`}
      </div>
    );
  const image = query.data && (
    <img
      className={classes.image}
      src={query.data}
      alt={words || file?.filename}
      onError={() => setBroken(true)}
    />
  );
  if (!show) return <div className={classes.frame}>{image}</div>;
  return (
    <button
      type="button"
      className={classes.frame}
      title={t`Look at it large`}
      onClick={() => show(id)}
    >
      {image}
    </button>
  );
}
