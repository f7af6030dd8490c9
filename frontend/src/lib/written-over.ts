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

/** What is sent to rename something. A name that was not read before is written over whatever is there. */
export function renaming(name: string, base: string | undefined): { name: string; base_name?: string } {
  return base === undefined ? { name } : { name, base_name: base };
}
