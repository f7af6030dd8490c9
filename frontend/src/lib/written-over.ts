import { asApiError } from "@/lib/api-error.ts";

/** Whether the server refused since somebody else wrote over what was read. */
export function isWrittenOver(error: unknown): boolean {
  return error !== null && error !== undefined && asApiError(error).code === "request.changed_since";
}

/** Another name, and the one that was read before it was given. */
export interface Renaming {
  name: string;
  base: string;
}
