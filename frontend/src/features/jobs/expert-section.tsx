import { useState } from "react";

import { Facts } from "@/components/facts.tsx";
import { RadioCard, RadioCards } from "@/components/radio-card.tsx";
import { ExpertFields, MethodFields } from "@/features/jobs/expert-fields.tsx";
import { hasSettings, METHODS, OTHER_METHODS, USUAL_METHODS } from "@/features/jobs/expert-settings.ts";
import { countChanges, type JobForm } from "@/features/jobs/job-form.ts";
import classes from "@/features/jobs/job.module.css";
import type { Choice } from "@/features/jobs/launch-choices.ts";
import own from "@/features/jobs/launch.module.css";
import type { Marked } from "@/features/jobs/proposal.ts";
import { SearchFields } from "@/features/jobs/search-fields.tsx";
import { useSettingsInWords } from "@/features/jobs/use-settings-in-words.ts";
import type { ApiError } from "@/lib/api-error.ts";
import type { BaseModel, MethodType } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  form: JobForm;
  choice: Choice | null;
  models: readonly BaseModel[];
  marked: Marked | null;
  error: ApiError | null;
  onChange: (change: Partial<JobForm>) => void;
}

/** Everything else, folded: what the choice has set, and every setting to set otherwise. */
export function ExpertSection({ form, choice, models, marked, error, onChange }: Props) {
  const { t, format } = useI18n();
  const inWords = useSettingsInWords(models);
  const baseModel = models.find(({ slug }) => slug === form.baseModel);
  const methods = baseModel?.methods ?? METHODS;
  const isUsual = USUAL_METHODS.some((method) => method === form.method);
  const changes = choice === null ? countChanges(form) : 0;
  // Whoever opened it has it open until they close it, whatever the settings come to meanwhile.
  const [isOpen, setIsOpen] = useState(choice === null || marked !== null);
  return (
    <details className={`${classes["expert"] ?? ""} ${own["folded"] ?? ""}`} open={isOpen || (error?.param ?? null) !== null} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{changes === 0 ? t("job.expert") : t("job.expert_changed", { count: changes })}</summary>
      <div className={own["unfolded"]}>
        <div className="stack">
          <p className="prose muted">{choice === null ? t("choice.own_set") : t("choice.has_set", { choice: t(`choice.${choice}`) })}</p>
          <Facts facts={inWords(form).facts} />
          <p className="small muted">{t("job.auto_text")}</p>
        </div>
        <section aria-label={t("job.base_model")}>
          <h3 className={classes["settings"]}>{t("job.step_base")}</h3>
          <div className={own["cards"]}>
            <RadioCards legend={t("job.base_model")}>
              {models.map((model) => (
                <RadioCard
                  key={model.slug}
                  name="base_model"
                  value={model.slug}
                  isChecked={form.baseModel === model.slug}
                  isDisabled={!model.tasks.includes(form.task)}
                  onChoose={() => onChange({ baseModel: model.slug })}
                  title={model.name}
                  text={t("job.base_text", { family: model.family.toUpperCase(), languages: format.list(model.languages), max: model.max_length })}
                  facts={t("job.base_facts", { parameters: format.compact(model.num_parameters), licence: model.licence })}
                />
              ))}
            </RadioCards>
          </div>
        </section>
        <section aria-label={t("job.method")}>
          <h3 className={classes["settings"]}>{t("job.step_method")}</h3>
          <div className={own["cards"]}>
            <MethodCards legend={t("job.method")} offered={USUAL_METHODS} form={form} methods={methods} factsOf={(method) => t(`method.${method}_facts`)} onChange={onChange} />
          </div>
          <details className={classes["expert"]} open={isUsual ? undefined : true} style={{ marginTop: 12 }}>
            <summary>{t("job.more_methods")}</summary>
            <div className={own["cards"]}>
              <MethodCards legend={t("job.more_methods")} offered={OTHER_METHODS} form={form} methods={methods} onChange={onChange} />
            </div>
          </details>
          {hasSettings(form.method) && (
            <>
              <h3 className={classes["settings"]}>{t("job.method_settings", { method: t(`method.${form.method}`) })}</h3>
              <div className={classes["grid"]}>
                <MethodFields form={form} marked={marked} error={error} onChange={onChange} />
              </div>
            </>
          )}
        </section>
        <section aria-label={t("job.training_settings")}>
          <h3 className={classes["settings"]}>{t("job.training_settings")}</h3>
          <ExpertFields form={form} marked={marked} error={error} onChange={onChange} />
        </section>
        <section aria-label={t("search.title")}>
          <h3 className={classes["settings"]}>{t("search.title")}</h3>
          <SearchFields search={form.search} learning={form} error={error} onChange={(search) => onChange({ search })} />
        </section>
      </div>
    </details>
  );
}

interface MethodCardsProps<Offered extends MethodType> extends Pick<Props, "form" | "onChange"> {
  legend: string;
  offered: readonly Offered[];
  /** Those that the base model can be trained by. */
  methods: readonly string[];
  factsOf?: (method: Offered) => string;
}

function MethodCards<Offered extends MethodType>({ legend, offered, form, methods, factsOf, onChange }: MethodCardsProps<Offered>) {
  const { t } = useI18n();
  return (
    <RadioCards legend={legend}>
      {offered.map((method) => (
        <RadioCard
          key={method}
          name="method"
          value={method}
          isChecked={form.method === method}
          isDisabled={!methods.includes(method)}
          onChoose={() => onChange({ method })}
          title={t(`method.${method}`)}
          text={t(`method.${method}_text`)}
          {...(factsOf === undefined ? {} : { facts: factsOf(method) })}
        />
      ))}
    </RadioCards>
  );
}
