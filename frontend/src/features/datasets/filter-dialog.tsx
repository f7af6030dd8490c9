import { Button, Modal } from "@mantine/core";

import { CodeFold } from "@/components/code-fold.tsx";
import { Notice } from "@/components/notice.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { datasetCalls } from "@/features/datasets/calls.ts";
import { type FilterWish, useFilterCount, useFilterRows } from "@/features/datasets/change-queries.ts";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import { checkName } from "@/features/datasets/doctor-checks.ts";
import { useDoctorReport } from "@/features/datasets/doctor-queries.ts";
import { conditionWords } from "@/features/datasets/row-conditions.ts";
import { StaleNotice } from "@/features/datasets/stale-notice.tsx";
import { totalRows } from "@/features/datasets/version-counts.ts";
import { versionName } from "@/features/datasets/version-words.ts";
import type { FilterCount } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  wish: FilterWish;
  onMade: () => void;
  onClose: () => void;
}

/** How many rows remain, counted by the server, before anything is made. */
export function FilterDialog({ wish, onMade, onClose }: Props) {
  const { t, format } = useI18n();
  const { dataset, version, follow } = useDatasetWork();
  const counted = useFilterCount(dataset.id, version.id, wish);
  const make = useFilterRows(dataset.id);
  const isKept = "keep" in wish;
  const wanted = isKept ? wish.keep : wish.drop;
  const { data: report } = useDoctorReport(version.id);
  const finding = report?.findings.find(({ id }) => id === wanted.finding_id);
  const conditions = format.list(conditionWords(wanted, t, finding && checkName(finding.code, t)));
  const next = versionName({ number: version.number + 1 });
  const send = () =>
    make.mutate(
      { baseId: version.id, wish },
      {
        onSuccess: (change) => {
          follow(change);
          onClose();
          onMade();
        },
      },
    );
  return (
    <Modal opened onClose={onClose} title={t(isKept ? "filter.keep" : "filter.drop")} centered closeButtonProps={{ "aria-label": t("action.close") }}>
      <div className="stack">
        <p>{t(isKept ? "filter.kept_are" : "filter.dropped_are", { conditions })}</p>
        <QueryView query={counted} lines={2}>
          {(count) => <Remaining count={count} />}
        </QueryView>
        <StaleNotice error={make.error} onLook={onClose} />
        <CodeFold calls={[datasetCalls.filterCount(dataset.id, version.id, wish), datasetCalls.filter(dataset.id, version.id, wish)]} />
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={onClose} disabled={make.isPending}>
            {t("action.cancel")}
          </Button>
          <Button onClick={send} loading={make.isPending} disabled={counted.data === undefined} data-autofocus>
            {t("filter.make", { version: next })}
          </Button>
        </div>
      </div>
    </Modal>
  );
}

function Remaining({ count }: { count: FilterCount }) {
  const { t } = useI18n();
  const { version } = useDatasetWork();
  const left = {
    train: version.num_rows.train - count.num_rows.train,
    validation: version.num_rows.validation - count.num_rows.validation,
    test: version.num_rows.test - count.num_rows.test,
  };
  return (
    <>
      <p>{t("filter.remaining", { version: versionName({ number: version.number + 1 }), count: totalRows({ num_rows: left }), ...left })}</p>
      <p className="small muted">{t("filter.left_out", { count: count.total, version: versionName(version) })}</p>
      {left.train === 0 && <Notice tone="warning">{t("filter.no_training")}</Notice>}
    </>
  );
}
