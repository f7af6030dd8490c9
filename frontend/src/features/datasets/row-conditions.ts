/** Conditions on rows: as they are typed, as the server takes them, and in words. */
import type { RowFilter } from "@/features/datasets/change-queries.ts";
import { SPLITS } from "@/features/datasets/version-counts.ts";
import type { Row, RowConditions, Split } from "@/lib/api-types.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

export interface TypedConditions {
  text: string;
  split: Split | null;
  label: string | null;
  /** The id of one of the doctor's findings. */
  finding: string | null;
  /** The line of the uploaded file, which an address may name. */
  row: number | null;
  longer: string;
  shorter: string;
}

export const NO_CONDITIONS: TypedConditions = { text: "", split: null, label: null, finding: null, row: null, longer: "", shorter: "" };

const MOST_DIGITS = 9;

/** A length as people type it; null for what is none. Full-width digits from a Chinese keyboard are digits. */
function lengthOf(typed: string): number | null {
  const plain = typed.normalize("NFKC").trim();
  return /^\d+$/.test(plain) && plain.length <= MOST_DIGITS ? Number(plain) : null;
}

export function isWrongLength(typed: string): boolean {
  return typed.trim() !== "" && lengthOf(typed) === null;
}

/** What was typed, as the server takes it; a length that is none is no condition. */
export function rowFilter({ text, split, label, finding, row, longer, shorter }: TypedConditions): RowFilter {
  const [longerThan, shorterThan] = [lengthOf(longer), lengthOf(shorter)];
  return {
    ...(split === null ? {} : { split }),
    ...(label === null ? {} : { label }),
    ...(finding === null ? {} : { finding_id: finding }),
    ...(row === null ? {} : { row }),
    ...(text.trim() === "" ? {} : { contains: text.trim() }),
    ...(longerThan === null ? {} : { longer_than: longerThan }),
    ...(shorterThan === null ? {} : { shorter_than: shorterThan }),
  };
}

/** Those that an address names. A finding counts only for the version that it was found in, whose number stands beside it. */
export function addressedConditions(params: URLSearchParams, version: number): TypedConditions {
  return {
    text: params.get("q") ?? "",
    split: SPLITS.find((split) => split === params.get("split")) ?? null,
    label: params.get("label"),
    finding: params.get("of") === String(version) ? params.get("finding") : null,
    row: lengthOf(params.get("row") ?? ""),
    longer: params.get("longer") ?? "",
    shorter: params.get("shorter") ?? "",
  };
}

/** The same as an address names them, so that they outlive a reload and can be sent. */
export function conditionParams({ text, split, label, finding, row, longer, shorter }: TypedConditions, version: number): Record<string, string> {
  const all = { q: text, split, label, finding, of: finding === null ? null : String(version), row: row === null ? null : String(row), longer, shorter };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null && entry[1] !== ""));
}

/** A row that an address leads to: by its line in the uploaded file, by its place in the list (from one on) where all rows or those of a split are listed, or both. */
export interface SoughtRow {
  line: number | null;
  place: number | null;
  split: Split | null;
}

export function soughtRow(params: URLSearchParams): SoughtRow {
  const place = lengthOf(params.get("place") ?? "");
  return { line: lengthOf(params.get("row") ?? ""), place: place === 0 ? null : place, split: SPLITS.find((split) => split === params.get("split")) ?? null };
}

/** Whether a row of a list is the one that is sought. A place counts only where the line, if it is named, is that of the row: rows may have come or gone. */
export function isSought({ line, place, split }: SoughtRow, row: Pick<Row, "row" | "split">, at: number): boolean {
  const isLine = line === null || row.row === line;
  return place === null ? line !== null && isLine && (split === null || row.split === split) : isLine && at === place;
}

/** Each condition in a few words; rows meet all of them. `finding`: what the doctor's finding is called, where that is known. */
export function conditionWords(conditions: RowConditions, t: Translate, finding?: string): string[] {
  const { split, label, finding_id, row, contains, longer_than, shorter_than, ids } = conditions;
  return [
    ...(split === undefined ? [] : [t("condition.split", { split: t(`split.${split}`) })]),
    ...(label === undefined ? [] : [t("condition.label", { label })]),
    ...(finding_id === undefined ? [] : [finding === undefined ? t("condition.doctor") : t("condition.finding", { finding })]),
    ...(row === undefined ? [] : [t("condition.row", { row })]),
    ...(contains === undefined ? [] : [t("condition.contains", { text: contains })]),
    ...(longer_than === undefined ? [] : [t("condition.longer", { length: longer_than })]),
    ...(shorter_than === undefined ? [] : [t("condition.shorter", { length: shorter_than })]),
    ...(ids === undefined ? [] : [t("condition.ids", { count: ids.length })]),
  ];
}
