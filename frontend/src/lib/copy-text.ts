/** Copies where the browser allows it; says whether it did, so that the page never claims what did not happen. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
