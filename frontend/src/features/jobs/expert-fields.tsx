import { Select, Switch, TextInput } from "@mantine/core";

import { CHOICE_FIELDS, type ChoiceField, fieldsFor, hasTargetModules, isOf, type NumberField, pathOf, SWITCH_FIELDS } from "@/features/jobs/expert-settings.ts";
import { type JobForm, PATIENCE, WATCHED } from "@/features/jobs/job-form.ts";
import classes from "@/features/jobs/job.module.css";
import { checkNumber, describeProblem } from "@/features/jobs/number-text.ts";
import { ProposedField } from "@/features/jobs/proposed-field.tsx";
import type { Marked } from "@/features/jobs/proposal.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { ApiError } from "@/lib/api-error.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { describeMetric } from "@/lib/metrics.ts";

interface Props {
  form: JobForm;
  marked: Marked | null;
  error: ApiError | null;
  onChange: (change: Partial<JobForm>) => void;
}

const FALLBACKS = new Map([
  ["auto", "expert.auto"],
  ["none", "expert.no_limit"],
  ["all", "expert.all"],
  ["by_reduction", "expert.by_reduction"],
] as const);

function fallbackText({ fallback }: NumberField, t: Translate): string {
  const words = [...FALLBACKS].find(([name]) => name === fallback)?.[1];
  return words === undefined ? fallback : t(words);
}

/** What of the chosen method can be set. */
export function MethodFields({ form, marked, error, onChange }: Props) {
  const { t } = useI18n();
  return (
    <>
      <Fields form={form} marked={marked} error={error} onChange={onChange} isShown={({ group }) => group === "method"} />
      {hasTargetModules(form.method) && (
        <TextInput
          label={t("expert.target_modules")}
          description={t("expert.target_modules_hint")}
          placeholder={t("expert.auto")}
          value={form.targetModules}
          error={error?.messageUnder("method.target_modules")}
          onChange={(event) => onChange({ targetModules: event.currentTarget.value })}
        />
      )}
    </>
  );
}

/** Everything else: how the weights are moved, how long, and when it ends. */
export function ExpertFields({ form, marked, error, onChange }: Props) {
  const i18n = useI18n();
  const { t } = i18n;
  // A search has budgets of its own, among its settings.
  const isSearching = form.search.type !== "none";
  const watchable = [...new Set<string>(["auto", ...WATCHED[form.task], form.watched])];
  return (
    <div className={classes["grid"]}>
      <Fields form={form} marked={marked} error={error} onChange={onChange} isShown={({ group, name }) => group !== "method" && !(isSearching && name.startsWith("budget_"))} />
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
            error={error?.messageFor("optimisation.early_stopping.metric")}
            onChange={(value) => onChange({ watched: value ?? "auto" })}
          />
          <TextInput
            label={t("expert.patience")}
            inputMode="numeric"
            placeholder={t("expert.auto")}
            value={form.patience}
            error={describeProblem(checkNumber(PATIENCE, form.patience), t) ?? error?.messageFor("optimisation.early_stopping.patience")}
            onChange={(event) => onChange({ patience: event.currentTarget.value })}
          />
        </>
      )}
    </div>
  );
}

function Fields({ form, marked, error, onChange, isShown }: Props & { isShown: (field: Pick<NumberField, "group" | "name">) => boolean }) {
  const { t, format } = useI18n();
  const currency = format.currencySign(useWorkspace().currency);
  const isThere = isOf(form);
  const choose = (field: ChoiceField, value: string | null) => {
    const others = Object.fromEntries(Object.entries(form.choices).filter(([key]) => key !== field.key));
    onChange({ choices: value === null || value === field.options[0]?.[0] ? others : { ...others, [field.key]: value } });
  };
  const turn = (key: string, isOn: boolean) => onChange({ switches: isOn ? [...form.switches, key] : form.switches.filter((other) => other !== key) });
  return (
    <>
      {fieldsFor(form)
        .filter(isShown)
        .map((field) => {
          const text = form.numbers[field.key] ?? "";
          return (
            <ProposedField key={field.key} marked={marked?.key === field.key ? marked : null}>
              <TextInput
                label={t(field.label, { currency })}
                description={t(field.hint)}
                inputMode={field.isInteger ? "numeric" : "decimal"}
                placeholder={fallbackText(field, t)}
                value={text}
                error={describeProblem(checkNumber(field, text), t) ?? error?.messageFor(pathOf(field))}
                onChange={(event) => onChange({ numbers: { ...form.numbers, [field.key]: event.currentTarget.value } })}
              />
            </ProposedField>
          );
        })}
      {CHOICE_FIELDS.filter((field) => isThere(field) && isShown(field)).map((field) => (
        <ProposedField key={field.key} marked={marked?.key === field.key ? marked : null}>
          <Select
            label={t(field.label)}
            description={t(field.hint)}
            data={field.options.map(([value, words]) => ({ value, label: words === null ? value : t(words) }))}
            value={form.choices[field.key] ?? field.options[0]?.[0] ?? null}
            allowDeselect={false}
            error={error?.messageFor(pathOf(field))}
            onChange={(value) => choose(field, value)}
          />
        </ProposedField>
      ))}
      {SWITCH_FIELDS.filter((field) => isThere(field) && isShown(field)).map((field) => (
        <ProposedField key={field.key} marked={marked?.key === field.key ? marked : null}>
          <Switch
            label={t(field.label)}
            description={t(field.hint)}
            checked={form.switches.includes(field.key)}
            error={error?.messageFor(pathOf(field))}
            onChange={(event) => turn(field.key, event.currentTarget.checked)}
          />
        </ProposedField>
      ))}
    </>
  );
}
