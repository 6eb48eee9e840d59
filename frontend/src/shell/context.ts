import { createContext, useContext } from "react";

export type ShellActions = {
  openCreate: () => void;
  /** A new incident that begins with a template. */
  openTemplate: (id: string) => void;
  openPalette: () => void;
  openHelp: () => void;
};

const nothing = () => undefined;

export const ShellContext = createContext<ShellActions>({
  openCreate: nothing,
  openTemplate: nothing,
  openPalette: nothing,
  openHelp: nothing,
});

/** What the frame offers to every page. */
export const useShell = () => useContext(ShellContext);
