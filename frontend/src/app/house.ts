/** What stands around every page behind the sign-in. Loaded once it is known, or likely, that somebody is signed in. */
export async function loadHouse() {
  const { Shell } = await import("@/app/shell.tsx");
  return { default: Shell };
}
