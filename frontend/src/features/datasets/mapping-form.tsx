import { Button, Select, TextInput } from "@mantine/core";
import { type SyntheticEvent, useRef, useState } from "react";

import { CodeFold } from "@/components/code-fold.tsx";
import { ErrorNotice } from "@/components/error-notice.tsx";
import { Notice } from "@/components/notice.tsx";
import { datasetCalls } from "@/features/datasets/calls.ts";
import { useMapDataset } from "@/features/datasets/dataset-queries.ts";
import classes from "@/features/datasets/dataset.module.css";
import { type Choice, chosen, initialChoice, isComplete, isLearnt, repeated } from "@/features/datasets/mapping.ts";
import { SplitFields } from "@/features/datasets/split-fields.tsx";
import { initialSplit, isDivisible, isWholeSplit, splitChoice, splitFields, type SplitPlan } from "@/features/datasets/split-plan.ts";
import { versionName } from "@/features/datasets/version-words.ts";
import { ApiError } from "@/lib/api-error.ts";
import type { Dataset, DatasetColumn, MappingChoice } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { partName, partTitle } from "@/lib/tasks.ts";
import { useFocusRefused } from "@/lib/use-focus-refused.ts";

const SAMPLES = 4;
const SURE = 0.8;
const MAX_SEPARATORS = 10;

interface Props {
  dataset: Dataset;
  isReadOnly: boolean;
}

/** What the server thinks the columns are, with examples to judge it by; one choice corrects it. */
export function MappingForm({ dataset, isReadOnly }: Props) {
  const { t, format } = useI18n();
  const save = useMapDataset(dataset.id);
  const { roles } = dataset;
  const [choice, setChoice] = useState<Choice>(() => initialChoice(dataset));
  const [delimiter, setDelimiter] = useState(dataset.mapping?.delimiter ?? "");
  const [split, setSplit] = useState<SplitPlan>(() => initialSplit(dataset));
  const hasLists = roles.some(({ kind }) => kind === "labels");
  const confidence = dataset.mapping?.confidence ?? null;
  const isGuess = dataset.state === "needs_mapping" && confidence !== null;
  const twice = repeated(roles, choice);
  const form = useRef<HTMLFormElement>(null);
  useFocusRefused(form, save.error);
  const refusal = save.error instanceof ApiError ? save.error : null;
  const fields = [...roles.map(({ role }) => role), ...(hasLists ? ["delimiter"] : []), ...splitFields(dataset, split)];
  const canSubmit = isComplete(roles, choice) && isWholeSplit(dataset, split) && !isReadOnly;

  const roleOf = (column: DatasetColumn) => roles.find(({ role }) => choice[role] === column.name);
  const wanted: MappingChoice = {
    ...Object.fromEntries(Object.entries(choice).filter(([, column]) => column !== null)),
    ...(hasLists && delimiter !== "" ? { delimiter } : {}),
    ...splitChoice(dataset, split),
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (canSubmit && !save.isPending) save.mutate(wanted);
  };
  const names = dataset.columns.map((column) => column.name);
  // Files know nothing of what was changed here; files that were added are read with the others, and edits before them are not.
  const changed = dataset.latest_version?.change != null && dataset.latest_version.change.kind !== "upload" ? dataset.latest_version : null;
  return (
    <form ref={form} className="stack" onSubmit={submit}>
      {changed !== null && !isReadOnly && <Notice tone="warning">{t("mapping.loses", { version: versionName(changed) })}</Notice>}
      {isGuess && (
        <Notice tone={confidence >= SURE ? "good" : "warning"}>
          {t(confidence >= SURE ? "mapping.sure" : "mapping.unsure", { percent: format.percent(confidence, 0) })}
        </Notice>
      )}
      <ul className={classes["columns"]} style={{ listStyle: "none", padding: 0 }} aria-label={t("mapping.columns")}>
        {dataset.columns.map((column) => {
          const own = roleOf(column);
          return (
            <li key={column.name} className={classes["column"]} data-use={own === undefined ? "none" : isLearnt(own) ? "learnt" : "read"}>
              <div className={classes["columnHead"]}>
                <span className="name" title={column.name}>
                  {column.name}
                </span>
                <span className={classes["role"]}>{own === undefined ? t("mapping.unused") : partName(own.role, t)}</span>
              </div>
              <p className="small faint">
                {t("mapping.distinct", { count: column.num_distinct })}
                {column.num_empty > 0 && ` · ${t("mapping.empty", { count: column.num_empty })}`}
              </p>
              <ul className={classes["samples"]}>
                {column.sample.slice(0, SAMPLES).map((sample, index) => (
                  // Samples repeat, and their order is fixed.
                  <li key={`${index} ${sample}`} title={sample}>
                    <bdi>{sample}</bdi>
                  </li>
                ))}
              </ul>
              {!isReadOnly && (
                <div className="row" style={{ marginTop: 8, gap: 4 }}>
                  {roles
                    .filter(({ role }) => role !== own?.role)
                    .map(({ role }) => (
                      <Button key={role} size="xs" variant="subtle" onClick={() => setChoice(chosen(choice, role, column.name))}>
                        {t("mapping.use_as", { part: partName(role, t) })}
                      </Button>
                    ))}
                </div>
              )}
            </li>
          );
        })}
      </ul>
      <div className={classes["form"]}>
        {roles.map(({ role, is_optional }) => (
          <Select
            key={role}
            label={t("mapping.column", { part: partTitle(role, t) })}
            description={is_optional ? t("mapping.optional") : undefined}
            data={names}
            value={choice[role] ?? null}
            onChange={(column) => setChoice({ ...choice, [role]: column })}
            disabled={isReadOnly}
            allowDeselect={is_optional}
            clearable={is_optional}
            error={twice.has(role) ? t("mapping.same") : refusal?.messageFor(role)}
          />
        ))}
        {hasLists && (
          <TextInput
            label={t("mapping.delimiter")}
            description={t("mapping.delimiter_hint")}
            value={delimiter}
            maxLength={MAX_SEPARATORS}
            disabled={isReadOnly}
            error={refusal?.messageFor("delimiter")}
            onChange={(event) => setDelimiter(event.currentTarget.value)}
          />
        )}
      </div>
      {isDivisible(dataset) && <SplitFields dataset={dataset} plan={split} refusal={refusal} isReadOnly={isReadOnly} onChange={setSplit} />}
      {refusal?.isOnlyAbout(fields) !== true && <ErrorNotice error={save.error} />}
      {canSubmit && <CodeFold calls={[datasetCalls.map(dataset.id, wanted)]} />}
      <div>
        <Button type="submit" loading={save.isPending} disabled={!canSubmit}>
          {t(dataset.latest_version ? "mapping.save_again" : "mapping.save")}
        </Button>
      </div>
    </form>
  );
}
