import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "./api/query";
import { router } from "./routes";
import { theme } from "./theme";
import { TipLayer } from "./ui/Tip";

// The server writes a new nonce into each page; the strict CSP asks for it on styles.
const nonce =
  document.querySelector<HTMLMetaElement>("meta[name=csp-nonce]")?.content ?? "";
// Read by the scroll lock of modals (get-nonce), which adds a style element by itself.
Object.assign(globalThis, { __webpack_nonce__: nonce });

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

createRoot(root).render(
  <StrictMode>
    <I18nProvider i18n={i18n}>
      <MantineProvider
        theme={theme}
        defaultColorScheme="auto"
        getStyleNonce={() => nonce}
      >
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
          <TipLayer />
        </QueryClientProvider>
      </MantineProvider>
    </I18nProvider>
  </StrictMode>,
);
