import { Button, Group } from "@mantine/core";

type Props = { words: string; undo?: () => void; explain?: () => void };

/** How a change of many went, and what can be done about it. */
export function BulkToast({ words, undo, explain }: Props) {
  return (
    <Group justify="space-between" gap="xs">
      <span className="num">{words}</span>
      <Group gap="xs">
        {explain && (
          <Button size="compact-sm" variant="default" onClick={explain}>
            Show why
          </Button>
        )}
        {undo && (
          <Button size="compact-sm" variant="default" onClick={undo}>
            Undo
          </Button>
        )}
      </Group>
    </Group>
  );
}
