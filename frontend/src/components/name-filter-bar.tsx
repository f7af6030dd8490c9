import { Button } from "@mantine/core";

import classes from "@/components/filter-bar.module.css";
import { FilterChoice } from "@/components/filter-choice.tsx";
import { SearchField } from "@/components/search-field.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { taskName, TASKS } from "@/lib/tasks.ts";
import { isNamed, type NameFilter, type NameFilterChange } from "@/lib/use-name-filter.ts";

interface Props {
  filter: NameFilter;
  onChange: (change: NameFilterChange) => void;
}

/** Which rows of a list, by their names and their task. */
export function NameFilterBar({ filter, onChange }: Props) {
  const { t } = useI18n();
  return (
    <div className={classes["bar"]}>
      <div className={classes["line"]}>
        <div className={classes["choices"]}>
          <FilterChoice label={t("dataset.task")} value={filter.task} values={TASKS.map((task) => [task, taskName(task, t)])} onChange={(task) => onChange({ task })} />
          {isNamed(filter) && (
            <Button variant="default" size="sm" onClick={() => onChange({ q: "", task: "" })}>
              {t("jobs.clear")}
            </Button>
          )}
        </div>
        <SearchField label={t("list.search")} shown={filter.q ?? ""} onChange={(q) => onChange({ q })} />
      </div>
    </div>
  );
}
