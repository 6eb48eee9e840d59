import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import { PicturesContext } from "./pictures";
import { attachmentsQuery } from "./queries";

const Viewer = lazy(() => import("./Viewer"));

type Props = { number: string; children: ReactNode };

/** Lets everything inside show the files of an incident, large. */
export function AttachmentsRoot({ number, children }: Props) {
  const { data: files } = useQuery(attachmentsQuery(number));
  const [shown, setShown] = useState<string | null>(null);
  const pictures = useMemo(() => ({ files, show: setShown }), [files]);
  return (
    <PicturesContext.Provider value={pictures}>
      {children}
      {shown && files && (
        <Suspense>
          <Viewer
            files={files}
            shown={shown}
            onShow={setShown}
            onClose={() => setShown(null)}
          />
        </Suspense>
      )}
    </PicturesContext.Provider>
  );
}
