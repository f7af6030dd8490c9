import type { ComponentType } from "react";
import { createBrowserRouter, type RouteObject } from "react-router";

import { NotFoundPage } from "@/app/not-found-page.tsx";
import { SignedIn } from "@/app/signed-in.tsx";
import { SplashPage } from "@/app/splash-page.tsx";
import { ErrorBoundary } from "@/components/error-boundary.tsx";
import { loadPart } from "@/lib/updates.ts";

type Lazy = () => Promise<{ Component: ComponentType }>;

/** Each page is a file of its own to load; a route names it once. */
function page(path: string, lazy: Lazy): RouteObject {
  return { path, lazy: async () => await loadPart(lazy), errorElement: <ErrorBoundary />, hydrateFallbackElement: <SplashPage /> };
}

const pages: RouteObject[] = [
  {
    index: true,
    lazy: async () => await loadPart(async () => ({ Component: (await import("@/features/overview/overview-page.tsx")).OverviewPage })),
    errorElement: <ErrorBoundary />,
    hydrateFallbackElement: <SplashPage />,
  },
  page("datasets", async () => ({ Component: (await import("@/features/datasets/datasets-page.tsx")).DatasetsPage })),
  page("datasets/new", async () => ({ Component: (await import("@/features/datasets/new-dataset-page.tsx")).NewDatasetPage })),
  page("datasets/deleted", async () => ({ Component: (await import("@/features/datasets/deleted-datasets-page.tsx")).DeletedDatasetsPage })),
  page("datasets/:datasetId", async () => ({ Component: (await import("@/features/datasets/dataset-page.tsx")).DatasetPage })),
  page("datasets/:datasetId/add-rows", async () => ({ Component: (await import("@/features/datasets/append-page.tsx")).AppendPage })),
  page("datasets/:datasetId/merge", async () => ({ Component: (await import("@/features/datasets/merge-page.tsx")).MergePage })),
  page("datasets/:datasetId/labelling", async () => ({
    Component: (await import("@/features/labelling/label-sessions-page.tsx")).LabelSessionsPage,
  })),
  page("labelling/:sessionId", async () => ({ Component: (await import("@/features/labelling/labelling-page.tsx")).LabellingPage })),
  page("labelling/:sessionId/results", async () => ({
    Component: (await import("@/features/labelling/label-results-page.tsx")).LabelResultsPage,
  })),
  page("jobs", async () => ({ Component: (await import("@/features/jobs/jobs-page.tsx")).JobsPage })),
  page("jobs/new", async () => ({ Component: (await import("@/features/jobs/new-job-page.tsx")).NewJobPage })),
  page("jobs/:jobId", async () => ({ Component: (await import("@/features/jobs/job-page.tsx")).JobPage })),
  page("compare", async () => ({ Component: (await import("@/features/compare/compare-page.tsx")).ComparePage })),
  page("models", async () => ({ Component: (await import("@/features/models/models-page.tsx")).ModelsPage })),
  page("models/deleted", async () => ({ Component: (await import("@/features/models/deleted-models-page.tsx")).DeletedModelsPage })),
  page("models/:modelId", async () => ({ Component: (await import("@/features/models/model-page.tsx")).ModelPage })),
  page("settings", async () => ({ Component: (await import("@/features/settings/settings-page.tsx")).SettingsPage })),
  page("settings/notifications", async () => ({
    Component: (await import("@/features/notifications/notification-settings-page.tsx")).NotificationSettingsPage,
  })),
  page("settings/usage", async () => ({ Component: (await import("@/features/settings/usage-page.tsx")).UsagePage })),
  page("settings/audit-log", async () => ({ Component: (await import("@/features/settings/audit-log-page.tsx")).AuditLogPage })),
  { path: "*", element: <NotFoundPage /> },
];

const door = async () => await import("@/features/session/door.ts");

const routes: RouteObject[] = [
  page("/sign-in", async () => ({ Component: (await door()).SignInPage })),
  page("/sign-up", async () => ({ Component: (await door()).SignUpPage })),
  page("/password/forgotten", async () => ({ Component: (await door()).ForgottenPasswordPage })),
  page("/password/new", async () => ({ Component: (await door()).NewPasswordPage })),
  page("/organisations/new", async () => ({ Component: (await door()).NewOrganisationPage })),
  page("/invitations/accept", async () => ({ Component: (await door()).AcceptInvitationPage })),
  page("/invitations/:token", async () => ({ Component: (await door()).AcceptInvitationPage })),
  { path: "/", element: <SignedIn />, errorElement: <ErrorBoundary />, hydrateFallbackElement: <SplashPage />, children: pages },
];

export function makeRouter() {
  return createBrowserRouter(routes);
}
