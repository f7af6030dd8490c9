import type { JobSpec, MethodType, TaskName } from "@/lib/api-types.ts";
import type { MessageKey } from "@/lib/i18n/translate.ts";

/** The settings of the expert part, as data: what each is called, where it stands in the spec, and what it may be. */
interface Setting {
  /** Under which the form keeps what was typed; a setting of several methods keeps one text for all of them. */
  key: string;
  group: "optimisation" | "method" | "task" | "limits" | "root";
  name: string;
  label: MessageKey;
  hint: MessageKey;
  /** Methods that have it; every one where this is left out. */
  onlyFor?: readonly MethodType[];
  /** Tasks that have it; every one where this is left out. */
  onlyOf?: readonly TaskName[];
}

type WholeTextTask = NonNullable<Extract<JobSpec["task"], { truncation_side: unknown }>["type"]>;

/** What decides which settings there are. */
export type Learning = Readonly<{ method: MethodType; task: TaskName }>;

/** A number. Empty means: leave it to Anneal (`fallback` says what that is). */
export interface NumberField extends Setting {
  isInteger: boolean;
  min: number;
  max: number;
  fallback: string;
}

/** One of several words; the first is what Anneal takes. */
export interface ChoiceField extends Setting {
  /** A value and its words; names out of papers and libraries have none, they are the same in every language. */
  options: readonly (readonly [string, MessageKey | null])[];
}

/** On or off; off is what Anneal takes. */
export type SwitchField = Setting;

const BIG = 2 ** 31 - 1;
const ADAPTED = ["lora", "adalora"] as const;
const VIRTUAL = ["prefix", "prompt", "p_tuning"] as const;
/** Tasks that read two texts at once. */
export const OF_PAIRS: readonly TaskName[] = ["pair_classification", "pair_regression"];
/** Tasks whose texts may be cut at either end; the compiler compares them with those that have the setting in the API. */
const WHOLE_TEXT = Object.keys({
  classification: true,
  pair_classification: true,
  multi_label: true,
  regression: true,
  pair_regression: true,
} satisfies Record<WholeTextTask, true>) as WholeTextTask[];

/** Every method of the contract, in the order in which they are offered. The first two have cards of their own. */
export const METHODS = ["full", "lora", "auto", "adalora", "adapter", "prefix", "prompt", "p_tuning", "ia3", "bitfit", "last_layers"] as const satisfies readonly MethodType[];
export const USUAL_METHODS = ["full", "lora"] as const satisfies readonly MethodType[];
export const OTHER_METHODS = ["auto", "last_layers", "adalora", "adapter", "bitfit", "ia3", "prefix", "prompt", "p_tuning"] as const satisfies readonly Exclude<MethodType, (typeof USUAL_METHODS)[number]>[];

