import { Select } from "@mantine/core";

import classes from "@/components/filter-bar.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  label: string;
  value: string | undefined;
  values: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
}

/** One of the values that a list has, or none of them. */
export function FilterChoice({ label, value, values, onChange }: Props) {
  const { t } = useI18n();
  // What an address names may not be in the list any more: it is shown as it is, so that it can be taken away.
  const all = value === undefined || values.some(([known]) => known === value) ? values : [...values, [value, value] as const];
  return (
    <Select
      aria-label={label}
      placeholder={label}
      className={classes["choice"]}
      searchable
      clearable
      clearButtonProps={{ "aria-label": t("jobs.clear_one", { filter: label }) }}
      value={value ?? null}
      data={all.map(([known, name]) => ({ value: known, label: name }))}
      nothingFoundMessage={t("jobs.none_found")}
      onChange={(chosen) => onChange(chosen ?? "")}
    />
  );
}
