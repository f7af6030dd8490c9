/** Conditions on rows: as they are typed, as the server takes them, and in words. */
import type { RowFilter } from "@/features/datasets/change-queries.ts";
import type { RowConditions, Split } from "@/lib/api-types.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

export interface TypedConditions {
  text: string;
  split: Split | null;
  label: string | null;
  /** The id of one of the doctor's findings. */
  finding: string | null;
  longer: string;
  shorter: string;
}

export const NO_CONDITIONS: TypedConditions = { text: "", split: null, label: null, finding: null, longer: "", shorter: "" };

const MOST_DIGITS = 9;

/** A length as people type it; null for what is none. Full-width digits from a Chinese keyboard are digits. */
export function lengthOf(typed: string): number | null {
  const plain = typed.normalize("NFKC").trim();
  return /^\d+$/.test(plain) && plain.length <= MOST_DIGITS ? Number(plain) : null;
}

export function isWrongLength(typed: string): boolean {
  return typed.trim() !== "" && lengthOf(typed) === null;
}

/** What was typed, as the server takes it; a length that is none is no condition. */
export function rowFilter({ text, split, label, finding, longer, shorter }: TypedConditions): RowFilter {
  const [longerThan, shorterThan] = [lengthOf(longer), lengthOf(shorter)];
  return {
    ...(split === null ? {} : { split }),
    ...(label === null ? {} : { label }),
    ...(finding === null ? {} : { finding_id: finding }),
    ...(text.trim() === "" ? {} : { contains: text.trim() }),
    ...(longerThan === null ? {} : { longer_than: longerThan }),
    ...(shorterThan === null ? {} : { shorter_than: shorterThan }),
  };
}

/** Each condition in a few words; rows meet all of them. `finding`: what the doctor's finding is called, where that is known. */
export function conditionWords(conditions: RowConditions, t: Translate, finding?: string): string[] {
  const { split, label, finding_id, contains, longer_than, shorter_than, ids } = conditions;
  return [
    ...(split === undefined ? [] : [t("condition.split", { split: t(`split.${split}`) })]),
    ...(label === undefined ? [] : [t("condition.label", { label })]),
    ...(finding_id === undefined ? [] : [finding === undefined ? t("condition.doctor") : t("condition.finding", { finding })]),
    ...(contains === undefined ? [] : [t("condition.contains", { text: contains })]),
    ...(longer_than === undefined ? [] : [t("condition.longer", { length: longer_than })]),
    ...(shorter_than === undefined ? [] : [t("condition.shorter", { length: shorter_than })]),
    ...(ids === undefined ? [] : [t("condition.ids", { count: ids.length })]),
  ];
}
