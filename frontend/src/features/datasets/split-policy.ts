/** How rows that come are divided: what the server does, in words. */
import type { Dataset, DatasetVersion } from "@/lib/api-types.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

const DEFAULT_SHARE = 0.1;

/** A split for which there is a file is not carved from other files. */
export function newShares(dataset: Pick<Dataset, "files">, { mapping }: Pick<DatasetVersion, "mapping">): { validation: number; test: number } {
  const given = new Set(dataset.files.map(({ split }) => split));
  return {
    validation: given.has("validation") ? 0 : (mapping.validation_share ?? DEFAULT_SHARE),
    test: given.has("test") ? 0 : (mapping.test_share ?? DEFAULT_SHARE),
  };
}

export function splitPolicy(dataset: Pick<Dataset, "files">, version: Pick<DatasetVersion, "mapping">, t: Translate, percent: (share: number) => string): string[] {
  const { mapping } = version;
  if (mapping.split_mode === "given" && mapping.split_column !== undefined) {
    return [t("append.policy_stay_only"), t("append.policy_given", { column: mapping.split_column }), t("append.policy_file")];
  }
  const { validation, test } = newShares(dataset, version);
  const others = (() => {
    if (validation === 0 && test === 0) return t("append.policy_training");
    if (mapping.split_column !== undefined) return t("append.policy_column", { column: mapping.split_column });
    if (validation === 0) return t("append.policy_share", { share: percent(test), split: t("split.in_text.test") });
    if (test === 0) return t("append.policy_share", { share: percent(validation), split: t("split.in_text.validation") });
    return t("append.policy_shares", { validation: percent(validation), test: percent(test) });
  })();
  return [t("append.policy_stay"), others, t("append.policy_file")];
}
