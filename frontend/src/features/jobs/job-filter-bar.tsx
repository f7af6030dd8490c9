import { Button, SegmentedControl, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";

import { useDatasets } from "@/features/datasets/dataset-queries.ts";
import { isNarrow, type JobFilter, sortOf, SORTS, STATE_GROUP_NAMES, STATE_GROUPS } from "@/features/jobs/job-filter.ts";
import { useBaseModels, useTagsInUse } from "@/features/jobs/job-queries.ts";
import classes from "@/features/jobs/job-filter.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const SEARCH_MS = 250;

interface Props {
  filter: JobFilter;
  onChange: (change: JobFilter) => void;
  onClear: () => void;
}

/** Which jobs, and in which order. All of it is in the address. */
export function JobFilterBar({ filter, onChange, onClear }: Props) {
  const { t } = useI18n();
  const tags = useTagsInUse().data?.data.map((tag) => tag.name) ?? [];
  const datasets = useDatasets().data?.pages.flatMap((page) => page.data) ?? [];
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
        <Search shown={filter.q ?? ""} onChange={(q) => onChange({ q })} />
      </div>
      <div className={classes["line"]}>
        <div className={classes["choices"]}>
          <Choice label={t("tags.one")} value={filter.tag} values={tags.map((tag) => [tag, tag])} onChange={(tag) => onChange({ tag })} />
          <Choice
            label={t("job.dataset")}
            value={filter.dataset_id}
            values={datasets.map(({ id, name }) => [id, name])}
            onChange={(dataset_id) => onChange({ dataset_id })}
          />
          <Choice
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

interface SearchProps {
  shown: string;
  onChange: (q: string) => void;
}

/** Asks a moment after the last key; what comes from elsewhere, such as a saved view, is taken over. */
function Search({ shown, onChange }: SearchProps) {
  const { t } = useI18n();
  const [text, setText] = useState(shown);
  const [last, setLast] = useState(shown);
  if (shown !== last) {
    setLast(shown);
    if (shown !== text.trim()) setText(shown);
  }
  const ask = useDebouncedCallback((value: string) => onChange(value.trim()), SEARCH_MS);
  return (
    <TextInput
      aria-label={t("jobs.search")}
      placeholder={t("jobs.search")}
      type="search"
      maxLength={200}
      leftSection={<IconSearch size={15} aria-hidden />}
      value={text}
      className={classes["search"]}
      onChange={(event) => {
        setText(event.currentTarget.value);
        ask(event.currentTarget.value);
      }}
    />
  );
}

interface ChoiceProps {
  label: string;
  value: string | undefined;
  values: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
}

function Choice({ label, value, values, onChange }: ChoiceProps) {
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
