import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Button, Group, Modal, VisuallyHidden } from "@mantine/core";
import { useMemo } from "react";
import classes from "./ConflictDialog.module.css";
import { difference, type Piece } from "./difference";
import { Time } from "./Time";

type Props = {
  what: "comment" | "description" | "title";
  mine: string;
  theirs: string;
  /** When theirs was saved. */
  at: string;
  onKeepMine: () => void;
  onTakeTheirs: () => void;
  /** Mine stays in the editor, and nothing is saved yet. */
  onEdit: () => void;
};

const TITLES: Record<Props["what"], string> = {
  comment: t`Somebody else changed the comment meanwhile`,
  description: t`Somebody else changed the description meanwhile`,
  title: t`Somebody else changed the title meanwhile`,
};

/** Two people changed one text: shows both and lets the second one choose. */
export default function ConflictDialog(props: Props) {
  const { what, mine, theirs, at, onKeepMine, onTakeTheirs, onEdit } = props;
  const pieces = useMemo(() => difference(mine, theirs), [mine, theirs]);
  return (
    <Modal
      opened
      onClose={onEdit}
      title={TITLES[what]}
      closeButtonProps={{ "aria-label": t`Close and edit further` }}
      size="xl"
    >
      <p className="dim">
        {t`Nothing of yours is lost. Words that only one version has are underlined.`}
      </p>
      <div className={classes.versions}>
        <section aria-label={t`Mine`}>
          <h3>{t`Mine, not saved yet`}</h3>
          <Version pieces={pieces.mine} only={t`only in mine`} />
        </section>
        <section aria-label={t`Theirs`}>
          <h3>
            <Trans>
              Theirs, saved <Time at={at} />
            </Trans>
          </h3>
          <Version pieces={pieces.theirs} only={t`only in theirs`} />
        </section>
      </div>
      <Group justify="flex-end" mt="lg" gap="xs">
        <Button variant="subtle" color="gray" onClick={onEdit}>
          {t`Edit further`}
        </Button>
        <Button variant="default" onClick={onTakeTheirs}>
          {t`Take theirs`}
        </Button>
        <Button onClick={onKeepMine} data-autofocus>
          {t`Keep mine`}
        </Button>
      </Group>
    </Modal>
  );
}

function Version({ pieces, only }: { pieces: Piece[]; only: string }) {
  let start = 0;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: long texts scroll, also by keyboard
    <div className={classes.version} tabIndex={0}>
      {pieces.length === 0 && <span className="dim">{t`Empty`}</span>}
      {pieces.map(({ text, own }) => {
        const key = start;
        start += text.length;
        if (!own || !text.trim()) return <span key={key}>{text}</span>;
        return (
          <mark key={key}>
            <VisuallyHidden>({only}: </VisuallyHidden>
            {text}
            <VisuallyHidden>)</VisuallyHidden>
          </mark>
        );
      })}
    </div>
  );
}
