import { Section } from "@/components/section.tsx";
import type { Forgetting } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** Less than this is nothing that anybody would notice. */
const SMALLEST_CHANGE = 0.01;

interface Props {
  forgetting: Forgetting;
}

/** What a model that writes has unlearnt, in perplexities: e to the power of the loss per token. */
export function ForgettingSection({ forgetting }: Props) {
  const { t, format } = useI18n();
  const change = Math.exp(forgetting.tuned_loss - forgetting.base_loss) - 1;
  const outcome = Math.abs(change) < SMALLEST_CHANGE ? "same" : change > 0 ? "worse" : "better";
  return (
    <Section title={t("forgetting.title")} hint={t("forgetting.hint", { count: forgetting.num_tokens })}>
      <p>
        {t(`forgetting.${outcome}`, {
          before: format.significant(Math.exp(forgetting.base_loss)),
          after: format.significant(Math.exp(forgetting.tuned_loss)),
          change: format.percent(Math.abs(change), 0),
        })}
      </p>
    </Section>
  );
}
