import { Select, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";

import { checkName } from "@/features/datasets/doctor-checks.ts";
import { useDoctorReport } from "@/features/datasets/doctor-queries.ts";
import { isWrongLength, type TypedConditions } from "@/features/datasets/row-conditions.ts";
import classes from "@/features/datasets/rows.module.css";
import { SPLITS } from "@/features/datasets/version-counts.ts";
import type { DatasetVersion } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const ALL = "";

interface Props {
  version: DatasetVersion;
  typed: TypedConditions;
  onChange: (typed: TypedConditions) => void;
}

/** Which rows are looked for. */
export function ConditionFields({ version, typed, onChange }: Props) {
  const { t } = useI18n();
  const { data: report } = useDoctorReport(version.id);
  const findings = report?.findings.filter(({ has_rows }) => has_rows) ?? [];
  const isTokens = version.text_length.unit === "tokens";
  const lengthField = (name: "longer" | "shorter", words: string) => ({
    leftSection: <span className="small faint">{words}</span>,
    leftSectionWidth: 94,
    rightSection: <span className="small faint">{t(isTokens ? "filter.unit_tokens" : "filter.unit_characters")}</span>,
    rightSectionWidth: 84,
    value: typed[name],
    inputMode: "numeric" as const,
    autoComplete: "off",
    maxLength: 12,
    className: classes["length"] ?? "",
    error: isWrongLength(typed[name]) ? t("filter.bad_length") : null,
    onChange: (event: { currentTarget: { value: string } }) => onChange({ ...typed, [name]: event.currentTarget.value }),
  });
  return (
    <div className={classes["conditions"]} role="search">
      <TextInput
        aria-label={t("rows.search")}
        placeholder={t("rows.search")}
        leftSection={<IconSearch size={15} aria-hidden />}
        value={typed.text}
        maxLength={200}
        className={classes["search"] ?? ""}
        onChange={(event) => onChange({ ...typed, text: event.currentTarget.value })}
      />
      <Select
        aria-label={t("preview.split")}
        data={[{ value: ALL, label: t("preview.all_splits") }, ...SPLITS.map((value) => ({ value, label: t(`split.${value}`) }))]}
        value={typed.split ?? ALL}
        allowDeselect={false}
        className={classes["split"] ?? ""}
        onChange={(value) => onChange({ ...typed, split: SPLITS.find((entry) => entry === value) ?? null })}
      />
      {version.labels.length > 0 && (
        <Select
          aria-label={t("preview.label")}
          data={[{ value: ALL, label: t("preview.all_labels") }, ...version.labels.map((entry) => ({ value: entry.label, label: entry.label }))]}
          value={typed.label ?? ALL}
          allowDeselect={false}
          searchable
          className={classes["choice"] ?? ""}
          onChange={(value) => onChange({ ...typed, label: value === ALL ? null : value })}
        />
      )}
      {findings.length > 0 && (
        <Select
          aria-label={t("filter.finding")}
          data={[{ value: ALL, label: t("filter.any_finding") }, ...findings.map(({ id, code }) => ({ value: id, label: checkName(code, t) }))]}
          value={typed.finding ?? ALL}
          allowDeselect={false}
          className={classes["choice"] ?? ""}
          onChange={(value) => onChange({ ...typed, finding: value === ALL ? null : value })}
        />
      )}
      <TextInput aria-label={t(isTokens ? "filter.longer_tokens" : "filter.longer")} {...lengthField("longer", t("filter.longer_short"))} />
      <TextInput aria-label={t(isTokens ? "filter.shorter_tokens" : "filter.shorter")} {...lengthField("shorter", t("filter.shorter_short"))} />
    </div>
  );
}
