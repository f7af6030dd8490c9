import type { Fact } from "@/components/facts.tsx";
import { fieldsFor } from "@/features/jobs/expert-settings.ts";
import type { JobForm } from "@/features/jobs/job-form.ts";
import { methodName } from "@/features/jobs/method-name.ts";
import { parseNumber } from "@/features/jobs/number-text.ts";
import { listOf, rowsOf } from "@/features/jobs/search-form.ts";
import type { BaseModel } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** What a form comes to, in words: a line for a card, and fact by fact. */
export function useSettingsInWords(models: readonly BaseModel[]): (form: JobForm) => { short: string; facts: readonly Fact[] } {
  const { t } = useI18n();
  return (form) => {
    const model = models.find(({ slug }) => slug === form.baseModel)?.name ?? "–";
    const layers = fieldsFor(form).some(({ key }) => key === "learning_layers") ? (form.numbers["learning_layers"] ?? "") : "";
    const method = methodName({ type: form.method, layers: parseNumber(layers) }, t);
    const epochs = (form.numbers["epochs"] ?? "").trim();
    const passes = epochs === "" ? t("choice.passes_auto") : t("choice.passes", { count: epochs });
    const rate = rowsOf(form.search, form).find(({ field }) => field.key === "learning_rate");
    const tried = rate === undefined || form.search.type !== "grid" ? [] : listOf(rate.row.values);
    const own = (form.numbers["learning_rate"] ?? "").trim();
    const search = form.search.type === "none" ? null : tried.length > 0 ? t("choice.tries", { count: tried.length }) : t(`search.${form.search.type}`);
    return {
      short: [model, method, passes, search].filter((part) => part !== null).join(" · "),
      facts: [
        { label: t("job.base_model"), value: model },
        { label: t("job.method"), value: method },
        { label: t("expert.epochs"), value: passes },
        { label: t("expert.learning_rate"), value: tried.length > 0 ? tried.map((value) => (value === "auto" ? t("choice.by_rule") : value)).join(", ") : own === "" ? t("choice.by_rule") : own },
        { label: t("search.type"), value: search ?? t("search.none") },
      ],
    };
  };
}
