import { t } from "@lingui/core/macro";
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { ApiError } from "./api/errors";
import { ensureSession } from "./api/session";
import type { Role } from "./api/types";
import { isAtLeast } from "./api/useSession";
import { parseShow, type Show } from "./features/conversation/show";
import { DEFAULT_VIEW, type Filters, parseFilters } from "./features/incidents/filters";
import { type Grouping, readGrouping } from "./features/incidents/grouping";
import { BrokenPage, MissingPage } from "./shell/ErrorPages";
import { ROLE_NAMES } from "./shell/roles";
import { Shell } from "./shell/Shell";
import { Splash } from "./shell/Splash";

const rootRoute = createRootRoute({
  component: Outlet,
  notFoundComponent: MissingPage,
});

const signIn = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search): { next?: string } =>
    typeof search.next === "string" && /^\/(?!\/)/.test(search.next)
      ? { next: search.next }
      : {},
  component: lazyRouteComponent(
    () => import("./features/accounts/SignInPage"),
    "SignInPage",
  ),
});

const forgotPassword = createRoute({
  getParentRoute: () => rootRoute,
  path: "/forgot-password",
  component: lazyRouteComponent(
    () => import("./features/accounts/PasswordPages"),
    "ForgotPasswordPage",
  ),
});

const resetPassword = createRoute({
  getParentRoute: () => rootRoute,
  path: "/reset-password",
  validateSearch: (search): { token?: string } =>
    typeof search.token === "string" ? { token: search.token } : {},
  component: lazyRouteComponent(
    () => import("./features/accounts/PasswordPages"),
    "ResetPasswordPage",
  ),
});

const app = createRoute({
  getParentRoute: () => rootRoute,
  id: "app",
  beforeLoad: async ({ location }) => {
    const session = await ensureSession();
    if (session.status !== "signed-in")
      throw redirect({
        to: "/sign-in",
        search: location.href === "/" ? {} : { next: location.href },
      });
  },
  component: Shell,
  pendingComponent: Splash,
  pendingMs: 150,
  errorComponent: BrokenPage,
});

const home = createRoute({
  getParentRoute: () => app,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/incidents", search: DEFAULT_VIEW.filters, replace: true });
  },
});

/** What the timeline of an open incident shows; everything needs no word. */
const shown = (search: Record<string, unknown>): { show?: Show } => {
  const show = parseShow(search.show);
  return show === "all" ? {} : { show };
};

/** What the queue is grouped by; without a word it is as the person last had it. */
const grouped = (search: Record<string, unknown>): { group?: Grouping } => {
  const group = readGrouping(search.group);
  return group ? { group } : {};
};

/** The queue's search: its filters, and the incident that is open beside it. */
export type QueueSearch = Filters & { open?: string; show?: Show; group?: Grouping };

const queue = createRoute({
  getParentRoute: () => app,
  path: "/incidents",
  validateSearch: (search): QueueSearch => ({
    ...parseFilters(search),
    ...(typeof search.open === "string" ? { open: search.open } : {}),
    ...grouped(search),
    ...shown(search),
  }),
  component: lazyRouteComponent(
    () => import("./features/incidents/QueuePage"),
    "QueuePage",
  ),
});

const incident = createRoute({
  getParentRoute: () => app,
  path: "/incidents/$number",
  validateSearch: shown,
  component: lazyRouteComponent(
    () => import("./features/incidents/IncidentPage"),
    "IncidentPage",
  ),
});

const why = createRoute({
  getParentRoute: () => app,
  path: "/incidents/$number/why",
  component: lazyRouteComponent(() => import("./features/sla/WhyPage"), "WhyPage"),
});

const requireRole = (role: Role) => async () => {
  const session = await ensureSession();
  if (session.status === "signed-in" && !isAtLeast(session.user, role))
    throw new ApiError(
      403,
      t`This page is for the role ${{ role: ROLE_NAMES[role] }} and above.`,
    );
};

