/** Where the expected and the given answer stand in an excerpt, which the server cuts around the first expected answer. */
import type { SpanMark } from "@/features/jobs/tag-spans.ts";
import type { AnsweredQuestion } from "@/lib/api-types.ts";

/** As many characters as the server leaves around an answer, on both sides together. */
const EXCERPT = 240;
const CUT = "…";

interface Place {
  start: number;
  end: number;
}

export interface AnswerPart {
  text: string;
  /** `right`: given and expected; `wrong`: given only; `missed`: expected only. */
  mark: SpanMark | null;
}

/** Where the first expected answer begins, as far as the cuts of the excerpt tell. */
function middleOf(context: string, answer: string): number {
  const spare = Math.floor(Math.max(0, EXCERPT - answer.length) / 2);
  if (context.startsWith(CUT)) return CUT.length + spare;
  return context.endsWith(CUT) ? context.length - CUT.length - spare - answer.length : 0;
}

/** Of the places where a text occurs, the one nearest to where it should be. */
function nearest(context: string, text: string, middle: number): Place | null {
  let best: number | null = null;
  if (text === "") return null;
  for (let start = context.indexOf(text); start >= 0; start = context.indexOf(text, start + 1)) {
    if (best === null || Math.abs(start - middle) < Math.abs(best - middle)) best = start;
  }
  return best === null ? null : { start: best, end: best + text.length };
}

const covers = (place: Place | null, position: number) => place !== null && position >= place.start && position < place.end;

/** The excerpt cut where an answer begins or ends. Of several expected answers the one that was given is shown, else the first. */
export function answerParts({ context, expected, predicted }: Pick<AnsweredQuestion, "context" | "expected" | "predicted">): AnswerPart[] {
  const first = expected[0] ?? "";
  const middle = middleOf(context, expected.length > 0 ? first : predicted);
  const wanted = nearest(context, expected.includes(predicted) ? predicted : first, middle);
  const given = nearest(context, predicted, wanted?.start ?? middle);
  const cuts = [0, context.length, ...[wanted, given].flatMap((place) => (place ? [place.start, place.end] : []))];
  const sorted = [...new Set(cuts)].sort((a, b) => a - b);
  return sorted.slice(0, -1).map((start, index) => {
    const mark = covers(given, start) ? (covers(wanted, start) ? "right" : "wrong") : covers(wanted, start) ? "missed" : null;
    return { text: context.slice(start, sorted[index + 1]), mark };
  });
}
