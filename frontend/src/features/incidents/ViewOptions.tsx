import { ActionIcon, type ActionIconProps } from "@mantine/core";
import { IconAdjustmentsHorizontal } from "@tabler/icons-react";
import { type ComponentProps, lazy, Suspense, useState } from "react";
import { tip } from "../../ui/Tip";
import type { Layout } from "./layout";

type Props = {
  layout: Layout;
  onChange: (layout: Layout) => void;
  cards: boolean;
};

const load = () => import("./LayoutPanel");
const LayoutPanel = lazy(load);

/** The button that opens the table's options; they load when wanted. */
export function ViewOptions(props: Props) {
  const [wanted, setWanted] = useState(false);
  const closed = (
    <ViewButton onClick={() => setWanted(true)} onPointerEnter={() => void load()} />
  );
  if (!wanted) return closed;
  return (
    <Suspense fallback={closed}>
      <LayoutPanel {...props} />
    </Suspense>
  );
}

export function ViewButton(props: ActionIconProps & ComponentProps<"button">) {
  return (
    <ActionIcon
      {...props}
      variant="default"
      size={36}
      aria-label="View options"
      aria-haspopup="dialog"
      {...tip("View options")}
    >
      <IconAdjustmentsHorizontal size={16} stroke={1.75} aria-hidden />
    </ActionIcon>
  );
}
