import type { Tell } from "@/features/models/batch-answers.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { partName } from "@/lib/tasks.ts";
import type { DataRole } from "@/lib/api-types.ts";

/** Why a row has no answer, in the reader's language; null for one that has. */
export function useTellOutcome(): Tell {
  const { t } = useI18n();
  return (outcome) => {
    if (outcome === undefined) return t("answered_file.not_asked");
    if ("prediction" in outcome) return null;
    if ("message" in outcome) return outcome.message;
    const { key, params } = outcome.said;
    const { field } = params;
    return t(key, field === undefined ? params : { ...params, field: partName(field as DataRole, t) });
  };
}
