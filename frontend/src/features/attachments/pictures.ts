/** The files of the incident on the page, for whatever refers to one of them. */
import { createContext, useContext } from "react";
import type { Attachment } from "../../api/types";

type Pictures = {
  /** Unknown until they are loaded. */
  files?: Attachment[];
  /** Opens a file in the viewer; on paper there is none. */
  show?: (id: string) => void;
};

export const PicturesContext = createContext<Pictures>({});

export const usePictures = () => useContext(PicturesContext);
