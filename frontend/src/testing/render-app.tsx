import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { vi } from "vitest";

import { theme } from "@/components/theme.ts";
import { Toaster } from "@/components/toaster.tsx";
import { type Workspace, WorkspaceContext } from "@/features/session/workspace-context.ts";
import type { Role } from "@/lib/api-types.ts";
import { en } from "@/lib/i18n/en.ts";
import { I18nProvider } from "@/lib/i18n/i18n-provider.tsx";
import type { Words } from "@/lib/i18n/load-catalogue.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { StubApi } from "@/testing/stub-api.ts";

/** Puts the stand-in server behind `fetch`. Every other address is an error: nothing leaves the test. */
export function useStubServer(): StubApi {
  const stub = new StubApi();
  vi.stubGlobal("fetch", async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(new URL(input.toString(), location.origin), init);
    const url = new URL(request.url);
    if (url.origin !== location.origin) throw new Error(`A request to another host: ${url.href}`);
    const raw = await request.text();
    await stub.turnOf(request.method);
    const answer = stub.handle({
      method: request.method,
      path: url.pathname,
      query: url.searchParams,
      headers: Object.fromEntries([...request.headers.entries()].map(([name, value]) => [name.toLowerCase(), value])),
      body: raw === "" ? null : (JSON.parse(raw) as unknown),
    });
    const body = answer.body === undefined ? null : JSON.stringify(answer.body);
    return new Response(body, { status: answer.status, headers: { "Content-Type": "application/json", ...answer.headers } });
  });
  return stub;
}

interface Options {
  path?: string;
  at?: string;
  role?: Role;
  currency?: string;
  /** Of an organisation that was deleted. */
  restorableUntil?: string | null;
  words?: Words;
  errorElement?: ReactNode;
  client?: QueryClient;
  /** What stands in an outlet of the element. */
  page?: ReactNode;
}

const WHOLE: Words = { locale: "en", catalogue: en, isWhole: true };

const newClient = () => new QueryClient({ defaultOptions: { queries: { retry: false } } });

/** One page or component with everything that it stands on, and an answer to where it went. */
export function renderApp(element: ReactNode, { path = "/", at = "/", role = "owner", currency = "USD", restorableUntil = null, words = WHOLE, errorElement, client = newClient(), page }: Options = {}) {
  const tenant = { id: fixtures.uuid(2), name: "Northwind Support", role, created_at: fixtures.minutesAfter(0), restorable_until: restorableUntil };
  const user = { id: fixtures.uuid(1), email: "mei@example.com", name: "Mei Lin", language: "en" };
  const workspace: Workspace = { user, tenant, tenants: [tenant], currency, takesDirectUploads: false, restorableDays: 7, switchTenant: () => undefined };
  const router = createMemoryRouter(
    [
      { path, element: <WorkspaceContext value={workspace}>{element}</WorkspaceContext>, errorElement, children: page === undefined ? [] : [{ index: true, element: page }] },
      { path: "*", element: <p>elsewhere</p> },
    ],
    { initialEntries: [at] },
  );
  const view = render(
    <MantineProvider env="test" theme={theme}>
      <QueryClientProvider client={client}>
        <I18nProvider initial={words}>
          <RouterProvider router={router} />
          <Toaster />
        </I18nProvider>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { ...view, router, client };
}
