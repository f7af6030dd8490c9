/** What every request carries: the tenant chosen in this browser, the language, the CSRF token. */
const TENANT_KEY = "anneal.tenant";

interface RequestContext {
  tenantId: string | null;
  locale: string;
  csrfToken: string | null;
}

function storedTenant(): string | null {
  try {
    return localStorage.getItem(TENANT_KEY);
  } catch {
    return null;
  }
}

export const requestContext: RequestContext = { tenantId: storedTenant(), locale: "en", csrfToken: null };

export function rememberTenant(tenantId: string | null): void {
  requestContext.tenantId = tenantId;
  try {
    if (tenantId === null) localStorage.removeItem(TENANT_KEY);
    else localStorage.setItem(TENANT_KEY, tenantId);
  } catch {
    // Without storage the choice holds until the page is closed.
  }
}

/** The next page that is opened begins without the choice; this one goes on with it, for whoever signs in again. */
export function forgetTenantLater(): void {
  const { tenantId } = requestContext;
  rememberTenant(null);
  requestContext.tenantId = tenantId;
}

/** The cookie changes at sign-in and sign-out, so it is read anew each time; the session's copy is the fallback. */
export function csrfToken(): string {
  const match = /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie);
  return match?.[1] ? decodeURIComponent(match[1]) : (requestContext.csrfToken ?? "");
}

export function contextHeaders(): Record<string, string> {
  const headers: Record<string, string> = { "Accept-Language": requestContext.locale };
  if (requestContext.tenantId) headers["X-Tenant"] = requestContext.tenantId;
  return headers;
}

/** For addresses that cannot carry headers (event streams, downloads). */
export function withTenant(url: string, params: Record<string, string | number> = {}): string {
  const query = new URLSearchParams();
  if (requestContext.tenantId) query.set("tenant", requestContext.tenantId);
  for (const [name, value] of Object.entries(params)) query.set(name, String(value));
  const text = query.toString();
  return text === "" ? url : `${url}${url.includes("?") ? "&" : "?"}${text}`;
}
