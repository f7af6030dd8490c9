import { Switch, TextInput } from "@mantine/core";

import { Notice } from "@/components/notice.tsx";
import { Section } from "@/components/section.tsx";
import { type BatchAxes, type BatchRow, countCombinations, MOST_COMBINATIONS, seedProblem } from "@/features/jobs/batch-form.ts";
import { BatchTable } from "@/features/jobs/batch-table.tsx";
import { METHODS } from "@/features/jobs/expert-settings.ts";
import classes from "@/features/jobs/launch.module.css";
import { describeProblem } from "@/features/jobs/number-text.ts";
import type { Estimated } from "@/features/jobs/use-estimate.ts";
import type { Outcomes } from "@/features/jobs/use-launch-batch.ts";
import type { BaseModel, DatasetVersion, TaskName } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

export interface Batch {
  axes: BatchAxes;
  rows: readonly BatchRow[];
  estimates: readonly Estimated[];
  chosen: ReadonlySet<string>;
  outcomes: Outcomes;
}

interface Props {
  batch: Batch | null;
  task: TaskName;
  models: readonly BaseModel[];
  versions: readonly DatasetVersion[];
  isPending: boolean;
  onTurn: (isOn: boolean) => void;
  onAxes: (axes: BatchAxes) => void;
  onToggle: (key: string, isOn: boolean) => void;
}

interface AxisProps {
  legend: string;
  options: readonly { value: string; label: string }[];
  chosen: readonly string[];
  isDisabled: boolean;
  onChange: (chosen: string[]) => void;
}

/** One thing that the jobs may differ in. */
function Axis({ legend, options, chosen, isDisabled, onChange }: AxisProps) {
  return (
    <fieldset className={classes["axis"]} disabled={isDisabled}>
      <legend>{legend}</legend>
      <div>
        {options.map(({ value, label }) => (
          <label key={value}>
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              // In the order in which they are offered, not in which they were clicked.
              onChange={(event) => onChange(options.map((option) => option.value).filter((other) => (other === value ? event.currentTarget.checked : chosen.includes(other))))}
            />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** The same decisions for several jobs at once: what they differ in, and a row for each. */
export function BatchSection({ batch, task, models, versions, isPending, onTurn, onAxes, onToggle }: Props) {
  const { t } = useI18n();
  const able = models.filter(({ tasks }) => tasks.includes(task));
  const methods = METHODS.filter((method) => able.some((model) => model.methods.includes(method)));
  return (
    <Section title={t("batch.title")} hint={t("batch.hint")}>
      <div className="stack">
        <Switch label={t("batch.turn_on")} checked={batch !== null} disabled={isPending} onChange={(event) => onTurn(event.currentTarget.checked)} />
        {batch !== null && (
          <>
            <div className={classes["axes"]}>
              <Axis legend={t("batch.base_models")} options={able.map(({ slug, name }) => ({ value: slug, label: name }))} chosen={batch.axes.baseModels} isDisabled={isPending} onChange={(baseModels) => onAxes({ ...batch.axes, baseModels })} />
              <Axis
                legend={t("batch.methods")}
                options={methods.map((method) => ({ value: method, label: t(`method.${method}`) }))}
                chosen={batch.axes.methods}
                isDisabled={isPending}
                onChange={(chosen) => onAxes({ ...batch.axes, methods: methods.filter((method) => chosen.includes(method)) })}
              />
              {versions.length > 1 && (
                <Axis
                  legend={t("batch.versions")}
                  options={versions.map(({ id, number }) => ({ value: id, label: t("batch.version", { number }) }))}
                  chosen={batch.axes.versionIds}
                  isDisabled={isPending}
                  onChange={(versionIds) => onAxes({ ...batch.axes, versionIds })}
                />
              )}
              <TextInput
                className={classes["seeds"] ?? ""}
                label={t("batch.seeds")}
                description={t("batch.seeds_hint")}
                placeholder="0, 1, 2"
                inputMode="numeric"
                disabled={isPending}
                value={batch.axes.seeds}
                error={describeProblem(seedProblem(batch.axes.seeds), t)}
                onChange={(event) => onAxes({ ...batch.axes, seeds: event.currentTarget.value })}
              />
            </div>
            <Rows batch={batch} isPending={isPending} onToggle={onToggle} />
          </>
        )}
      </div>
    </Section>
  );
}

function Rows({ batch, isPending, onToggle }: { batch: Batch; isPending: boolean; onToggle: Props["onToggle"] }) {
  const { t } = useI18n();
  const count = countCombinations(batch.axes);
  if (count > MOST_COMBINATIONS) return <Notice tone="warning">{t("batch.too_many_combinations", { count, most: MOST_COMBINATIONS })}</Notice>;
  if (count < 2) return <p className="small muted">{t("batch.choose_two")}</p>;
  return <BatchTable rows={batch.rows} estimates={batch.estimates} chosen={batch.chosen} outcomes={batch.outcomes} isPending={isPending} onToggle={onToggle} />;
}
