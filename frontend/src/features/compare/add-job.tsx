import { Select } from "@mantine/core";
import { useDeferredValue, useState } from "react";

import { type Asked, MOST_JOBS } from "@/features/compare/compare-address.ts";
import classes from "@/features/compare/compare.module.css";
import { useJobs } from "@/features/jobs/job-queries.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  asked: Asked;
  onAdd: (id: string) => void;
}

/** Finds another job by its name. */
export function AddJob({ asked, onAdd }: Props) {
  const { t } = useI18n();
  const [typed, setTyped] = useState("");
  const q = useDeferredValue(typed.trim());
  const jobs = useJobs(q === "" ? {} : { q });
  const options = (jobs.data?.pages ?? [])
    .flatMap((page) => page.data)
    .filter(({ id }) => !asked.ids.includes(id))
    .map((job) => ({ value: job.id, label: `${job.name} · ${job.dataset.name} v${job.dataset_version.number} · ${t(`job.state.${job.state}`)}` }));
  const isFull = asked.ids.length >= MOST_JOBS;
  return (
    <Select
      key={asked.ids.length}
      label={t("compare.add")}
      description={isFull ? t("compare.full", { most: MOST_JOBS }) : undefined}
      placeholder={t("jobs.search")}
      className={classes["add"]}
      maw={480}
      searchable
      disabled={isFull}
      data={options}
      // The server has looked for the words already, in notes as well.
      filter={({ options: found }) => found}
      searchValue={typed}
      onSearchChange={setTyped}
      nothingFoundMessage={jobs.isError ? t("compare.add_failed") : jobs.isPending ? t("state.loading") : t("jobs.none_found")}
      value={null}
      onChange={(id) => {
        if (id !== null) onAdd(id);
      }}
    />
  );
}
