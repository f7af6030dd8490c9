/** How a version came to be, in words. */
import { checkName } from "@/features/datasets/doctor-checks.ts";
import { conditionWords } from "@/features/datasets/row-conditions.ts";
import type { DataRole, DatasetVersion } from "@/lib/api-types.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import { partName } from "@/lib/tasks.ts";

export function versionName(version: Pick<DatasetVersion, "number">): string {
  return `v${version.number}`;
}

export function madeBy(version: DatasetVersion, t: Translate): string {
  const { change } = version;
  if (change === null) return t("versions.kind.upload");
  if (change.kind === "fix" && change.code !== undefined) return t("versions.fixed", { check: checkName(change.code, t) });
  if (change.kind === "restore" && change.number !== undefined) return t("versions.restored", { version: `v${change.number}` });
  return t(`versions.kind.${change.kind}`);
}

/** What a version was made with or from, where that says more than its kind. */
export function changeDetail({ change }: DatasetVersion, t: Translate, list: (items: readonly string[]) => string): string | null {
  if (change === null) return null;
  const { files, dataset, number, keep, drop, code, num_rows } = change;
  // Versions from before this was kept do not say which finding it was.
  const finding = code === undefined ? undefined : checkName(code, t);
  if (change.kind === "fix" && num_rows !== undefined) return t("versions.fix_of", { count: num_rows });
  if (change.kind === "append" && files !== undefined) return [t("versions.appended", { files: list(files) }), ...renamedWords(change, t, list)].join(" ");
  if (change.kind === "merge" && dataset !== undefined && number !== undefined) return t("versions.merged", { dataset, version: `v${number}` });
  if (keep !== undefined) return t("filter.kept_are", { conditions: list(conditionWords(keep, t, finding)) });
  return drop === undefined ? null : t("filter.dropped_are", { conditions: list(conditionWords(drop, t, finding)) });
}

/** Which columns of a file were taken for which of the dataset's. */
function renamedWords({ renamed = [] }: NonNullable<DatasetVersion["change"]>, t: Translate, list: (items: readonly string[]) => string): string[] {
  return renamed.map(({ file, columns }) => {
    const pairs = Object.entries(columns).map(([role, name]) => `${name} → ${partName(role as DataRole, t)}`);
    return t("versions.renamed", { file, columns: list(pairs) });
  });
}

/** "+12 −3 ~5", of what there is; null where nothing is known or nothing changed. */
export function differenceText(version: Pick<DatasetVersion, "num_added" | "num_removed" | "num_changed">, number: (value: number) => string): string | null {
  const parts = [
    ["+", version.num_added],
    ["−", version.num_removed],
    ["~", version.num_changed],
  ] as const;
  const told = parts.filter(([, count]) => count !== null && count > 0).map(([sign, count]) => `${sign}${number(count ?? 0)}`);
  return told.length > 0 ? told.join(" ") : null;
}

/** The same as a sentence: "40 rows removed, 2 rows changed". */
export function differenceWords(version: Pick<DatasetVersion, "num_added" | "num_removed" | "num_changed">, t: Translate, list: (items: readonly string[]) => string): string {
  const parts = [
    ["versions.rows_added", version.num_added],
    ["versions.rows_removed", version.num_removed],
    ["versions.rows_changed", version.num_changed],
  ] as const;
  const told = parts.filter(([, count]) => count !== null && count > 0).map(([key, count]) => t(key, { count: count ?? 0 }));
  return told.length > 0 ? list(told) : t("versions.same_rows");
}