export const NUMBER_FIELDS: readonly NumberField[] = [
  { key: "epochs", group: "optimisation", name: "epochs", isInteger: true, min: 1, max: 1000, fallback: "auto", label: "expert.epochs", hint: "expert.epochs_hint" },
  { key: "batch_size", group: "optimisation", name: "batch_size", isInteger: true, min: 1, max: 4096, fallback: "auto", label: "expert.batch_size", hint: "expert.batch_size_hint" },
  { key: "learning_rate", group: "optimisation", name: "learning_rate", isInteger: false, min: 1e-9, max: 1, fallback: "auto", label: "expert.learning_rate", hint: "expert.learning_rate_hint" },
  { key: "max_length", group: "task", name: "max_length", isInteger: true, min: 8, max: 131_072, fallback: "auto", label: "expert.max_length", hint: "expert.max_length_hint" },
  { key: "gradient_accumulation", group: "optimisation", name: "gradient_accumulation", isInteger: true, min: 1, max: 1024, fallback: "1", label: "expert.gradient_accumulation", hint: "expert.gradient_accumulation_hint" },
  { key: "weight_decay", group: "optimisation", name: "weight_decay", isInteger: false, min: 0, max: 1, fallback: "0.01", label: "expert.weight_decay", hint: "expert.weight_decay_hint" },
  { key: "warmup_ratio", group: "optimisation", name: "warmup_ratio", isInteger: false, min: 0, max: 0.5, fallback: "auto", label: "expert.warmup_ratio", hint: "expert.warmup_ratio_hint" },
  { key: "label_smoothing", group: "optimisation", name: "label_smoothing", isInteger: false, min: 0, max: 0.49, fallback: "0", label: "expert.label_smoothing", hint: "expert.label_smoothing_hint" },
  { key: "layer_decay", group: "optimisation", name: "layer_decay", isInteger: false, min: 0.01, max: 1, fallback: "1", label: "expert.layer_decay", hint: "expert.layer_decay_hint" },
  { key: "focal_gamma", group: "optimisation", name: "focal_gamma", isInteger: false, min: 0, max: 10, fallback: "0", label: "expert.focal_gamma", hint: "expert.focal_gamma_hint" },
  { key: "r_drop", group: "optimisation", name: "r_drop", isInteger: false, min: 0, max: 20, fallback: "auto", label: "expert.r_drop", hint: "expert.r_drop_hint" },
  { key: "similarity_epochs", group: "optimisation", name: "similarity_epochs", isInteger: true, min: 0, max: 100, fallback: "auto", label: "expert.similarity_epochs", hint: "expert.similarity_epochs_hint", onlyOf: OF_PAIRS },
  { key: "max_grad_norm", group: "optimisation", name: "max_grad_norm", isInteger: false, min: 1e-6, max: 1000, fallback: "1", label: "expert.max_grad_norm", hint: "expert.max_grad_norm_hint" },
  { key: "budget_seconds", group: "limits", name: "budget_seconds", isInteger: false, min: 1, max: 2_592_000, fallback: "none", label: "expert.budget_seconds", hint: "expert.budget_seconds_hint" },
  { key: "budget_cost", group: "limits", name: "budget_cost", isInteger: false, min: 1e-9, max: 1e9, fallback: "none", label: "expert.budget_cost", hint: "expert.budget_cost_hint" },
  { key: "max_seconds", group: "limits", name: "max_seconds", isInteger: false, min: 1, max: 2_592_000, fallback: "none", label: "expert.max_seconds", hint: "expert.max_seconds_hint" },
  { key: "seed", group: "root", name: "seed", isInteger: true, min: 0, max: BIG, fallback: "0", label: "expert.seed", hint: "expert.seed_hint" },
  { key: "rank", group: "method", name: "rank", isInteger: true, min: 1, max: 512, fallback: "16", label: "expert.rank", hint: "expert.rank_hint", onlyFor: ["lora"] },
  { key: "initial_rank", group: "method", name: "initial_rank", isInteger: true, min: 2, max: 512, fallback: "12", label: "expert.initial_rank", hint: "expert.initial_rank_hint", onlyFor: ["adalora"] },
  { key: "target_rank", group: "method", name: "target_rank", isInteger: true, min: 1, max: 511, fallback: "8", label: "expert.target_rank", hint: "expert.target_rank_hint", onlyFor: ["adalora"] },
  { key: "alpha", group: "method", name: "alpha", isInteger: false, min: 1e-6, max: 4096, fallback: "32", label: "expert.alpha", hint: "expert.alpha_hint", onlyFor: ADAPTED },
  { key: "dropout", group: "method", name: "dropout", isInteger: false, min: 0, max: 0.99, fallback: "0.05", label: "expert.dropout", hint: "expert.dropout_hint", onlyFor: ADAPTED },
  { key: "adapted_layers", group: "method", name: "layers", isInteger: true, min: 1, max: 1000, fallback: "all", label: "expert.adapted_layers", hint: "expert.adapted_layers_hint", onlyFor: ["lora"] },
  { key: "warmup_share", group: "method", name: "warmup_share", isInteger: false, min: 0, max: 0.5, fallback: "0.1", label: "expert.warmup_share", hint: "expert.warmup_share_hint", onlyFor: ["adalora"] },
  { key: "final_share", group: "method", name: "final_share", isInteger: false, min: 0, max: 0.5, fallback: "0.3", label: "expert.final_share", hint: "expert.final_share_hint", onlyFor: ["adalora"] },
  { key: "allocate_every", group: "method", name: "allocate_every", isInteger: true, min: 1, max: 1000, fallback: "10", label: "expert.allocate_every", hint: "expert.allocate_every_hint", onlyFor: ["adalora"] },
  { key: "orthogonality", group: "method", name: "orthogonality", isInteger: false, min: 0, max: 10, fallback: "0.1", label: "expert.orthogonality", hint: "expert.orthogonality_hint", onlyFor: ["adalora"] },
  { key: "reduction", group: "method", name: "reduction", isInteger: true, min: 1, max: 1024, fallback: "16", label: "expert.reduction", hint: "expert.reduction_hint", onlyFor: ["adapter"] },
  { key: "adapter_size", group: "method", name: "size", isInteger: true, min: 1, max: 16_384, fallback: "by_reduction", label: "expert.adapter_size", hint: "expert.adapter_size_hint", onlyFor: ["adapter"] },
  { key: "tokens", group: "method", name: "tokens", isInteger: true, min: 1, max: 1024, fallback: "20", label: "expert.tokens", hint: "expert.tokens_hint", onlyFor: VIRTUAL },
  { key: "projection_size", group: "method", name: "projection_size", isInteger: true, min: 1, max: 16_384, fallback: "auto", label: "expert.projection_size", hint: "expert.network_size_hint", onlyFor: ["prefix"] },
  { key: "encoder_size", group: "method", name: "encoder_size", isInteger: true, min: 1, max: 16_384, fallback: "auto", label: "expert.encoder_size", hint: "expert.network_size_hint", onlyFor: ["p_tuning"] },
  { key: "learning_layers", group: "method", name: "layers", isInteger: true, min: 0, max: 1000, fallback: "1", label: "expert.learning_layers", hint: "expert.learning_layers_hint", onlyFor: ["last_layers"] },
];

