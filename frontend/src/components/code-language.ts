import { type ApiCall, curlCode, pythonCode } from "@/lib/api-call.ts";

export const CODE_LANGUAGES = ["curl", "Python"] as const;
export type CodeLanguage = (typeof CODE_LANGUAGES)[number];

export function isCodeLanguage(value: string | null): value is CodeLanguage {
  return CODE_LANGUAGES.some((name) => name === value);
}

/** A request as a reader of this page would send it. */
export function codeIn(language: CodeLanguage, call: ApiCall): string {
  return (language === "curl" ? curlCode : pythonCode)(location.origin, call);
}
