import type { ErrorDetail } from "@/lib/api-types.ts";

/** Codes that the browser itself gives when no answer of the server could be read. */
export const OFFLINE = "client.offline";
export const UNREADABLE = "client.unreadable";

export interface ApiErrorFields {
  status: number;
  code: string;
  message: string;
  param?: string | null;
  details?: ErrorDetail[];
  requestId?: string | null;
  retryAfterS?: number | null;
}

/** Everything that can go wrong with a request, in one shape; `message` is written by the server for the reader. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly param: string | null;
  readonly details: ErrorDetail[];
  readonly requestId: string | null;
  /** When the server says that another try is worth it; null where it says nothing. */
  readonly retryAfterS: number | null;

  constructor(fields: ApiErrorFields) {
    super(fields.message);
    this.name = "ApiError";
    this.status = fields.status;
    this.code = fields.code;
    this.param = fields.param ?? null;
    this.details = fields.details ?? [];
    this.requestId = fields.requestId ?? null;
    this.retryAfterS = fields.retryAfterS ?? null;
  }

  get isMissing(): boolean {
    return this.status === 404;
  }

  get isForbidden(): boolean {
    return this.status === 403;
  }

  get isUnauthenticated(): boolean {
    return this.status === 401;
  }

  get isTooMany(): boolean {
    return this.status === 429;
  }

  /** Worth another try without the reader doing anything. */
  get isTemporary(): boolean {
    return this.status === 0 || this.isTooMany || this.status >= 500;
  }

  /** The sentence for one form field, if the server named that field. */
  messageFor(param: string): string | null {
    const detail = this.details.find((entry) => entry.param === param);
    if (detail) return detail.message;
    return this.param === param ? this.message : null;
  }

  /** The same for a field or anything inside of it: an entry of a list, say. */
  messageUnder(param: string): string | null {
    const isInside = (name: string | null | undefined) => name === param || name?.startsWith(`${param}.`) === true;
    const detail = this.details.find((entry) => isInside(entry.param));
    if (detail) return detail.message;
    return isInside(this.param) ? this.message : null;
  }

  /** Whether every sentence of it belongs to one of these fields, so that none needs a place of its own. */
  isOnlyAbout(params: readonly string[]): boolean {
    const named = this.details.length > 0 ? this.details.map(({ param }) => param) : [this.param];
    return named.every((param) => param != null && params.includes(param));
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function detailsFrom(value: unknown): ErrorDetail[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).map((entry) => ({
    code: text(entry["code"]) ?? "",
    message: text(entry["message"]) ?? "",
    param: text(entry["param"]),
    row: typeof entry["row"] === "number" ? entry["row"] : null,
  }));
}

/** `Retry-After` where it is a number of seconds; the API sends no dates. */
function secondsIn(retryAfter: string | null): number | null {
  return retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : null;
}

/** Reads the error document of the API; anything else (a proxy's HTML page, say) becomes `client.unreadable`. */
export function apiErrorFrom(status: number, body: unknown, retryAfter: string | null = null): ApiError {
  const retryAfterS = secondsIn(retryAfter);
  const error = isRecord(body) ? body["error"] : null;
  if (!isRecord(error)) {
    return new ApiError({ status, code: UNREADABLE, message: `HTTP ${status}`, retryAfterS });
  }
  return new ApiError({
    status,
    code: text(error["code"]) ?? UNREADABLE,
    message: text(error["message"]) ?? `HTTP ${status}`,
    param: text(error["param"]),
    details: detailsFrom(error["details"]),
    requestId: text(error["request_id"]),
    retryAfterS,
  });
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError({ status: 0, code: OFFLINE, message: error instanceof Error ? error.message : String(error) });
}
