import type { JobSpec } from "@/lib/api-types.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

/** What a method is called: of the last layers none may learn but the output layer, which has a name of its own. */
export function methodName(method: Pick<JobSpec["method"], "type"> & { layers?: unknown }, t: Translate): string {
  return method.type === "last_layers" && method.layers === 0 ? t("choice.output_layer") : t(`method.${method.type}`);
}
