import { curlCode } from "@/lib/api-call.ts";

/** A first call with a key, to paste into a shell: the one place where the key itself stands, since it is shown just once. */
export function curlExample(origin: string, secret: string): string {
  return curlCode(origin, { method: "GET", path: "/api/v1/jobs" }).replace("$ANNEAL_API_KEY", secret);
}
