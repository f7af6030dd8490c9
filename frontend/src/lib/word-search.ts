/** Whether every word of `wanted` stands somewhere in the texts, in any case and width. */
export function hasWords(texts: readonly string[], wanted: string): boolean {
  const whole = plain(texts.join("\n"));
  return plain(wanted)
    .split(/\s+/u)
    .filter(Boolean)
    .every((word) => whole.includes(word));
}

/** Every text in a value, however deep: what a reader of an example has before their eyes. */
export function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function plain(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
