import { SegmentedControl, Select } from "@mantine/core";
import { useMemo, useState } from "react";

import { FoldText } from "@/components/fold-text.tsx";
import { Pager } from "@/components/pager.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { readText, readTexts } from "@/features/datasets/cell-text.ts";
import { ROWS_ON_A_PAGE, useVersionDiff } from "@/features/datasets/change-queries.ts";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import { sameCell } from "@/features/datasets/pending-changes.ts";
import { versionName } from "@/features/datasets/version-words.ts";
import classes from "@/features/datasets/versions.module.css";
import { MarkedWords } from "@/features/jobs/marked-words.tsx";
import { TextColumns } from "@/features/jobs/text-columns.tsx";
import type { DatasetVersion, DataRole, DifferenceKind, Row, RowPair, TaskRole } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { partTitle } from "@/lib/tasks.ts";
import { diffWords } from "@/lib/word-diff.ts";

const KINDS: readonly DifferenceKind[] = ["changed", "removed", "added"];
/** With less than this in common, two texts differ everywhere, and marks would only be noise. */
const FEWEST_SHARED = 0.3;

interface Props {
  versions: readonly DatasetVersion[];
  params: URLSearchParams;
  onCompare: (number: number, against: number) => void;
}

/** What lies between two versions, row by row. The address says which two. */
export function VersionDiff({ versions, params, onCompare }: Props) {
  const { t } = useI18n();
  const byNumber = (name: string) => versions.find(({ number }) => String(number) === params.get(name));
  const version = byNumber("version") ?? versions[0];
  const against = byNumber("against") ?? versions.find(({ id }) => id === version?.parent_id) ?? versions.find(({ id }) => id !== version?.id);
  if (version === undefined || against === undefined) return null;
  // The later one is what became of the earlier one, in whichever order they were chosen.
  const [later, earlier] = version.number >= against.number ? [version, against] : [against, version];
  const choices = versions.map((one) => ({ value: String(one.number), label: versionName(one) }));
  return (
    <Section title={t("diff.title", { from: versionName(earlier), to: versionName(later) })} hint={t("diff.hint")}>
      <div className="stack">
        <div className="row">
          <Select
            label={t("diff.from")}
            data={choices}
            value={String(earlier.number)}
            allowDeselect={false}
            w={120}
            onChange={(value) => onCompare(later.number, Number(value))}
          />
          <Select label={t("diff.to")} data={choices} value={String(later.number)} allowDeselect={false} w={120} onChange={(value) => onCompare(Number(value), earlier.number)} />
        </div>
        {later.id === earlier.id ? <p className="muted">{t("diff.same_version")}</p> : <Difference key={`${later.id} ${earlier.id}`} later={later} earlier={earlier} />}
      </div>
    </Section>
  );
}

/** Of the kinds that there are, the one with something in it. */
function firstKind(version: DatasetVersion, parentId: string): DifferenceKind {
  if (version.parent_id !== parentId || (version.num_changed ?? 0) > 0) return "changed";
  if ((version.num_removed ?? 0) > 0) return "removed";
  return (version.num_added ?? 0) > 0 ? "added" : "changed";
}

function Difference({ later, earlier }: { later: DatasetVersion; earlier: DatasetVersion }) {
  const { t } = useI18n();
  const [kind, setKind] = useState(firstKind(later, earlier.id));
  const [offset, setOffset] = useState(0);
  const diff = useVersionDiff(later.id, earlier.id, kind, offset);
  return (
    <QueryView query={diff} lines={5}>
      {({ counts, data, kind: shown }) => (
        <div className="stack">
          <div>
            <SegmentedControl
              aria-label={t("diff.kind")}
              data={KINDS.map((value) => ({ value, label: t(`diff.${value}`, { count: counts[value] }) }))}
              value={kind}
              onChange={(value) => {
                setKind(KINDS.find((one) => one === value) ?? "changed");
                setOffset(0);
              }}
            />
          </div>
          {data.length === 0 ? (
            <p className="muted">{t("diff.none")}</p>
          ) : (
            <>
              <ol className={classes["pairs"]} aria-label={t(`diff.${shown}`, { count: counts[shown] })}>
                {data.map((pair) => (
                  <li key={pair.id} className={classes["pair"]} data-kind={shown}>
                    <Pair pair={pair} />
                  </li>
                ))}
              </ol>
              <Pager offset={offset} shown={data.length} total={counts[shown]} size={ROWS_ON_A_PAGE} onOffset={setOffset} />
            </>
          )}
        </div>
      )}
    </QueryView>
  );
}

function Pair({ pair: { before, after } }: { pair: RowPair }) {
  const { t } = useI18n();
  const { dataset } = useDatasetWork();
  const row = after ?? before;
  if (row === null) return null;
  const roles = dataset.roles.filter(({ role }) => role in row.cells);
  return (
    <>
      <p className={classes["place"]}>
        <span className="num">{t("doctor.place", { row: row.row, split: t(`split.${row.split}`) })}</span>
        {before && after && before.split !== after.split && <span>{t("diff.moved", { from: t(`split.${before.split}`), to: t(`split.${after.split}`) })}</span>}
      </p>
      {roles.map(({ role, kind }) =>
        before && after && !sameCell(before.cells[role], after.cells[role]) ? (
          <ChangedCell key={role} role={role} kind={kind} before={before} after={after} />
        ) : (
          <PlainCell key={role} role={role} kind={kind} row={row} />
        ),
      )}
    </>
  );
}

interface CellProps {
  role: DataRole;
  kind: TaskRole["kind"];
}

function PlainCell({ role, kind, row }: CellProps & { row: Row }) {
  const { t } = useI18n();
  const text = row.long.includes(role) ? t("rows.long") : readText(row.cells[role], kind);
  return (
    <div className={classes["cell"]}>
      <span className={classes["role"]}>{partTitle(role, t)}</span>
      <div className={classes["text"]}>
        <FoldText text={text} />
      </div>
    </div>
  );
}

function ChangedCell({ role, kind, before, after }: CellProps & { before: Row; after: Row }) {
  const { t } = useI18n();
  const [old, now] = readTexts(before.cells[role], after.cells[role], kind);
  const diff = useMemo(() => diffWords(old, now), [old, now]);
  const isNear = diff.share >= FEWEST_SHARED;
  return (
    <div className={classes["cell"]}>
      <span className={classes["role"]}>{partTitle(role, t)}</span>
      <TextColumns
        columns={[
          { key: "before", name: t("diff.before"), text: old, ...(isNear && { marked: <MarkedWords parts={diff.wanted} as="del" /> }) },
          { key: "after", name: t("diff.after"), text: now, ...(isNear && { marked: <MarkedWords parts={diff.written} as="ins" /> }) },
        ]}
      />
    </div>
  );
}
