import { Button, Checkbox, Modal } from "@mantine/core";
import { useState } from "react";

import { CodeFold } from "@/components/code-fold.tsx";
import { datasetCalls } from "@/features/datasets/calls.ts";
import { fixLabel } from "@/features/datasets/doctor-checks.ts";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import { useAcceptFix } from "@/features/datasets/change-queries.ts";
import classes from "@/features/datasets/doctor.module.css";
import { fixChange, labelDoubt, type FixChange } from "@/features/datasets/found-notes.ts";
import { StaleNotice } from "@/features/datasets/stale-notice.tsx";
import { totalRows } from "@/features/datasets/version-counts.ts";
import { versionName } from "@/features/datasets/version-words.ts";
import type { DataRole, DoctorFinding, Fix } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { partTitle } from "@/lib/tasks.ts";

const SHOWN = 4;
const PARTS = { same: "span", gone: "del", new: "ins" } as const;
const GONE: readonly Fix["name"][] = ["drop", "keep_one"];

interface Props {
  finding: DoctorFinding;
  fix: Fix;
  roles: readonly string[];
  onClose: () => void;
}

/** Says what a fix will do, with rows to see it by, and then has it done. */
export function FixDialog({ finding, fix, roles, onClose }: Props) {
  const { t } = useI18n();
  const { dataset, version, follow } = useDatasetWork();
  const accept = useAcceptFix(dataset.id, version.id);
  const label = fixLabel(finding, fix, t);
  const columns = [...new Set(fix.by_columns.flatMap((part) => part.columns))];
  const [chosen, setChosen] = useState<string[]>(columns);
  const isWhole = chosen.length === columns.length;
  const part = fix.by_columns.find((one) => one.columns.length === chosen.length && one.columns.every((role) => chosen.includes(role)));
  const body = isWhole ? { fix: fix.name } : { fix: fix.name, columns: chosen };
  const numChanges = isWhole ? fix.num_changes : (part?.num_changes ?? 0);
  const dropped = fix.name !== "mask" ? 0 : isWhole ? numberOf(finding, "mask_drops") : (part?.num_dropped ?? 0);
  const left = numberOf(finding, "left");
  const next = `v${version.number + 1}`;
  const run = () =>
    accept.mutate(
      { findingId: finding.id, ...body },
      {
        onSuccess: (change) => {
          follow(change);
          onClose();
        },
      },
    );
  return (
    <Modal opened onClose={onClose} title={label} centered size="lg" closeButtonProps={{ "aria-label": t("action.close") }}>
      <div className="stack">
        {columns.length > 0 && (
          <Checkbox.Group label={t("fix.columns")} value={chosen} onChange={setChosen}>
            <div className="row">
              {columns.map((role) => (
                <Checkbox key={role} value={role} label={partTitle(role as DataRole, t)} />
              ))}
            </div>
          </Checkbox.Group>
        )}
        <p>{t(`fix_effect.${fix.name}`, { count: numChanges - dropped })}</p>
        {dropped > 0 && <p>{t("fix_effect.mask_drops", { count: dropped })}</p>}
        {left > 0 && (fix.name === "repair" || fix.name === "relabel") && <p>{t(`fix_effect.${fix.name}_left`, { count: left })}</p>}
        <p className="muted">{t("fix.keeps", { version: versionName(version), next, count: totalRows(version) })}</p>
        {finding.examples.length > 0 && (
          <div>
            <p className="small faint">{t("fix.examples")}</p>
            <ul className={classes["effects"]}>
              {finding.examples.slice(0, SHOWN).map((row) => (
                <li key={row.id} data-gone={GONE.includes(fix.name) || undefined}>
                  <FixedText change={fixChange(row, fix.name)} chosen={isWhole ? null : chosen}>
                    {roles.map((role) => row.cells[role]).find((cell) => cell !== undefined && cell !== "") ?? "–"}
                  </FixedText>
                  <FixOutcome fix={fix} suggested={labelDoubt(row)?.suggested ?? null} />
                </li>
              ))}
            </ul>
          </div>
        )}
        <StaleNotice error={accept.error} onLook={onClose} />
        <CodeFold calls={[datasetCalls.acceptFix(finding.id, body)]} />
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={onClose} disabled={accept.isPending}>
            {t("action.cancel")}
          </Button>
          <Button onClick={run} loading={accept.isPending} disabled={!isWhole && part === undefined} data-autofocus>
            {t("fix.run", { version: next })}
          </Button>
        </div>
      </div>
    </Modal>
  );
}

function numberOf({ params }: DoctorFinding, name: string): number {
  const value = params[name];
  return typeof value === "number" ? value : 0;
}

/** The place of a text that changes, as it is and as it will be; the text where that is not known, or not in the chosen columns. */
function FixedText({ change, chosen, children }: { change: FixChange | null; chosen: readonly string[] | null; children: string }) {
  if (change === null || chosen?.includes(change.role) === false) return <span className="name">{children}</span>;
  return (
    <span className={classes["fixed"]}>
      {change.parts.map(({ kind, text }, index) => {
        const Part = PARTS[kind];
        return <Part key={index}>{text}</Part>;
      })}
    </span>
  );
}

function FixOutcome({ fix, suggested }: { fix: Fix; suggested: string | null }) {
  const { t } = useI18n();
  if (suggested !== null && (fix.name === "relabel" || fix.name === "merge_labels")) {
    return (
      <span className={classes["label"]} data-tone="suggested">
        <bdi className="name">{suggested}</bdi>
      </span>
    );
  }
  return <span className="small faint">{t(`fix_outcome.${fix.name}`)}</span>;
}
