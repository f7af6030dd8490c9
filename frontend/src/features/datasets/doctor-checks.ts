/** What the data doctor looks for: the words, and for which tasks. */
import type { DoctorFinding, Fix, SkipReason, TaskName } from "@/lib/api-types.ts";
import type { MessageKey, Translate } from "@/lib/i18n/translate.ts";

const LABELLED: readonly TaskName[] = ["classification", "pair_classification"];
const WITH_CLASSES: readonly TaskName[] = [...LABELLED, "multi_label", "token_classification"];
const ANSWERED: readonly TaskName[] = [...WITH_CLASSES, "regression", "pair_regression", "similarity"];
const TWO_SIDED: readonly TaskName[] = ["pair_classification", "pair_regression", "similarity", "embedding", "translation", "summarisation"];
const READ: readonly TaskName[] = [...ANSWERED.filter((task) => task !== "token_classification"), "embedding", "ranking", "causal_lm", "masked_lm"];
const CUT: readonly TaskName[] = [...ANSWERED, "embedding", "ranking", "chat", "preference", "translation", "summarisation"];

interface Check {
  name: MessageKey;
  /** All tasks where there are none. */
  tasks?: readonly TaskName[];
}

/** In the order in which they are listed. `workers.doctor.checks` has the same table. */
const CHECKS: Readonly<Record<string, Check>> = {
  "doctor:exact_duplicates": { name: "check.exact_duplicates" },
  "doctor:near_duplicates": { name: "check.near_duplicates" },
  "doctor:leakage": { name: "check.leakage" },
  "doctor:conflicting_labels": { name: "check.conflicting_labels", tasks: ANSWERED },
  "doctor:label_errors": { name: "check.label_errors", tasks: WITH_CLASSES },
  "doctor:label_variants": { name: "check.label_variants", tasks: WITH_CLASSES },
  "doctor:rare_classes": { name: "check.rare_classes", tasks: WITH_CLASSES },
  "doctor:imbalance": { name: "check.imbalance", tasks: LABELLED },
  "doctor:confusable_classes": { name: "check.confusable_classes", tasks: LABELLED },
  "doctor:personal_data": { name: "check.personal_data" },
  "doctor:mojibake": { name: "check.mojibake" },
  "doctor:markup": { name: "check.markup", tasks: READ },
  "doctor:mixed_languages": { name: "check.mixed_languages" },
  "doctor:boilerplate": { name: "check.boilerplate" },
  "doctor:empty_texts": { name: "check.empty_texts" },
  "doctor:cut_texts": { name: "check.cut_texts" },
  "doctor:over_length": { name: "check.over_length", tasks: CUT },
  "doctor:unreadable": { name: "check.unreadable" },
  "doctor:outliers": { name: "check.outliers" },
  "doctor:broken_spans": { name: "check.broken_spans", tasks: ["token_classification"] },
  "doctor:answer_missing": { name: "check.answer_missing", tasks: ["question_answering"] },
  "doctor:swapped_sides": { name: "check.swapped_sides", tasks: ["translation"] },
  "doctor:identical_sides": { name: "check.identical_sides", tasks: TWO_SIDED },
  "doctor:turn_order": { name: "check.turn_order", tasks: ["chat"] },
  "doctor:identical_preferences": { name: "check.identical_preferences", tasks: ["preference"] },
  "doctor:bad_tool_calls": { name: "check.bad_tool_calls", tasks: ["chat"] },
  map: { name: "check.map" },
  names: { name: "check.names" },
};

/** What a check is called; one that this page does not know yet keeps the doctor's name. */
export function checkName(code: string, t: Translate): string {
  const check = Object.hasOwn(CHECKS, code) ? CHECKS[code] : undefined;
  return check ? t(check.name) : code;
}

/** Looks that have no findings of their own. */
const BESIDE: readonly string[] = ["map", "names"];

/** Every check for a task that was made and found nothing. */
export function soundChecks(task: string, findings: readonly Pick<DoctorFinding, "code">[], skipped: Readonly<Record<string, string>>): string[] {
  const isFor = ({ tasks }: Check) => tasks === undefined || tasks.some((one) => one === task);
  return Object.entries(CHECKS)
    .filter(([code, check]) => !BESIDE.includes(code) && isFor(check) && !Object.hasOwn(skipped, code) && !findings.some((finding) => finding.code === code))
    .map(([code]) => code);
}

const REASONS: Readonly<Record<SkipReason, MessageKey>> = {
  defect: "skipped.defect",
  names_model_damaged: "skipped.names_model_damaged",
  names_model_gone: "skipped.names_model_gone",
  no_base_model: "skipped.no_base_model",
  no_labels: "skipped.no_labels",
  no_max_tokens: "skipped.no_max_tokens",
  no_tokenizer: "skipped.no_tokenizer",
  no_tools: "skipped.no_tools",
  one_class: "skipped.one_class",
  probe_too_weak: "skipped.probe_too_weak",
  sides_alike: "skipped.sides_alike",
  too_few_rows: "skipped.too_few_rows",
  too_many_classes: "skipped.too_many_classes",
};

/** Why a check could not be made. */
export function skipReason(reason: SkipReason, t: Translate): string {
  // A page that was opened before the server was renewed may be told a reason that it does not know.
  return t(Object.hasOwn(REASONS, reason) ? REASONS[reason] : "skipped.other");
}

const WEIGHT = { error: 0, warning: 1, info: 2 } as const;

/** The worst first; of equal ones, that with the most rows. */
export function worstFirst<F extends Pick<DoctorFinding, "severity" | "num_rows">>(findings: readonly F[]): F[] {
  return [...findings].sort((a, b) => WEIGHT[a.severity] - WEIGHT[b.severity] || b.num_rows - a.num_rows);
}

function isOnlyEmail(params: DoctorFinding["params"]): boolean {
  return typeof params["email"] === "number" && params["email"] > 0 && params["email"] === params["places"];
}

/** What the button of a fix says: "Drop 40 duplicates", "Mask 12 e-mail addresses". */
export function fixLabel(finding: Pick<DoctorFinding, "code" | "params">, fix: Fix, t: Translate): string {
  if (fix.name === "mask" && isOnlyEmail(finding.params)) return t("fix.mask_email", { count: Number(finding.params["email"]) });
  return t(`fix.${fix.name}`, { count: fix.num_changes });
}
