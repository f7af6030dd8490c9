import { Button, SegmentedControl, Select } from "@mantine/core";

import classes from "@/components/filter-bar.module.css";
import { FilterChoice } from "@/components/filter-choice.tsx";
import { SearchField } from "@/components/search-field.tsx";
import { DatasetSelect } from "@/features/datasets/dataset-select.tsx";
import { isNarrow, type JobFilter, sortOf, SORTS, STATE_GROUP_NAMES, STATE_GROUPS } from "@/features/jobs/job-filter.ts";
import { useBaseModels, useTagsInUse } from "@/features/jobs/job-queries.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  filter: JobFilter;
  onChange: (change: JobFilter) => void;
  onClear: () => void;
}

/** Which jobs, and in which order. All of it is in the address. */
export function JobFilterBar({ filter, onChange, onClear }: Props) {
  const { t } = useI18n();
  const tags = useTagsInUse().data?.data.map((tag) => tag.name) ?? [];
  const baseModels = useBaseModels().data?.data ?? [];
  const group = STATE_GROUP_NAMES.find((name) => STATE_GROUPS[name] === (filter.state ?? ""));
  return (
    <div className={classes["bar"]}>
      <div className={classes["line"]}>
        <SegmentedControl
          aria-label={t("jobs.filter")}
          value={group ?? ""}
          onChange={(value) => onChange({ state: STATE_GROUPS[STATE_GROUP_NAMES.find((name) => name === value) ?? "all"] })}
          data={STATE_GROUP_NAMES.map((name) => ({ value: name, label: t(`jobs.filter_${name}`) }))}
        />
        <SearchField label={t("jobs.search")} shown={filter.q ?? ""} onChange={(q) => onChange({ q })} />
      </div>
      <div className={classes["line"]}>
        <div className={classes["choices"]}>
          <FilterChoice label={t("tags.one")} value={filter.tag} values={tags.map((tag) => [tag, tag])} onChange={(tag) => onChange({ tag })} />
          <DatasetSelect
            aria-label={t("job.dataset")}
            placeholder={t("job.dataset")}
            className={classes["choice"]}
            clearable
            clearButtonProps={{ "aria-label": t("jobs.clear_one", { filter: t("job.dataset") }) }}
            value={filter.dataset_id ?? null}
            onChange={(id) => onChange({ dataset_id: id ?? "" })}
          />
          <FilterChoice
            label={t("job.base_model")}
            value={filter.base_model}
            values={baseModels.map(({ slug, name }) => [slug, name])}
            onChange={(base_model) => onChange({ base_model })}
          />
          {isNarrow(filter) && (
            <Button variant="default" size="sm" onClick={onClear}>
              {t("jobs.clear")}
            </Button>
          )}
        </div>
        <Select
          aria-label={t("jobs.sort")}
          className={classes["choice"]}
          allowDeselect={false}
          value={filter.sort ?? SORTS[0]}
          data={SORTS.map((name) => ({ value: name, label: t(`jobs.sort_${name}`) }))}
          onChange={(value) => onChange({ sort: sortOf(value) ?? SORTS[0] })}
        />
      </div>
    </div>
  );
}
