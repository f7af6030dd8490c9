import { NumberInput, Select } from "@mantine/core";

import { Notice } from "@/components/notice.tsx";
import classes from "@/features/datasets/dataset.module.css";
import { guessSplitColumn } from "@/features/datasets/guess-split.ts";
import { carved, hasSeed, initialSplit, missingSplits, readsColumn, splitModes, type SplitPlan } from "@/features/datasets/split-plan.ts";
import type { ApiError } from "@/lib/api-error.ts";
import type { Dataset, SplitMode } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const SHARES = [0, 0.05, 0.1, 0.15, 0.2] as const;
const MAX_SEED = 2 ** 31 - 1;

interface Props {
  dataset: Dataset;
  plan: SplitPlan;
  refusal: ApiError | null;
  isReadOnly: boolean;
  onChange: (plan: SplitPlan) => void;
}

/** How rows are divided into training, validation and test, with what that means for these files. */
export function SplitFields({ dataset, plan, refusal, isReadOnly, onChange }: Props) {
  const { t, format } = useI18n();
  const missing = plan.mode === "given" ? [] : missingSplits(dataset);
  const taken = carved(dataset, plan);
  const first = initialSplit(dataset);
  const isFound = plan.mode === "given" && first.mode === "given" && plan.column === first.column && dataset.mapping?.split_mode !== "given";
  const modes = splitModes(dataset).map((mode) => ({ value: mode, label: t(`mapping.split_mode.${mode}`) }));
  return (
    <>
      <div className={classes["form"]}>
        <Select<SplitMode>
          label={t("mapping.split_mode")}
          data={modes}
          value={plan.mode}
          allowDeselect={false}
          disabled={isReadOnly}
          error={refusal?.messageFor("split_mode")}
          onChange={(mode) => {
            if (mode !== null) onChange({ ...plan, mode, column: guessSplitColumn(mode, dataset.columns) });
          }}
        />
        {readsColumn(plan.mode) && (
          <Select
            label={t("mapping.split_column")}
            placeholder={t("mapping.split_column_none")}
            data={dataset.columns.map(({ name }) => name)}
            value={plan.column}
            allowDeselect={false}
            disabled={isReadOnly}
            error={refusal?.messageFor("split_column")}
            onChange={(column) => onChange({ ...plan, column })}
          />
        )}
        {missing.map((split) => (
          <Select
            key={split}
            label={t(`mapping.${split}_share`)}
            data={[...new Set([...SHARES, plan[split]])].sort((a, b) => a - b).map((share) => ({ value: String(share), label: format.percent(share, 0) }))}
            value={String(plan[split])}
            allowDeselect={false}
            disabled={isReadOnly}
            error={refusal?.messageFor(`${split}_share`)}
            onChange={(share) => onChange({ ...plan, [split]: Number(share) })}
          />
        ))}
      </div>
      {isFound && <Notice tone="info">{t("mapping.split_found", { column: plan.column ?? "" })}</Notice>}
      {taken.length > 0 && (
        <Notice tone="warning">
          {taken.length === 2
            ? t("mapping.carves_both", { validation: format.percent(plan.validation, 0), test: format.percent(plan.test, 0) })
            : taken.map((split) => t(`mapping.carves_${split}`, { share: format.percent(plan[split], 0) }))}
        </Notice>
      )}
      <p className="small muted prose">{t(`mapping.split_hint.${plan.mode}`)}</p>
      {hasSeed(plan.mode) && (
        <details open={(refusal?.messageFor("split_seed") ?? null) !== null || plan.seed !== 0 || undefined}>
          <summary className="small">{t("mapping.more")}</summary>
          <NumberInput
            maw={280}
            label={t("mapping.split_seed")}
            description={t("mapping.split_seed_hint")}
            value={plan.seed}
            min={0}
            max={MAX_SEED}
            allowDecimal={false}
            disabled={isReadOnly}
            error={refusal?.messageFor("split_seed")}
            onChange={(seed) => onChange({ ...plan, seed: Number(seed) })}
          />
        </details>
      )}
    </>
  );
}
