import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { IconFlame, IconSearch } from "@tabler/icons-react";
import { useDeferredValue, useState } from "react";

import { ButtonLink } from "@/components/button-link.tsx";
import { CodeButton } from "@/components/code-button.tsx";
import { ErrorPanel } from "@/components/error-panel.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { StatePanel } from "@/components/state-panel.tsx";
import { useJobs } from "@/features/jobs/job-queries.ts";
import { JobSelectionBar } from "@/features/jobs/job-selection-bar.tsx";
import { JobTable } from "@/features/jobs/job-table.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canWrite } from "@/lib/permissions.ts";
import { useRowSelection } from "@/lib/row-selection.ts";

const FILTERS = {
  all: "",
  active: "draft,validating,searching,queued,starting,running,finalizing,retry_wait,paused",
  succeeded: "succeeded",
  failed: "failed,cancelled",
} as const;
type FilterName = keyof typeof FILTERS;
const NAMES = Object.keys(FILTERS) as FilterName[];

export function JobsPage() {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const [filter, setFilter] = useState<FilterName>("all");
  const [search, setSearch] = useState("");
  const q = useDeferredValue(search.trim());
  const wanted = { ...(filter === "all" ? {} : { state: FILTERS[filter] }), ...(q === "" ? {} : { q }) };
  const jobs = useJobs(wanted);
  const rows = jobs.data?.pages.flatMap((page) => page.data);
  const selection = useRowSelection(rows?.map(({ id }) => id) ?? []);
  const isUnfiltered = filter === "all" && q === "";
  const create = canWrite(tenant.role) && <ButtonLink to="/jobs/new">{t("job.new")}</ButtonLink>;
  const query = new URLSearchParams(wanted).toString();
  const listCall = { method: "GET", path: `/api/v1/jobs${query === "" ? "" : `?${query}`}` } as const;
  const headerActions = (
    <>
      <CodeButton title={t("code.list_title")} steps={[{ label: t("code.list"), call: listCall }]} />
      {create}
    </>
  );
  return (
    <>
      <PageHeader title={t("nav.jobs")} lead={t("jobs.lead")} actions={rows?.length === 0 && isUnfiltered ? undefined : headerActions} />
      {!(rows?.length === 0 && isUnfiltered) && (
        <div className="row" style={{ marginBottom: 16, justifyContent: "space-between" }}>
          <SegmentedControl
            aria-label={t("jobs.filter")}
            value={filter}
            onChange={(value) => setFilter(NAMES.find((name) => name === value) ?? "all")}
            data={NAMES.map((name) => ({ value: name, label: t(`jobs.filter_${name}`) }))}
          />
          <TextInput
            aria-label={t("jobs.search")}
            placeholder={t("jobs.search")}
            type="search"
            leftSection={<IconSearch size={15} aria-hidden />}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            w={220}
          />
        </div>
      )}
      {rows === undefined && (jobs.isError ? <ErrorPanel error={jobs.error} onRetry={() => void jobs.refetch()} /> : <Skeleton lines={5} />)}
      {rows?.length === 0 &&
        (isUnfiltered ? (
          <StatePanel icon={<IconFlame size={28} />} title={t("jobs.empty_title")} action={create}>
            <p>{t("jobs.empty_hint")}</p>
          </StatePanel>
        ) : (
          <p className="muted">{t("jobs.none_found")}</p>
        ))}
      {rows && rows.length > 0 && <JobTable jobs={rows} label={t("nav.jobs")} selection={selection} />}
      {jobs.hasNextPage && (
        <Button variant="default" mt="md" loading={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>
          {t("action.more")}
        </Button>
      )}
      <JobSelectionBar jobs={rows ?? []} selection={selection} />
    </>
  );
}
