import type { Sample } from "@/features/models/question-form.tsx";
import type { Evaluation } from "@/lib/api-types.ts";

const MASK = "[MASK]";
const CUT = /^…|…$/g;
/** Prompts are shown with who says them. */
const SPEAKER = "user: ";

/** A held-out row as a question, to be tried: the hardest one that the evaluation shows. */
export function sampleOf(evaluation: Evaluation): Sample | null {
  const { task, details, mistakes } = evaluation;
  switch (details.kind) {
    case "question_answering": {
      const [first] = details.examples;
      return first ? { question: first.question, context: first.context.replace(CUT, "") } : null;
    }
    case "ranking": {
      const [first] = details.examples;
      if (!first) return pairSample(evaluation);
      return task === "embedding" ? { text: first.query } : { query: first.query, candidates: first.first.map(({ text }) => onOneLine(text)).join("\n") };
    }
    case "language": {
      const [first] = details.examples;
      return first ? { prompt: first.prompt } : null;
    }
    case "hidden_words": {
      const [first] = details.examples;
      return first ? { text: first.parts.join(MASK) } : null;
    }
    case "writing":
    case "preference": {
      const first = details.examples.find(({ prompt }) => prompt.startsWith(SPEAKER));
      return first ? { prompt: first.prompt.slice(SPEAKER.length) } : null;
    }
    default: {
      const [first] = mistakes;
      if (!first) return null;
      return first.text_b === null ? { text: first.text } : { text_a: first.text, text_b: first.text_b };
    }
  }
}

/** What the row of the sample has as its answer, where that is a label, a number or a passage. */
export function truthOf({ details, mistakes }: Evaluation): string | null {
  switch (details.kind) {
    case "question_answering":
      return details.examples[0]?.expected[0] ?? null;
    case "ranking":
    case "language":
    case "hidden_words":
    case "writing":
    case "preference":
      return null;
    default:
      return mistakes[0]?.label ?? null;
  }
}

function pairSample({ mistakes }: Evaluation): Sample | null {
  const [first] = mistakes;
  return first && first.text_b !== null ? { query: first.text, candidates: onOneLine(first.text_b) } : null;
}

function onOneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ");
}
