import type { Job } from "@/lib/api-types.ts";
import type { Formatter } from "@/lib/format.ts";

/** How long a job will still take, from – to where its spread is known; null while nobody knows. */
export function timeLeft({ seconds_remaining: seconds, seconds_remaining_spread: spread }: Job["progress"], { duration }: Formatter): string | null {
  if (seconds === null) return null;
  const low = duration(seconds - (spread ?? 0));
  const high = duration(seconds + (spread ?? 0));
  return low === high ? low : `${low} – ${high}`;
}
