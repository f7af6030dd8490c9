import type { LabelSession, LabelSpan, LabelValue } from "@/lib/api-types.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

export const NUMBERED = 9;

/** What a row starts with: nothing for a choice, nothing found for sets and spans, which is an answer as well. */
export function emptyValue(form: LabelSession["form"]): LabelValue | null {
  if (form === "labels") return { labels: [] };
  return form === "spans" ? { spans: [] } : null;
}

/** Labels with these letters in them, those that begin with them first. */
export function matching(labels: readonly string[], search: string): string[] {
  const wanted = search.trim().toLowerCase();
  if (wanted === "") return [...labels];
  const found = labels.filter((label) => label.toLowerCase().includes(wanted));
  const begins = (label: string) => label.toLowerCase().startsWith(wanted);
  return [...found.filter(begins), ...found.filter((label) => !begins(label))];
}

export function toggled(labels: readonly string[], label: string): string[] {
  return labels.includes(label) ? labels.filter((one) => one !== label) : [...labels, label];
}

/** The spans with `span` among them; those that it overlaps make room. */
export function withSpan(spans: readonly LabelSpan[], span: LabelSpan): LabelSpan[] {
  const others = spans.filter((one) => one.end <= span.start || one.start >= span.end);
  return [...others, span].sort((a, b) => a.start - b.start);
}

export function spanAt(spans: readonly LabelSpan[], token: number): LabelSpan | undefined {
  return spans.find((span) => span.start <= token && token < span.end);
}

/** An answer in a few words. */
export function valueText(value: LabelValue | null, t: Translate, tokens: readonly string[] = []): string {
  if (value === null) return t("labelling.value_none");
  if (value.label !== undefined) return value.label;
  if (value.score !== undefined) return String(value.score);
  if (value.preferred !== undefined) return t(`labelling.side.${value.preferred}`);
  if (value.target !== undefined) return value.target;
  if (value.answers !== undefined) return value.answers.length > 0 ? value.answers.map((answer) => answer.text).join(" · ") : t("labelling.answers_empty");
  if (value.review !== undefined) return t(`labelling.verdict.${value.review.verdict}`);
  if (value.labels !== undefined) return value.labels.length > 0 ? value.labels.join(" · ") : t("labelling.value_empty");
  const spans = value.spans ?? [];
  if (spans.length === 0) return t("labelling.value_empty");
  return spans.map((span) => `${tokens.slice(span.start, span.end).join(" ")} (${span.type})`).join(" · ");
}

/** Who speaks in a conversation; a name that this page does not know stays as it is. */
export function speakerName(role: string, t: Translate): string {
  if (role === "system" || role === "user" || role === "assistant" || role === "tool") return t(`labelling.speaker.${role}`);
  return role;
}

export function sameValue(a: LabelValue | null, b: LabelValue | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
