import { TextInput } from "@mantine/core";
import { useState } from "react";

import { RadioCard, RadioCards } from "@/components/radio-card.tsx";
import { Section } from "@/components/section.tsx";
import type { JobForm } from "@/features/jobs/job-form.ts";
import { type LimitKind, limitOf, withLimit } from "@/features/jobs/job-limit.ts";
import classes from "@/features/jobs/launch.module.css";
import { checkNumber, describeProblem, parseNumber } from "@/features/jobs/number-text.ts";
import { MAX_COST, MAX_SECONDS } from "@/features/jobs/search-form.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { ApiError } from "@/lib/api-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  form: JobForm;
  /** Whether an hour of training costs something here; null while that is not known. */
  hasPrice: boolean | null;
  error: ApiError | null;
  onChange: (form: JobForm) => void;
}

const MINUTE = 60;
const MINUTES = { isInteger: false, min: MAX_SECONDS.min / MINUTE, max: MAX_SECONDS.max / MINUTE } as const;
/** What stands in the field at first: long enough for most, and nobody leaves it empty. */
const BEGIN: Readonly<Record<LimitKind, string>> = { none: "", time: String(60 * MINUTE), money: "5" };
const FIELDS = { time: ["limits.budget_seconds", "search.max_seconds"], money: ["limits.budget_cost", "search.max_cost"] } as const;

/** The third decision: when it has had enough. */
export function LimitSection({ form, hasPrice, error, onChange }: Props) {
  const { t, format } = useI18n();
  const currency = format.currencySign(useWorkspace().currency);
  const { kind, amount } = limitOf(form);
  const choose = (next: LimitKind) => onChange(withLimit(form, { kind: next, amount: BEGIN[next] }));
  const options: readonly LimitKind[] = ["none", "time", "money"];
  const isSearch = form.search.type !== "none";
  return (
    <Section title={t("launch.limit")} hint={t("launch.limit_hint")}>
      <RadioCards legend={t("launch.limit")} isNarrow>
        {options.map((option) => (
          <RadioCard
            key={option}
            name="limit"
            value={option}
            isChecked={kind === option}
            isDisabled={option === "money" && hasPrice === false && kind !== "money"}
            onChoose={() => choose(option)}
            title={t(`limit.${option}`)}
            text={option === "money" && hasPrice === false ? t("limit.no_price") : t(`limit.${option}_text`)}
          />
        ))}
      </RadioCards>
      {kind !== "none" && (
        <div className={classes["limit"]}>
          <AmountField
            key={kind}
            kind={kind}
            amount={amount}
            label={kind === "time" ? t("limit.minutes") : t("limit.amount", { currency })}
            hint={t(isSearch ? "limit.of_search" : kind === "time" ? "expert.budget_seconds_hint" : "expert.budget_cost_hint")}
            refusal={FIELDS[kind].map((field) => error?.messageFor(field)).find((message) => message != null) ?? null}
            onChange={(next) => onChange(withLimit(form, { kind, amount: next }))}
          />
        </div>
      )}
    </Section>
  );
}

interface FieldProps {
  kind: Exclude<LimitKind, "none">;
  amount: string;
  label: string;
  hint: string;
  refusal: string | null;
  onChange: (amount: string) => void;
}

/** Minutes for people, seconds for the job. What was typed stays as it was typed. */
function AmountField({ kind, amount, label, hint, refusal, onChange }: FieldProps) {
  const { t } = useI18n();
  const [typed, setTyped] = useState<{ text: string; amount: string } | null>(null);
  const shown = typed?.amount === amount ? typed.text : kind === "time" ? inMinutes(amount) : amount;
  const problem = checkNumber(kind === "time" ? MINUTES : MAX_COST, shown);
  return (
    <TextInput
      label={label}
      description={hint}
      inputMode="decimal"
      value={shown}
      error={(shown.trim() === "" ? t("limit.missing") : describeProblem(problem, t)) ?? refusal}
      onChange={(event) => {
        const text = event.currentTarget.value;
        const next = kind === "time" ? inSeconds(text) : text.trim();
        setTyped({ text, amount: next });
        onChange(next);
      }}
    />
  );
}

/** What is no number stays what it is, so that it is refused where numbers are looked at. */
function inSeconds(minutes: string): string {
  const value = parseNumber(minutes);
  return value === null ? minutes.trim() : String(Math.round(value * MINUTE * 1000) / 1000);
}

function inMinutes(seconds: string): string {
  const value = parseNumber(seconds);
  return value === null ? seconds : String(Math.round((value / MINUTE) * 1000) / 1000);
}