/** Search params that are plain text, each of which may be missing. */
const texts =
  <K extends string>(...names: K[]) =>
  (search: Record<string, unknown>) =>
    Object.fromEntries(
      names.flatMap((name) =>
        typeof search[name] === "string" ? [[name, search[name]]] : [],
      ),
    ) as Partial<Record<K, string>>;

const users = createRoute({
  getParentRoute: () => app,
  path: "/users",
  beforeLoad: requireRole("agent"),
  component: lazyRouteComponent(
    () => import("./features/accounts/UsersPage"),
    "UsersPage",
  ),
});

const teams = createRoute({
  getParentRoute: () => app,
  path: "/teams",
  beforeLoad: requireRole("agent"),
  component: lazyRouteComponent(
    () => import("./features/accounts/TeamsPage"),
    "TeamsPage",
  ),
});

const cannedReplies = createRoute({
  getParentRoute: () => app,
  path: "/canned-replies",
  beforeLoad: requireRole("agent"),
  component: lazyRouteComponent(
    () => import("./features/replies/RepliesPage"),
    "RepliesPage",
  ),
});

const policies = createRoute({
  getParentRoute: () => app,
  path: "/policies",
  beforeLoad: requireRole("agent"),
  component: lazyRouteComponent(
    () => import("./features/sla/policies/PoliciesPage"),
    "PoliciesPage",
  ),
});

const newPolicy = createRoute({
  getParentRoute: () => app,
  path: "/policies/new",
  beforeLoad: requireRole("manager"),
  component: lazyRouteComponent(
    () => import("./features/sla/policies/PolicyPage"),
    "NewPolicyPage",
  ),
});

const POLICY_TABS = ["backtest", "apply", "history"] as const;

const policy = createRoute({
  getParentRoute: () => app,
  path: "/policies/$policyId",
  beforeLoad: requireRole("agent"),
  validateSearch: (search): { tab?: (typeof POLICY_TABS)[number] } => {
    const tab = POLICY_TABS.find((one) => one === search.tab);
    return tab ? { tab } : {};
  },
  component: lazyRouteComponent(
    () => import("./features/sla/policies/PolicyPage"),
    "PolicyPage",
  ),
});

const calendars = createRoute({
  getParentRoute: () => app,
  path: "/calendars",
  beforeLoad: requireRole("agent"),
  component: lazyRouteComponent(
    () => import("./features/sla/calendars/CalendarsPage"),
    "CalendarsPage",
  ),
});

const newCalendar = createRoute({
  getParentRoute: () => app,
  path: "/calendars/new",
  beforeLoad: requireRole("manager"),
  component: lazyRouteComponent(
    () => import("./features/sla/calendars/CalendarPage"),
    "NewCalendarPage",
  ),
});

const calendar = createRoute({
  getParentRoute: () => app,
  path: "/calendars/$calendarId",
  beforeLoad: requireRole("agent"),
  validateSearch: (search): { tab?: "history" } =>
    search.tab === "history" ? { tab: "history" } : {},
  component: lazyRouteComponent(
    () => import("./features/sla/calendars/CalendarPage"),
    "CalendarPage",
  ),
});

const deliveries = createRoute({
  getParentRoute: () => app,
  path: "/deliveries",
  beforeLoad: requireRole("administrator"),
  validateSearch: texts("status", "q", "bundle"),
  component: lazyRouteComponent(
    () => import("./features/notifications/DeliveriesPage"),
    "DeliveriesPage",
  ),
});

const auditLog = createRoute({
  getParentRoute: () => app,
  path: "/audit-log",
  beforeLoad: requireRole("administrator"),
  validateSearch: texts("person", "action", "object", "id", "from", "to"),
  component: lazyRouteComponent(
    () => import("./features/audit/AuditPage"),
    "AuditPage",
  ),
});