export const CHOICE_FIELDS: readonly ChoiceField[] = [
  { key: "truncation_side", group: "task", name: "truncation_side", options: [["auto", "truncation_side.auto"], ["right", "truncation_side.right"], ["left", "truncation_side.left"]], label: "expert.truncation_side", hint: "expert.truncation_side_hint", onlyOf: WHOLE_TEXT },
  { key: "schedule", group: "optimisation", name: "schedule", options: [["linear", "schedule.linear"], ["cosine", "schedule.cosine"], ["constant", "schedule.constant"]], label: "expert.schedule", hint: "expert.schedule_hint" },
  { key: "head", group: "optimisation", name: "head", options: [["auto", "head.auto"], ["probe", "head.probe"], ["random", "head.random"]], label: "expert.head", hint: "expert.head_hint" },
  { key: "class_weights", group: "optimisation", name: "class_weights", options: [["none", "class_weights.none"], ["balanced", "class_weights.balanced"], ["sqrt", "class_weights.sqrt"]], label: "expert.class_weights", hint: "expert.class_weights_hint" },
  { key: "quantise", group: "method", name: "quantise", options: [["none", "quantise.none"], ["4bit", "quantise.4bit"]], label: "expert.quantise", hint: "expert.quantise_hint", onlyFor: ["lora"] },
  { key: "placement", group: "method", name: "placement", options: [["pfeiffer", "placement.pfeiffer"], ["houlsby", "placement.houlsby"]], label: "expert.placement", hint: "expert.placement_hint", onlyFor: ["adapter"] },
  { key: "non_linearity", group: "method", name: "non_linearity", options: [["gelu", null], ["relu", null], ["silu", null], ["tanh", null]], label: "expert.non_linearity", hint: "expert.non_linearity_hint", onlyFor: ["adapter"] },
  { key: "start", group: "method", name: "start", options: [["words", "start_of_prompt.words"], ["random", "start_of_prompt.random"]], label: "expert.start", hint: "expert.start_hint", onlyFor: ["prompt"] },
  { key: "encoder", group: "method", name: "encoder", options: [["mlp", null], ["lstm", null]], label: "expert.encoder", hint: "expert.encoder_hint", onlyFor: ["p_tuning"] },
];

export const SWITCH_FIELDS: readonly SwitchField[] = [
  { key: "gradient_checkpointing", group: "optimisation", name: "gradient_checkpointing", label: "expert.gradient_checkpointing", hint: "expert.gradient_checkpointing_hint" },
  { key: "use_rslora", group: "method", name: "use_rslora", label: "expert.use_rslora", hint: "expert.use_rslora_hint", onlyFor: ["lora"] },
  { key: "use_dora", group: "method", name: "use_dora", label: "expert.use_dora", hint: "expert.use_dora_hint", onlyFor: ["lora"] },
  { key: "projection", group: "method", name: "projection", label: "expert.projection", hint: "expert.projection_hint", onlyFor: ["prefix"] },
];

/** Methods whose matrices can be named. */
export function hasTargetModules(method: MethodType): boolean {
  return ADAPTED.some((entry) => entry === method);
}

/** Whether anything of a method can be set. */
export function hasSettings(method: MethodType): boolean {
  return [...NUMBER_FIELDS, ...CHOICE_FIELDS, ...SWITCH_FIELDS].some(({ onlyFor }) => onlyFor?.includes(method) === true);
}

export function isOf({ method, task }: Learning): (field: Pick<Setting, "onlyFor" | "onlyOf">) => boolean {
  return ({ onlyFor, onlyOf }) => (onlyFor === undefined || onlyFor.includes(method)) && (onlyOf === undefined || onlyOf.includes(task));
}

export function learningOf({ method, task }: Pick<JobSpec, "method" | "task">): Learning {
  return { method: method.type, task: task.type };
}

export function fieldsFor(learning: Learning): readonly NumberField[] {
  return NUMBER_FIELDS.filter(isOf(learning));
}

/** Where a setting stands in the spec, which is also how errors and searches name it. */
export function pathOf({ group, name }: Pick<Setting, "group" | "name">): string {
  return group === "root" ? name : `${group}.${name}`;
}

/** The setting at a path of the spec, for what is learnt and how. */
export function settingAt(path: string, learning: Learning): Setting | null {
  return [...NUMBER_FIELDS, ...CHOICE_FIELDS, ...SWITCH_FIELDS].filter(isOf(learning)).find((field) => pathOf(field) === path) ?? null;
}

/** What a spec says of a setting. */
export function valueIn(spec: JobSpec, { group, name }: Pick<Setting, "group" | "name">): unknown {
  const part: unknown = group === "root" ? spec : spec[group];
  return typeof part === "object" && part !== null ? (part as Record<string, unknown>)[name] : undefined;
}
