import { t } from "@lingui/core/macro";
import { useDisclosure, useLocalStorage, useMediaQuery } from "@mantine/hooks";
import {
  IconMenu2,
  IconPlugConnectedX,
  IconPlus,
  IconSearch,
} from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Outlet, useLocation, useNavigate, useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { connectLive, useLiveStatus } from "../api/live";
import { useSession, useUser } from "../api/useSession";
import { metaQuery } from "../features/accounts/queries";
import { BellLink, useTitleBadge } from "../features/inbox/Bell";
import { VIEWS } from "../features/incidents/filters";
import { chooseLanguage } from "../i18n";
import { syncServerTime } from "../ui/ticker";
import { ShellContext } from "./context";
import { useHotkeys } from "./hotkeys";
import { Rail } from "./Rail";
import classes from "./Shell.module.css";
import { UserMenu } from "./UserMenu";

const Palette = lazy(() => import("./Palette"));
const ShortcutHelp = lazy(() => import("./ShortcutHelp"));
const PhoneMenu = lazy(() => import("./PhoneMenu"));
const Toasts = lazy(() => import("./Toasts"));
const CreateIncident = lazy(() => import("../features/incidents/CreateIncident"));

export function Shell() {
  const tight = useMediaQuery("(max-width: 1023px)", false);
  const [chosen, setChosen] = useLocalStorage<boolean | null>({
    key: "rail-collapsed",
    defaultValue: null,
    getInitialValueInEffect: false,
  });
  // A tablet starts with the icons; whoever has chosen keeps the choice.
  const collapsed = chosen ?? tight ?? false;
  const [template, setTemplate] = useState<string>();
  const [creating, create] = useDisclosure();
  const [searching, palette] = useDisclosure();
  const [helping, help] = useDisclosure();
  const [menu, drawer] = useDisclosure();
  useLeaveWhenSignedOut();
  useLiveUpdates();
  useTitleBadge();
  useOwnLanguage();
  useGlobalHotkeys({ create: create.open, palette: palette.toggle, help: help.open });

  const path = useLocation({ select: (l) => l.href });
  // biome-ignore lint/correctness/useExhaustiveDependencies: closes after each navigation
  useEffect(drawer.close, [path]);

  const actions = useMemo(
    () => ({
      openCreate: create.open,
      openTemplate: (id: string) => {
        setTemplate(id);
        create.open();
      },
      openPalette: palette.open,
      openHelp: help.open,
    }),
    [create.open, palette.open, help.open],
  );

  return (
    <ShellContext.Provider value={actions}>
      <a href="#content" className="skip-link">
        {t`Skip to content`}
      </a>
      <div className={`${classes.shell} ${collapsed ? classes.collapsed : ""}`}>
        <Rail collapsed={collapsed} onToggle={() => setChosen(!collapsed)} />
        <main id="content" tabIndex={-1} className={classes.main}>
          <Connection />
          <div className={classes.content}>
            <Outlet />
          </div>
        </main>
        <nav className={`${classes.bottom} no-print`} aria-label={t`Quick`}>
          <button type="button" onClick={drawer.open}>
            <IconMenu2 size={20} stroke={1.75} aria-hidden />
            {t`Views`}
          </button>
          <button type="button" onClick={palette.open}>
            <IconSearch size={20} stroke={1.75} aria-hidden />
            {t`Search`}
          </button>
          <button type="button" onClick={create.open}>
            <IconPlus size={20} stroke={1.75} aria-hidden />
            {t`New`}
          </button>
          <BellLink />
          <UserMenu />
        </nav>
      </div>
      <Suspense>
        <Toasts />
        {menu && <PhoneMenu onClose={drawer.close} />}
        {searching && <Palette onClose={palette.close} />}
        {helping && <ShortcutHelp onClose={help.close} />}
        {creating && (
          <CreateIncident
            templateId={template}
            onClose={() => {
              create.close();
              setTemplate(undefined);
            }}
          />
        )}
      </Suspense>
    </ShellContext.Provider>
  );
}

/** What the person chose goes with them to any browser. */
function useOwnLanguage() {
  const language = useUser()?.language;
  useEffect(() => {
    if (language) chooseLanguage(language);
  }, [language]);
}

function useLeaveWhenSignedOut() {
  const session = useSession();
  const navigate = useNavigate();
  const client = useQueryClient();
  const router = useRouter();
  useEffect(() => {
    if (session.status !== "anonymous") return;
    client.clear();
    // Read here, not followed: the move itself changes it, and would move again.
    const next = router.state.location.href;
    void navigate({ to: "/sign-in", search: { next } });
  }, [session.status, navigate, client, router]);
}

function useLiveUpdates() {
  const client = useQueryClient();
  const { data: meta } = useQuery(metaQuery);
  useEffect(() => connectLive(client), [client]);
  useEffect(() => {
    if (meta) syncServerTime(meta.server_time);
  }, [meta]);
}

type Opens = { create: () => void; palette: () => void; help: () => void };

function useGlobalHotkeys({ create, palette, help }: Opens) {
  const navigate = useNavigate();
  useHotkeys([
    { keys: "c", label: t`New incident`, group: "Everywhere", run: create },
    { keys: "?", label: t`Show shortcuts`, group: "Everywhere", run: help },
    {
      keys: "g n",
      label: t`Notifications`,
      group: "Go to",
      run: () => void navigate({ to: "/notifications" }),
    },
    ...VIEWS.map((view) => ({
      keys: view.keys,
      label: view.label,
      group: "Go to" as const,
      run: () => void navigate({ to: "/incidents", search: view.filters }),
    })),
  ]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      palette();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [palette]);
}

function Connection() {
  const live = useLiveStatus();
  return (
    <div role="status">
      {live === "offline" && (
        <div className={classes.offline}>
          <IconPlugConnectedX size={16} aria-hidden />
          {t`Live updates are interrupted. Reconnecting; figures may be a minute old.`}
        </div>
      )}
    </div>
  );
}
