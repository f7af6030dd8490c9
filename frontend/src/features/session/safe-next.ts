/** Where to go after signing in: a path of this page, never another host (`//host`, `/\host` and `https:` are refused). */
export function safeNext(next: string | null): string {
  if (next === null || !/^\/(?![/\\])/.test(next)) return "/";
  return next;
}
