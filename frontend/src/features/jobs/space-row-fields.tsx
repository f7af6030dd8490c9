import { ActionIcon, MultiSelect, Select, Switch, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";

import { pathOf } from "@/features/jobs/expert-settings.ts";
import classes from "@/features/jobs/job.module.css";
import { describeProblem } from "@/features/jobs/number-text.ts";
import { isNumber, isRangeIn, listOf, rowFor, rowProblem, type RowProblem, type SearchForm, type SpaceField, type SpaceRow } from "@/features/jobs/search-form.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  search: SearchForm;
  entry: { row: SpaceRow; field: SpaceField };
  /** Settings that this row may be about. */
  choices: readonly SpaceField[];
  /** What the server said about it. */
  error: string | null;
  onChange: (row: SpaceRow) => void;
  onRemove: () => void;
}

/** What is not filled in yet is no mistake. */
function words(problem: RowProblem | null, t: Translate): string | null {
  if (problem === null || problem.kind === "empty") return null;
  if (problem.kind === "not_rising" || problem.kind === "not_above_zero") return t(`search.${problem.kind}`);
  return describeProblem(problem, t);
}

/** One setting and what it takes in the trials. */
export function SpaceRowFields({ search, entry, choices, error, onChange, onRemove }: Props) {
  const { t } = useI18n();
  const { row, field } = entry;
  const isRange = isRangeIn(search, entry);
  const problem = words(rowProblem(search, entry), t) ?? error;
  const label = t(field.label);
  return (
    <div className={classes["spaceRow"]}>
      <Select
        label={t("search.setting")}
        searchable
        data={choices.map((choice) => ({ value: pathOf(choice), label: t(choice.label) }))}
        value={row.path}
        allowDeselect={false}
        onChange={(path) => {
          const chosen = choices.find((choice) => pathOf(choice) === path);
          if (chosen !== undefined && path !== row.path) onChange(rowFor(chosen));
        }}
      />
      {isNumber(field) && search.type !== "grid" && (
        <Select
          label={t("search.kind")}
          aria-label={t("search.kind_of", { setting: label })}
          data={[
            { value: "choices", label: t("search.choices") },
            { value: "range", label: t("search.range") },
          ]}
          value={isRange ? "range" : "choices"}
          allowDeselect={false}
          onChange={(value) => onChange({ ...row, isRange: value === "range" })}
        />
      )}
      {isRange && (
        <>
          <TextInput label={t("search.low")} aria-label={t("search.low_of", { setting: label })} inputMode="decimal" value={row.low} error={problem} onChange={(event) => onChange({ ...row, low: event.currentTarget.value })} />
          <TextInput label={t("search.high")} aria-label={t("search.high_of", { setting: label })} inputMode="decimal" value={row.high} error={problem !== null} onChange={(event) => onChange({ ...row, high: event.currentTarget.value })} />
          <Switch label={t("search.is_log")} checked={row.isLog} onChange={(event) => onChange({ ...row, isLog: event.currentTarget.checked })} className={classes["spaceSwitch"]} />
        </>
      )}
      {!isRange && isNumber(field) && (
        <TextInput
          label={t("search.values")}
          aria-label={t("search.values_of", { setting: label })}
          placeholder={t("search.values_placeholder")}
          value={row.values}
          error={problem}
          className={classes["spaceValues"]}
          onChange={(event) => onChange({ ...row, values: event.currentTarget.value })}
        />
      )}
      {!isNumber(field) && (
        <MultiSelect
          label={t("search.values")}
          aria-label={t("search.values_of", { setting: label })}
          data={field.options.map(([value, key]) => ({ value, label: key === null ? value : t(key) }))}
          value={listOf(row.values)}
          error={problem}
          className={classes["spaceValues"]}
          onChange={(values) => onChange({ ...row, values: values.join(", ") })}
        />
      )}
      <ActionIcon variant="subtle" color="gray" aria-label={t("search.remove", { setting: label })} onClick={onRemove} className={classes["spaceRemove"]}>
        <IconX size={16} aria-hidden />
      </ActionIcon>
    </div>
  );
}
