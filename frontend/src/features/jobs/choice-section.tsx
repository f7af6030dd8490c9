import { RadioCard, RadioCards } from "@/components/radio-card.tsx";
import { Section } from "@/components/section.tsx";
import { EstimateFigures } from "@/features/jobs/estimate-figures.tsx";
import type { JobForm } from "@/features/jobs/job-form.ts";
import { jobBody } from "@/features/jobs/job-form.ts";
import { type Choice, CHOICES, type ChoiceSettings, fittingModels, settingsOf, withChoice } from "@/features/jobs/launch-choices.ts";
import { useEstimates } from "@/features/jobs/use-estimate.ts";
import { useSettingsInWords } from "@/features/jobs/use-settings-in-words.ts";
import type { BaseModel } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  form: JobForm;
  choice: Choice | null;
  /** Settings of one's own, to go back to while another choice is looked at. */
  own: ChoiceSettings | null;
  models: readonly BaseModel[];
  isAllowed: boolean;
  onChoose: (settings: ChoiceSettings) => void;
}

/** The second decision: three sets of settings, each with what it takes, so that people choose by consequence. */
export function ChoiceSection({ form, choice, own, models, isAllowed, onChoose }: Props) {
  const { t } = useI18n();
  const inWords = useSettingsInWords(models);
  const offered = CHOICES.flatMap((name) => {
    const settings = settingsOf(name, form.task, models);
    return settings === null ? [] : [{ name, settings, whole: withChoice(form, settings) }];
  });
  const estimates = useEstimates(
    offered.map(({ whole }) => jobBody(whole)),
    isAllowed,
  );
  const isOwn = choice === null;
  return (
    <Section title={t("launch.how_good")} hint={t("launch.how_good_hint")}>
      <RadioCards legend={t("launch.how_good")} isNarrow>
        {offered.map(({ name, settings, whole }, index) => (
          <RadioCard
            key={name}
            name="choice"
            value={name}
            isChecked={choice === name}
            onChoose={() => onChoose(settings)}
            title={t(`choice.${name}`)}
            text={t(`choice.${wordingOf(name, settings, fittingModels(form.task, models).length)}_text`)}
            facts={inWords(whole).short}
            figures={<EstimateFigures estimated={estimates[index] ?? null} isAsked={isAllowed && form.versionId !== null} />}
          />
        ))}
        {(isOwn || own !== null) && (
          <RadioCard
            name="choice"
            value="own"
            isWide
            isChecked={isOwn}
            onChoose={() => own !== null && onChoose(own)}
            title={t("choice.own")}
            text={t("choice.own_text")}
            facts={inWords(isOwn || own === null ? form : { ...form, ...own }).short}
          />
        )}
      </RadioCards>
    </Section>
  );
}

function wordingOf(name: Choice, { method }: ChoiceSettings, numModels: number) {
  if (name === "quick" && method !== "last_layers") return "quick_pass";
  return name === "thorough" && numModels === 1 ? "thorough_alone" : name;
}
