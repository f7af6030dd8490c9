import type { JobSpec } from "@/lib/api-types.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

/** What a method is called: the last layers with their number, where that is known; with none of them the output layer alone learns. */
export function methodName(method: Pick<JobSpec["method"], "type"> & { layers?: unknown }, t: Translate): string {
  if (method.type !== "last_layers" || typeof method.layers !== "number") return t(`method.${method.type}`);
  return method.layers === 0 ? t("choice.output_layer") : t("method.last_layers_number", { count: method.layers });
}
