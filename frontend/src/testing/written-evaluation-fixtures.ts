/** Evaluations of the tasks that answer in passages, orders and words, cut from documents of real runs. */
import type { Contender, DetailsOf, Evaluation, Interval } from "@/lib/api-types.ts";
import { HOSTILE_NAME } from "@/testing/fixture-values.ts";

function around(value: number, half: number): Interval {
  return { value, low: value - half, high: value + half };
}

function contender(name: Contender["name"], seconds: number, metrics: Record<string, Interval>): Contender {
  return { name, seconds, metrics };
}

export const questionEvaluation: Evaluation & { details: DetailsOf<"question_answering"> } = {
  task: "question_answering",
  split: "test",
  num_rows: 244,
  primary: "f1",
  contenders: [
    contender("tuned", 204, { f1: around(0.641, 0.05), exact_match: around(0.508, 0.06) }),
    contender("matching_sentence", 0.1, { f1: around(0.101, 0.02), exact_match: around(0, 0) }),
    contender("base_probe", 21, { f1: around(0.057, 0.02), exact_match: around(0, 0) }),
    contender("majority", 0, { f1: around(0.18, 0.05), exact_match: around(0.18, 0.05) }),
  ],
  verdict: { outcome: "better", against: "majority", difference: around(0.461, 0.06), p_value: 0.001, test: "paired_bootstrap" },
  mistakes: [{ row: 49, text: "Where did France focus its efforts?", text_b: "…", label: "North and West Africa", predicted: "1850", confidence: 0.87, words: [] }],
  learning_curve: null,
  no_learning_curve: null,
  forgetting: null,
  augmentation_effect: null,
  details: {
    kind: "question_answering",
    scoring: "words",
    num_answerable: 200,
    num_unanswerable: 44,
    answerable_f1: 0.702,
    unanswerable_accuracy: 0.364,
    examples: [
      {
        row: 49,
        id: "5730a4d02461fd1900a9cf2b",
        question: "Where did France focus its efforts to rebuild its empire?",
        context:
          "…of Algeria in 1830 but began in earnest to rebuild its worldwide empire after 1850, concentrating chiefly in North and West Africa, as well as South-East Asia, with other conquests in Central and East Africa, as well as the South Pacific. …",
        expected: ["North and West Africa"],
        predicted: "1850",
        f1: 0,
        confidence: 0.87,
      },
      { row: 12, id: null, question: HOSTILE_NAME, context: `${HOSTILE_NAME} <b>bold</b>`, expected: [], predicted: "<b>bold</b>", f1: 0, confidence: 0.61 },
      {
        row: 31,
        id: null,
        question: "Who pays for the return?",
        context: "The seller pays for the return within 30 days. After that the buyer pays for it.",
        expected: ["The seller", "the seller"],
        predicted: "",
        f1: 0,
        confidence: 0.55,
      },
      {
        row: 77,
        id: null,
        question: "What could cure imperialism?",
        context: "Hobson argued that domestic social reforms could cure the disease of imperialism by removing its economic foundation.",
        expected: ["domestic social reforms"],
        predicted: "social reforms",
        f1: 0.8,
        confidence: 0.74,
      },
      {
        row: 5,
        id: null,
        question: "How long is the warranty?",
        context: "It has a warranty of two years. Two years after that it is repaired at cost.",
        expected: ["two years"],
        predicted: "two years",
        f1: 1,
        confidence: 0.97,
      },
    ],
  },
};

export const rankingEvaluation: Evaluation & { details: DetailsOf<"ranking"> } = {
  task: "ranking",
  split: "test",
  num_rows: 109,
  primary: "mrr",
  contenders: [
    contender("tuned", 240, { mrr: around(0.553, 0.07), ndcg_at_10: around(0.624, 0.06), hit_at_1: around(0.413, 0.09), hit_at_10: around(0.862, 0.06) }),
    contender("popularity", 0.1, { mrr: around(0.471, 0.07), ndcg_at_10: around(0.55, 0.06), hit_at_1: around(0.33, 0.09), hit_at_10: around(0.79, 0.07) }),
  ],
  verdict: { outcome: "better", against: "popularity", difference: around(0.082, 0.06), p_value: 0.012, test: "paired_bootstrap" },
  mistakes: [{ row: 8, text: "Shanghai Noon (2000)", text_b: null, label: "Chinatown (1974)", predicted: "Besieged (1998)", confidence: null, words: [] }],
  learning_curve: null,
  no_learning_curve: null,
  forgetting: null,
  augmentation_effect: null,
  details: {
    kind: "ranking",
    num_queries: 109,
    num_candidates: 100.5,
    ranks: [...[45, 17, 9, 8, 5, 4, 3, 2, 1, 0].map((count, index) => ({ rank: index + 1, count })), { rank: null, count: 15 }],
    examples: [
      {
        row: 8,
        query: "Shanghai Noon (2000); Patriot, The (2000); X-Men (2000); U-571 (2000); Gone in 60 Seconds (2000)",
        right: "Chinatown (1974) | Crime, Film-Noir",
        rank: 61.5,
        first: [
          { text: "Besieged (1998) | Drama", score: 19.845, is_right: false },
          { text: HOSTILE_NAME, score: 19.53, is_right: false },
        ],
      },
      {
        row: 3,
        query: "Misery (1990)",
        right: "Carrie (1976) | Drama, Horror",
        rank: 2,
        first: [
          { text: "Jaws (1975) | Action, Horror", score: 0.00812, is_right: false },
          { text: "Carrie (1976) | Drama, Horror", score: 0.00788, is_right: true },
        ],
      },
    ],
  },
};