const gettingStarted = createRoute({
  getParentRoute: () => app,
  path: "/getting-started",
  beforeLoad: requireRole("administrator"),
  component: lazyRouteComponent(
    () => import("./features/onboarding/GettingStartedPage"),
    "GettingStartedPage",
  ),
});

const organizations = createRoute({
  getParentRoute: () => app,
  path: "/organizations",
  beforeLoad: requireRole("agent"),
  component: lazyRouteComponent(
    () => import("./features/accounts/OrganizationsPage"),
    "OrganizationsPage",
  ),
});

const maintenance = createRoute({
  getParentRoute: () => app,
  path: "/maintenance-windows",
  beforeLoad: requireRole("agent"),
  component: lazyRouteComponent(
    () => import("./features/maintenance/MaintenancePage"),
    "MaintenancePage",
  ),
});

const pauseReasons = createRoute({
  getParentRoute: () => app,
  path: "/pause-reasons",
  beforeLoad: requireRole("agent"),
  component: lazyRouteComponent(
    () => import("./features/pauses/ReasonsPage"),
    "ReasonsPage",
  ),
});

const latePauses = createRoute({
  getParentRoute: () => app,
  path: "/late-pauses",
  beforeLoad: requireRole("manager"),
  validateSearch: texts("from", "to", "within"),
  component: lazyRouteComponent(
    () => import("./features/pauses/LatePausesPage"),
    "LatePausesPage",
  ),
});

const engine = createRoute({
  getParentRoute: () => app,
  path: "/engine",
  beforeLoad: requireRole("manager"),
  component: lazyRouteComponent(
    () => import("./features/engine/EnginePage"),
    "EnginePage",
  ),
});

const templates = createRoute({
  getParentRoute: () => app,
  path: "/templates",
  beforeLoad: requireRole("agent"),
  component: lazyRouteComponent(
    () => import("./features/templates/TemplatesPage"),
    "TemplatesPage",
  ),
});

const customFields = createRoute({
  getParentRoute: () => app,
  path: "/custom-fields",
  beforeLoad: requireRole("administrator"),
  component: lazyRouteComponent(
    () => import("./features/fields/FieldsPage"),
    "FieldsPage",
  ),
});

const notifications = createRoute({
  getParentRoute: () => app,
  path: "/notifications",
  component: lazyRouteComponent(
    () => import("./features/inbox/InboxPage"),
    "InboxPage",
  ),
});

const preferences = createRoute({
  getParentRoute: () => app,
  path: "/notifications/preferences",
  component: lazyRouteComponent(
    () => import("./features/notifications/PreferencesPage"),
    "PreferencesPage",
  ),
});

const profile = createRoute({
  getParentRoute: () => app,
  path: "/profile",
  component: lazyRouteComponent(
    () => import("./features/accounts/ProfilePage"),
    "ProfilePage",
  ),
});

const tokens = createRoute({
  getParentRoute: () => app,
  path: "/tokens",
  component: lazyRouteComponent(
    () => import("./features/accounts/TokensPage"),
    "TokensPage",
  ),
});

const promises = [policies, newPolicy, policy, calendars, newCalendar, calendar];
const appPages = [home, queue, incident, why, users, teams, organizations, deliveries];
const clockPages = [maintenance, pauseReasons, latePauses, engine];

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    signIn,
    forgotPassword,
    resetPassword,
    app.addChildren([
      ...appPages,
      ...promises,
      ...clockPages,
      cannedReplies,
      profile,
      templates,
      customFields,
      notifications,
      preferences,
      tokens,
      auditLog,
      gettingStarted,
    ]),
  ]),
  // Search params as people write them: plain strings, commas kept.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const params = new URLSearchParams();
    for (const [key, value] of Object.entries(search))
      if (value !== undefined && value !== "") params.set(key, String(value));
    const text = params.toString().replaceAll("%2C", ",");
    return text ? `?${text}` : "";
  },
  defaultPreload: "intent",
  defaultErrorComponent: BrokenPage,
  defaultNotFoundComponent: MissingPage,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
