/** A first call with a key, to paste into a shell. */
export function curlExample(origin: string, secret: string): string {
  return `curl ${origin}/api/v1/jobs \\\n  -H "Authorization: Bearer ${secret}"`;
}