const LONG = "One day, a little bird flew over the sea and saw a boat with a red sail. ".repeat(12).trim();

export const languageEvaluation: Evaluation & { details: DetailsOf<"language"> } = {
  task: "causal_lm",
  split: "test",
  num_rows: 31,
  primary: "loss",
  contenders: [
    contender("tuned", 37, { loss: around(2.944, 0.03), perplexity: around(19, 0.6), token_accuracy: around(0.324, 0.007) }),
    contender("base", 12, { loss: around(5.214, 0.12), perplexity: around(183.8, 19), token_accuracy: around(0.145, 0.004) }),
  ],
  verdict: { outcome: "better", against: "base", difference: around(2.27, 0.13), p_value: 0.001, test: "paired_bootstrap" },
  mistakes: [],
  learning_curve: null,
  no_learning_curve: null,
  forgetting: null,
  augmentation_effect: null,
  details: {
    kind: "language",
    num_tokens: 379_314,
    hardest: [
      { row: 23, text: LONG, tuned_loss: 3.1246, base_loss: 5.4685 },
      { row: 6, text: HOSTILE_NAME, tuned_loss: 3.08, base_loss: 5.1 },
    ],
    examples: [
      { row: 1, prompt: "= No. 20 Squadron RAAF =\n\nNo. ", reference: "20 Squadron is a support squadron", tuned: "20 Squadron was formed", base: "\n \n " },
      { row: 3, prompt: HOSTILE_NAME, reference: "so it goes", tuned: LONG, base: HOSTILE_NAME },
    ],
  },
};

export const hiddenWordsEvaluation: Evaluation & { details: DetailsOf<"hidden_words"> } = {
  ...languageEvaluation,
  task: "masked_lm",
  contenders: [
    contender("tuned", 60, { loss: around(2.1, 0.1), perplexity: around(8.2, 0.8), masked_accuracy: around(0.56, 0.02) }),
    contender("base", 5, { loss: around(2.6, 0.1), perplexity: around(13.5, 1.4), masked_accuracy: around(0.49, 0.02) }),
    contender("majority", 0.1, { loss: around(6.6, 0.1), perplexity: around(735, 70), masked_accuracy: around(0.06, 0.01) }),
  ],
  learning_curve: null,
  no_learning_curve: null,
  forgetting: null,
  augmentation_effect: null,
  details: {
    kind: "hidden_words",
    num_tokens: 4807,
    hardest: languageEvaluation.details.hardest,
    examples: [
      {
        row: 1,
        parts: ["the squadron was ", " in march 1946 but re", " as a support squadron", " april <b>2015</b>."],
        words: [
          { seen: null, true: " disbanded", tuned: " disbanded", base: " formed", tuned_probability: 0.714, base_probability: 0.052 },
          { seen: " banana", true: "activated", tuned: "formed", base: "built", tuned_probability: 0.21, base_probability: 0.003 },
          { seen: " in", true: " in", tuned: " in", base: " in", tuned_probability: 0.991, base_probability: 0.94 },
        ],
      },
      {
        row: 2,
        parts: ["", HOSTILE_NAME],
        words: [{ seen: null, true: "\n", tuned: " ", base: "", tuned_probability: 0, base_probability: 0 }],
      },
    ],
  },
};

