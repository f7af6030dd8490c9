import { Button, SegmentedControl, Select, Switch } from "@mantine/core";
import { IconAdjustmentsHorizontal } from "@tabler/icons-react";
import { useId, useState } from "react";

import classes from "@/components/filter-bar.module.css";
import { FilterChoice } from "@/components/filter-choice.tsx";
import { SearchField } from "@/components/search-field.tsx";
import { DatasetSelect } from "@/features/datasets/dataset-select.tsx";
import { groupName, methodName } from "@/features/jobs/group-name.ts";
import { type FilterChange, GROUPINGS, groupingOf, isNarrow, type JobFilter, sortOf, SORTS, STATE_GROUP_NAMES, STATE_GROUPS } from "@/features/jobs/job-filter.ts";
import { useBaseModels, useTagsInUse } from "@/features/jobs/job-queries.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  filter: JobFilter;
  onChange: (change: FilterChange) => void;
  onClear: () => void;
}

/** What is chosen of these stands outside of what a phone folds. */
const ALWAYS_SEEN: ReadonlySet<string> = new Set(["state", "archived", "q"]);
const NO_GROUP = "none";
/** No tag has a comma. */
const UNTAGGED = ",";

/** Which jobs, in which order and groups. All of it is in the address. */
export function JobFilterBar({ filter, onChange, onClear }: Props) {
  const i18n = useI18n();
  const { t } = i18n;
  const tags = useTagsInUse().data?.data.map((tag) => tag.name) ?? [];
  const baseModels = useBaseModels().data?.data ?? [];
  // What a group has led here, to be seen and taken away.
  const narrow = [
    ...(filter.method ? [{ name: "method", label: t("job.method"), shown: methodName(filter.method, t) } as const] : []),
    ...(filter.task ? [{ name: "task", label: t("dataset.task"), shown: groupName("task", { value: filter.task, name: "" }, i18n) } as const] : []),
    ...(filter.week ? [{ name: "week", label: t("groups.by_week"), shown: groupName("week", { value: filter.week, name: "" }, i18n) } as const] : []),
    ...(filter.batch ? [{ name: "batch", label: t("groups.by_batch"), shown: groupName("batch", { value: filter.batch, name: "" }, i18n) } as const] : []),
  ];
  const id = useId();
  const isUsed = Object.keys(filter).some((name) => !ALWAYS_SEEN.has(name));
  const [wasUsed, setWasUsed] = useState(isUsed);
  const [isUnfolded, setUnfolded] = useState(isUsed);
  if (isUsed !== wasUsed) {
    setWasUsed(isUsed);
    // What an address or a saved view asks for is seen.
    if (isUsed) setUnfolded(true);
  }
  const group = STATE_GROUP_NAMES.find((name) => STATE_GROUPS[name] === (filter.state ?? ""));
  return (
    <div className={classes["bar"]}>
      <div className={classes["line"]}>
        <div className={classes["choices"]}>
          <SegmentedControl
            aria-label={t("jobs.filter")}
            value={group ?? ""}
            onChange={(value) => onChange({ state: STATE_GROUPS[STATE_GROUP_NAMES.find((name) => name === value) ?? "all"] })}
            data={STATE_GROUP_NAMES.map((name) => ({ value: name, label: t(`jobs.filter_${name}`) }))}
          />
          <Switch
            label={t("groups.put_away")}
            checked={filter.archived === "true"}
            onChange={(event) => onChange({ archived: event.currentTarget.checked ? "true" : undefined })}
          />
        </div>
        <SearchField label={t("jobs.search")} shown={filter.q ?? ""} onChange={(q) => onChange({ q })} />
        <Button
          variant="default"
          className={classes["unfold"]}
          aria-label={t("jobs.more_filters")}
          aria-expanded={isUnfolded}
          aria-controls={id}
          onClick={() => setUnfolded(!isUnfolded)}
        >
          <IconAdjustmentsHorizontal size={18} aria-hidden />
        </Button>
      </div>
      <div id={id} className={`${classes["line"] ?? ""} ${classes["folded"] ?? ""}`} data-open={isUnfolded || undefined}>
        <div className={classes["choices"]}>
          <FilterChoice
            label={t("tags.one")}
            value={filter.untagged === "true" ? UNTAGGED : filter.tag}
            values={[...(filter.untagged === "true" ? [[UNTAGGED, t("groups.untagged")] as const] : []), ...tags.map((tag) => [tag, tag] as const)]}
            onChange={(tag) => onChange(tag === UNTAGGED ? {} : { tag, untagged: undefined })}
          />
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
          {narrow.map(({ name, label, shown }) => (
            <FilterChoice key={name} label={label} value={filter[name]} values={[[filter[name] ?? "", shown]]} onChange={() => onChange({ [name]: "" })} />
          ))}
          {isNarrow(filter) && (
            <Button variant="default" size="sm" onClick={onClear}>
              {t("jobs.clear")}
            </Button>
          )}
        </div>
        <div className={classes["choices"]}>
          <Select
            aria-label={t("groups.by")}
            className={classes["choice"]}
            allowDeselect={false}
            value={filter.group ?? NO_GROUP}
            data={[{ value: NO_GROUP, label: t("groups.none") }, ...GROUPINGS.map((name) => ({ value: name, label: t(`groups.by_${name}`) }))]}
            onChange={(value) => onChange({ group: groupingOf(value) })}
          />
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
    </div>
  );
}
