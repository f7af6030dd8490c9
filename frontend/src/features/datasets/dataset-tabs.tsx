import { Tabs } from "@mantine/core";
import { IconLayoutDashboard, IconStethoscope, IconTable, IconVersions } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { useLocation, useSearchParams } from "react-router";

import { ChangeBanner } from "@/features/datasets/change-banner.tsx";
import { useChange, useLatestChange } from "@/features/datasets/change-queries.ts";
import { DatasetOverview } from "@/features/datasets/dataset-overview.tsx";
import { datasetKeys, isMoving } from "@/features/datasets/dataset-queries.ts";
import { type DatasetWork, DatasetWorkContext } from "@/features/datasets/dataset-work.ts";
import classes from "@/features/datasets/dataset.module.css";
import { DoctorPanel } from "@/features/datasets/doctor-panel.tsx";
import { useDoctorReport } from "@/features/datasets/doctor-queries.ts";
import { PendingBar } from "@/features/datasets/pending-bar.tsx";
import { noChanges, pendingCount } from "@/features/datasets/pending-changes.ts";
import { keepPending, usePending } from "@/features/datasets/pending-store.ts";
import { followedIn } from "@/features/datasets/use-made-version.ts";
import { RowsPanel } from "@/features/datasets/rows-panel.tsx";
import { VersionsPanel } from "@/features/datasets/versions-panel.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Dataset, DatasetChange, DatasetVersion } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { usePageActions } from "@/lib/page-actions.ts";
import { canTakeAway, canWrite } from "@/lib/permissions.ts";

const TABS = ["overview", "rows", "doctor", "versions"] as const;
type TabName = (typeof TABS)[number];
const TAB_ICONS = { overview: IconLayoutDashboard, rows: IconTable, doctor: IconStethoscope, versions: IconVersions } as const;

interface Props {
  dataset: Dataset;
  version: DatasetVersion;
}

/** A dataset that has a version, in four tabs; the address says which one is open. */
export function DatasetTabs({ dataset, version }: Props) {
  const { t } = useI18n();
  const [params, setParams] = useSearchParams();
  const work = useWork(dataset, version);
  const { data: latest } = useLatestChange(dataset.id);
  const location = useLocation();
  const [followed, setFollowed] = useState<string | null>(() => followedIn(location.state));
  const tab = TABS.find((name) => name === params.get("tab")) ?? "overview";
  const open = (value: string | null) => {
    const next = TABS.find((name) => name === value) ?? "overview";
    setParams(next === "overview" ? {} : { tab: next }, { preventScrollReset: true });
  };
  usePageActions(TABS.filter((name) => name !== tab).map((name) => ({ id: `tab-${name}`, label: t("palette.open_part", { part: t(`dataset.tab.${name}`) }), Icon: TAB_ICONS[name], run: () => open(name) })));
  const value = useMemo(() => ({ ...work, follow: (change: DatasetChange) => setFollowed(change.id) }), [work]);
  return (
    <DatasetWorkContext value={value}>
      {latest && (latest.state === "waiting" || latest.id === followed) && (
        <div className={classes["banner"]}>
          <ChangeBanner change={latest} onClose={() => setFollowed(null)} />
        </div>
      )}
      <Tabs value={tab} onChange={open} keepMounted={false}>
        <Tabs.List aria-label={t("dataset.parts")}>
          {TABS.map((name) => (
            <Tabs.Tab key={name} value={name} rightSection={<TabCount name={name} work={value} />}>
              {t(`dataset.tab.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="overview">
          <DatasetOverview />
        </Tabs.Panel>
        <Tabs.Panel value="rows">
          <RowsPanel />
        </Tabs.Panel>
        <Tabs.Panel value="doctor">
          <DoctorPanel key={version.id} />
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <VersionsPanel />
        </Tabs.Panel>
      </Tabs>
      {work.isWriter && <PendingBar />}
    </DatasetWorkContext>
  );
}

function useWork(dataset: Dataset, version: DatasetVersion): Omit<DatasetWork, "follow"> {
  const client = useQueryClient();
  const { tenant } = useWorkspace();
  const { data: latest } = useLatestChange(dataset.id);
  const kept = usePending(dataset.id);
  const { data: sent, isError: isLost } = useChange(dataset.id, kept?.changeId ?? null);
  // Whoever made it: a version that came to be while the page was open is the one to show.
  const isBehind = latest?.state === "applied" && latest.version !== null && latest.version.number > version.number;
  useEffect(() => {
    if (isBehind) void client.invalidateQueries({ queryKey: datasetKeys.detail(dataset.id) });
  }, [isBehind, client, dataset.id]);
  // What was made into a version is pending no more.
  useEffect(() => {
    if (sent?.state === "applied") keepPending(dataset.id, null);
  }, [sent?.state, dataset.id]);
  const isBusy = latest?.state === "waiting" || isBehind || isMoving(dataset);
  const [isWriter, mayTakeAway] = [canWrite(tenant), canTakeAway(tenant)];
  const isOnTheWay = kept?.changeId != null && sent?.state !== "failed" && !isLost;
  return useMemo(
    () => ({
      dataset,
      version,
      isWriter,
      canTakeAway: mayTakeAway,
      isBusy,
      canEdit: isWriter && !isOnTheWay,
      pending: kept ?? noChanges(version),
      setPending: (pending) => keepPending(dataset.id, pending),
      sent: kept?.changeId != null ? (sent ?? null) : null,
    }),
    [dataset, version, isWriter, mayTakeAway, isBusy, kept, sent, isOnTheWay],
  );
}

/** A number where there is something to see: open findings, pending changes, versions. */
function TabCount({ name, work }: { name: TabName; work: DatasetWork }) {
  const { format } = useI18n();
  const { data: report } = useDoctorReport(work.version.id);
  const count = {
    overview: 0,
    rows: pendingCount(work.pending),
    doctor: report?.findings.filter(({ decision }) => decision === "open").length ?? 0,
    versions: work.version.number > 1 ? work.version.number : 0,
  }[name];
  return count > 0 ? <span className={classes["tabCount"]}>{format.integer(count)}</span> : null;
}
