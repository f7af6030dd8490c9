export const EXPIRIES = ["30", "90", "365", "never"] as const;
export type Expiry = (typeof EXPIRIES)[number];

const DAY_MS = 86_400_000;

/** The end of a key's life, as the API wants it. Rounded down to the day, so that a second click asks for the same. */
export function expiresAt(expiry: Expiry, now: number): string | null {
  if (expiry === "never") return null;
  return new Date((Math.floor(now / DAY_MS) + Number(expiry) + 1) * DAY_MS).toISOString();
}
