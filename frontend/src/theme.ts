import { t } from "@lingui/core/macro";
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const indigo: MantineColorsTuple = [
  "#eef2ff",
  "#e0e7ff",
  "#c7d2fe",
  "#a5b4fc",
  "#8b93f8",
  "#6366f1",
  "#4f46e5",
  "#4338ca",
  "#3730a3",
  "#312e81",
];

const slate: MantineColorsTuple = [
  "#f8fafc",
  "#f1f5f9",
  "#e2e8f0",
  "#cbd5e1",
  "#94a3b8",
  "#64748b",
  "#475569",
  "#334155",
  "#1e293b",
  "#0f172a",
];

/** Slate again, ordered as Mantine's dark scheme wants it: text first, ground last. */
const dark: MantineColorsTuple = [
  "#d8dee9",
  "#b6c0cf",
  "#97a3b6",
  "#64728a",
  "#344054",
  "#2a3547",
  "#1c2533",
  "#131a25",
  "#0d131c",
  "#080c13",
];

const closeButtonProps = { "aria-label": t`Close` };
const title = { fontSize: 16, fontWeight: 600 };

export const theme = createTheme({
  primaryColor: "indigo",
  primaryShade: { light: 6, dark: 6 },
  colors: { indigo, gray: slate, dark },
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "20px", lineHeight: "28px" },
      h2: { fontSize: "16px", lineHeight: "24px" },
      h3: { fontSize: "14px", lineHeight: "20px" },
    },
  },
  defaultRadius: "6px",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  // Plain objects: `Modal.extend` would load every component with the theme.
  components: {
    // Closed lists are not in the page: they would answer to the label of their input.
    Combobox: { defaultProps: { keepMounted: false } },
    Button: { defaultProps: { size: "sm" } },
    Modal: { defaultProps: { closeButtonProps, centered: true }, styles: { title } },
    Drawer: { defaultProps: { closeButtonProps }, styles: { title } },
  },
});
