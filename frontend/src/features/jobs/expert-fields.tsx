import { Select, Switch, TextInput } from "@mantine/core";

import { checkNumber, fieldsFor, HEADS, type JobForm, type NumberField, type NumberProblem, PATIENCE, SCHEDULES, WATCHED } from "@/features/jobs/job-form.ts";
import classes from "@/features/jobs/job.module.css";
import type { ApiError } from "@/lib/api-error.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { describeMetric } from "@/lib/metrics.ts";

interface Props {
  form: JobForm;
  error: ApiError | null;
  onChange: (change: Partial<JobForm>) => void;
}

function describe(problem: NumberProblem | null, t: Translate): string | null {
  if (problem === null) return null;
  if (problem.kind === "out_of_range") return t("expert.out_of_range", { min: String(problem.min), max: String(problem.max) });
  return t(`expert.${problem.kind}`);
}

function fallbackText(field: NumberField, t: Translate): string {
  if (field.fallback === "auto") return t("expert.auto");
  return field.fallback === "none" ? t("expert.no_limit") : field.fallback;
}

export function ExpertFields({ form, error, onChange }: Props) {
  const i18n = useI18n();
  const { t } = i18n;
  const watchable = [...new Set<string>(["auto", ...WATCHED[form.task], form.watched])];
  const serverError = (field: NumberField) => error?.messageFor(field.group === "root" ? field.name : `${field.group}.${field.name}`) ?? null;
  return (
    <div className={classes["grid"]}>
      {fieldsFor(form.method).map((field) => {
        const text = form.numbers[field.key] ?? "";
        return (
          <TextInput
            key={field.key}
            label={t(field.label)}
            description={t(field.hint)}
            inputMode={field.isInteger ? "numeric" : "decimal"}
            placeholder={fallbackText(field, t)}
            value={text}
            error={describe(checkNumber(field, text), t) ?? serverError(field)}
            onChange={(event) => onChange({ numbers: { ...form.numbers, [field.key]: event.currentTarget.value } })}
          />
        );
      })}
      <Select
        label={t("expert.schedule")}
        description={t("expert.schedule_hint")}
        data={SCHEDULES.map((value) => ({ value, label: t(`schedule.${value}`) }))}
        value={form.schedule}
        allowDeselect={false}
        onChange={(value) => onChange({ schedule: SCHEDULES.find((entry) => entry === value) ?? "linear" })}
      />
      <Select
        label={t("expert.head")}
        description={t("expert.head_hint")}
        data={HEADS.map((value) => ({ value, label: t(`head.${value}`) }))}
        value={form.head}
        allowDeselect={false}
        onChange={(value) => onChange({ head: HEADS.find((entry) => entry === value) ?? "auto" })}
      />
      <div className="stack" style={{ gap: 8 }}>
        <Switch
          label={t("expert.early_stopping")}
          checked={form.isStoppedEarly}
          onChange={(event) => onChange({ isStoppedEarly: event.currentTarget.checked })}
        />
        <p className="small muted">{t("expert.early_stopping_hint")}</p>
      </div>
      {form.isStoppedEarly && (
        <>
          <Select
            label={t("expert.watched")}
            data={watchable.map((value) => ({ value, label: value === "auto" ? t("expert.watched_auto") : describeMetric(value, i18n).label }))}
            value={form.watched}
            allowDeselect={false}
            onChange={(value) => onChange({ watched: value ?? "auto" })}
          />
          <TextInput
            label={t("expert.patience")}
            inputMode="numeric"
            value={form.patience}
            error={describe(checkNumber(PATIENCE, form.patience), t)}
            onChange={(event) => onChange({ patience: event.currentTarget.value })}
          />
        </>
      )}
    </div>
  );
}
