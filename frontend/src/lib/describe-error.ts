import { type ApiError, asApiError, OFFLINE, UNREADABLE } from "@/lib/api-error.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

/** The server's own sentence where there is one; the browser's troubles have ours. */
export function describeError(error: unknown, t: Translate): string {
  const known: ApiError = asApiError(error);
  if (known.code === OFFLINE) return t("error.offline");
  if (known.code === UNREADABLE) return t("error.unreadable", { status: String(known.status) });
  return known.message;
}
