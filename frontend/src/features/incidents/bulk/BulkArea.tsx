import { lazy, type ReactNode, Suspense } from "react";
import type { QueueSelection } from "./useQueueSelection";

const SelectionBar = lazy(() => import("./SelectionBar"));
const FailuresDialog = lazy(() => import("./FailuresDialog"));

type Props = { selection: QueueSelection; children: ReactNode };

/** The bar of the selected rows, in the place of what is there without any. */
export function BulkArea({ selection, children }: Props) {
  const count = selection.numbers.length;
  const { failed, setFailed } = selection;
  return (
    <>
      <div aria-live="polite" className="sr-only">
        {count > 0 && `${count} selected`}
      </div>
      {count > 0 || selection.picking ? (
        <Suspense fallback={children}>
          <SelectionBar selection={selection} />
        </Suspense>
      ) : (
        children
      )}
      <Suspense>
        {failed && <FailuresDialog failed={failed} onClose={() => setFailed(null)} />}
      </Suspense>
    </>
  );
}
