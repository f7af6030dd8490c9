import { Button } from "@mantine/core";
import { IconStarFilled } from "@tabler/icons-react";
import { useState } from "react";

import { Chip } from "@/components/chip.tsx";
import { SortHeader } from "@/components/sort-header.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import classes from "@/features/jobs/trials.module.css";
import { settingLabel, settingText, type TrialValue, variedSettings } from "@/features/jobs/trial-facts.ts";
import type { Job, Trial } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useSort } from "@/lib/use-sort.ts";

const FEW = 20;
const TONES = { complete: "cool", pruned: "stopped", failed: "failed" } as const;

interface Props {
  job: Job;
  trials: readonly Trial[];
  value: TrialValue;
  active: number | null;
  onActive: (number: number | null) => void;
}

type Key = string | number | boolean | null;

function compare(a: Key, b: Key): number {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
}

/** Every trial, the best first; what has no value comes last whichever way it is sorted. */
export function TrialsTable({ job, trials, value, active, onActive }: Props) {
  const i18n = useI18n();
  const { t, format } = i18n;
  const [isWhole, setIsWhole] = useState(false);
  const settings = variedSettings(job);
  const best = job.search?.best?.number ?? null;
  const columns = [
    { key: "number", label: t("trials.trial"), of: (trial: Trial): Key => trial.number },
    { key: "value", label: value.label, of: (trial: Trial): Key => trial.value },
    ...settings.map((path) => ({ key: path, label: settingLabel(path, job, i18n), of: (trial: Trial): Key => trial.settings[path] ?? null })),
    { key: "state", label: t("field.state"), of: (trial: Trial): Key => trial.state },
    { key: "steps", label: t("trials.steps"), of: (trial: Trial): Key => trial.steps },
    { key: "seconds", label: t("job.duration"), of: (trial: Trial): Key => trial.seconds },
  ];
  const [sort, setSort] = useSort("trials", columns.map((column) => column.key), { column: "value", isRising: false });
  const key = columns.find((column) => column.key === sort.column)?.of ?? ((trial: Trial) => trial.number);
  const rows = [...trials].sort((a, b) => {
    const left = key(a);
    const right = key(b);
    if (left === null || right === null) return (left === null ? 1 : 0) - (right === null ? 1 : 0);
    return (sort.isRising ? compare(left, right) : compare(right, left)) || a.number - b.number;
  });
  const shown = isWhole ? rows : rows.slice(0, FEW);
  return (
    <div className="stack">
      <TableScroll label={t("trials.title")}>
        <table className="table">
          <thead>
            <tr>
              {columns.map((column) => {
                const isSorted = sort.column === column.key;
                return (
                  <SortHeader
                    key={column.key}
                    label={column.label}
                    isNumber={column.key !== "number" && column.key !== "state"}
                    isRising={isSorted ? sort.isRising : null}
                    onSort={() => setSort({ column: column.key, isRising: isSorted ? !sort.isRising : column.key !== "value" })}
                  />
                );
              })}
            </tr>
          </thead>
          <tbody>
            {shown.map((trial) => (
              <tr key={trial.number} className={classes["row"]} data-active={trial.number === active || undefined} onPointerEnter={() => onActive(trial.number)} onPointerLeave={() => onActive(null)}>
                <th scope="row">
                  {format.integer(trial.number + 1)}
                  {trial.number === best && (
                    <span className={classes["best"]}>
                      {" "}
                      <IconStarFilled size={11} aria-hidden /> {t("trials.best")}
                    </span>
                  )}
                </th>
                <td className="num">{trial.value === null ? "–" : value.text(trial.value)}</td>
                {settings.map((path) => (
                  <td key={path} className="num">
                    {settingText(path, trial.settings[path], job, i18n)}
                  </td>
                ))}
                <td>
                  <Chip tone={TONES[trial.state]}>{t(`trials.${trial.state}`)}</Chip>
                  {trial.reason !== null && <p className={classes["reason"]}>{trial.reason.message}</p>}
                </td>
                <td className="num">{trial.state === "complete" ? format.integer(trial.steps) : "–"}</td>
                <td className="num">{format.duration(trial.seconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      {rows.length > FEW && (
        <div>
          <Button size="sm" variant="default" onClick={() => setIsWhole(!isWhole)}>
            {isWhole ? t("action.fewer") : t("trials.all", { count: rows.length })}
          </Button>
        </div>
      )}
    </div>
  );
}