export const writingEvaluation: Evaluation & { details: DetailsOf<"writing"> } = {
  task: "chat",
  split: "test",
  num_rows: 50,
  primary: "loss",
  contenders: [
    contender("tuned", 130, {
      loss: around(1.283, 0.09),
      perplexity: around(3.61, 0.3),
      token_accuracy: around(0.662, 0.02),
      exact_match: around(0.06, 0.05),
      word_f1: around(0.478, 0.03),
      answer_similarity: around(0.871, 0.02),
      answer_selection: around(0.71, 0.16),
      next_turn_accuracy: around(0.806, 0.14),
      tone_agreement: around(0.613, 0.17),
      chrf: around(41.72, 2.4),
    }),
    contender("base", 44, {
      loss: around(1.831, 0.1),
      perplexity: around(6.24, 0.6),
      token_accuracy: around(0.579, 0.02),
      exact_match: around(0, 0),
      word_f1: around(0.366, 0.03),
      answer_similarity: around(0.802, 0.03),
      answer_selection: around(0.387, 0.17),
      next_turn_accuracy: around(0.484, 0.17),
      tone_agreement: around(0.516, 0.17),
      chrf: around(33.1, 2.4),
    }),
  ],
  verdict: { outcome: "better", against: "base", difference: around(0.548, 0.1), p_value: 0.001, test: "paired_bootstrap" },
  mistakes: [],
  learning_curve: null,
  no_learning_curve: null,
  forgetting: null,
  augmentation_effect: null,
  details: {
    kind: "writing",
    signatures: {},
    num_tokens: 12_188,
    num_written: 31,
    max_new_tokens: 256,
    examples_by: "loss",
    next_turn: {
      num_others: 4,
      chance: 0.2,
      verdict: { outcome: "better", against: "base", difference: around(0.322, 0.2), p_value: 0.006, test: "mcnemar" },
    },
    commonest_tone: 0.548,
    no_tone: null,
    examples: [
      {
        row: 1,
        prompt: "user: Rearrange the presented sentence so that it sounds more natural.\nI have already called your service twice last week solved problem.",
        reference: "I already called your service twice last week to solve the problem.",
        tuned: "I have already called your service twice last week to solve this problem.",
        base: "Remy was so happy and thanked the bird for the soup.",
      },
      { row: 2, prompt: `user: ${HOSTILE_NAME}`, reference: "Yes, <b>always</b> escape", tuned: "Yes, <b>never</b> escape", base: "" },
      { row: 4, prompt: "user: 包裹什么时候到？", reference: "您的包裹周一到达。", tuned: "您的包裹周二到达。", base: "我不知道。" },
      { row: 9, prompt: "", reference: LONG, tuned: `${LONG} The end.`, base: LONG.slice(0, 200) },
    ],
  },
};

export const preferenceEvaluation: Evaluation & { details: DetailsOf<"preference"> } = {
  task: "preference",
  split: "test",
  num_rows: 30,
  primary: "reward_accuracy",
  contenders: [
    contender("tuned", 88, {
      reward_accuracy: around(0.733, 0.15),
      reward_margin: around(0.412, 0.2),
      loss: around(0.581, 0.05),
      likelihood_accuracy: around(0.6, 0.17),
      kl: around(0.214, 0.03),
    }),
    contender("base", 20, {
      reward_accuracy: around(0.5, 0),
      reward_margin: around(0, 0),
      loss: around(0.693, 0),
      likelihood_accuracy: around(0.533, 0.17),
      kl: around(0, 0),
    }),
  ],
  verdict: { outcome: "better", against: "base", difference: around(0.233, 0.15), p_value: 0.004, test: "paired_bootstrap" },
  mistakes: [],
  learning_curve: null,
  no_learning_curve: null,
  forgetting: null,
  augmentation_effect: null,
  details: {
    kind: "preference",
    loss: "dpo",
    beta: 0.1,
    num_tokens: 3869,
    max_new_tokens: 155,
    examples: [
      {
        row: 11,
        prompt: "user: Write a sentence about: book, story, tell",
        chosen: "A book is like a friend with many pages that has a story we can tell.",
        rejected: LONG,
        reward: -0.384,
        tuned: "A book tells a story.",
        base: "What is that?",
      },
      { row: 14, prompt: HOSTILE_NAME, chosen: "Pdogg and RM wrote it.", rejected: HOSTILE_NAME, reward: 1.21, tuned: "RM wrote it.", base: "" },
      { row: 15, prompt: "user: Hi", chosen: "Hello!", rejected: "What?", reward: 0, tuned: "Hello!", base: "Hello!" },
    ],
  },
};

/** Single answers with a label: a desirable one that has lost, and an undesirable one that has. */
export const singleAnswerEvaluation: Evaluation & { details: DetailsOf<"preference"> } = {
  ...preferenceEvaluation,
  learning_curve: null,
  no_learning_curve: null,
  forgetting: null,
  augmentation_effect: null,
  details: {
    kind: "preference",
    loss: "kto",
    beta: 0.1,
    num_tokens: 3426,
    max_new_tokens: 155,
    examples: [
      { row: 27, prompt: "user: Who won?", chosen: "The home side.", rejected: null, reward: -1.5, tuned: "They did.", base: "They did." },
      { row: 28, prompt: "user: Who lost?", chosen: null, rejected: "No idea.", reward: -3, tuned: "The guests.", base: "No." },
    ],
  },
};
