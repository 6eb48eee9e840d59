import { Button, Group, Modal, VisuallyHidden } from "@mantine/core";
import { useMemo } from "react";
import classes from "./ConflictDialog.module.css";
import { difference, type Piece } from "./difference";
import { Time } from "./Time";

type Props = {
  /** Such as `title`. */
  what: string;
  mine: string;
  theirs: string;
  /** When theirs was saved. */
  at: string;
  onKeepMine: () => void;
  onTakeTheirs: () => void;
  /** Mine stays in the editor, and nothing is saved yet. */
  onEdit: () => void;
};

/** Two people changed one text: shows both and lets the second one choose. */
export default function ConflictDialog(props: Props) {
  const { what, mine, theirs, at, onKeepMine, onTakeTheirs, onEdit } = props;
  const pieces = useMemo(() => difference(mine, theirs), [mine, theirs]);
  return (
    <Modal
      opened
      onClose={onEdit}
      title={`Somebody else changed the ${what} meanwhile`}
      closeButtonProps={{ "aria-label": "Close and edit further" }}
      size="xl"
    >
      <p className="dim">
        Nothing of yours is lost. Words that only one version has are underlined.
      </p>
      <div className={classes.versions}>
        <section aria-label="Mine">
          <h3>Mine, not saved yet</h3>
          <Version pieces={pieces.mine} only="only in mine" />
        </section>
        <section aria-label="Theirs">
          <h3>
            Theirs, saved <Time at={at} />
          </h3>
          <Version pieces={pieces.theirs} only="only in theirs" />
        </section>
      </div>
      <Group justify="flex-end" mt="lg" gap="xs">
        <Button variant="subtle" color="gray" onClick={onEdit}>
          Edit further
        </Button>
        <Button variant="default" onClick={onTakeTheirs}>
          Take theirs
        </Button>
        <Button onClick={onKeepMine} data-autofocus>
          Keep mine
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
      {pieces.length === 0 && <span className="dim">Empty</span>}
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
