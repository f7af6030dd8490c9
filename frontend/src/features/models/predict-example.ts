import { modelCalls, type PredictBody } from "@/features/models/calls.ts";
import { curlCode, pythonCode } from "@/lib/api-call.ts";
import { apiCallOf } from "@/lib/call.ts";

const TEXT = "Where is my parcel?";
const OTHER = "When will my order arrive?";
const CONTEXT = "Parcels leave our warehouse within one day. Most of them arrive on the third day after the order.";

/** What a model of a task may be asked. */
export function exampleBody(task: string): PredictBody {
  switch (task) {
    case "pair_classification":
    case "pair_regression":
    case "similarity":
      return { inputs: [{ text_a: TEXT, text_b: OTHER }] };
    case "question_answering":
      return { inputs: [{ question: OTHER, context: CONTEXT }] };
    case "ranking":
      return { inputs: [{ query: TEXT, candidates: [OTHER, "How do I change my password?"] }] };
    case "embedding":
      return { texts: [TEXT, OTHER] };
    case "masked_lm":
      return { texts: ["My [MASK] has not arrived yet."] };
    case "causal_lm":
      return { inputs: [{ prompt: "Your parcel will" }], max_new_tokens: 64 };
    case "chat":
    case "preference":
      return { inputs: [{ messages: [{ role: "user", content: TEXT }] }], max_new_tokens: 64 };
    default:
      return { texts: [TEXT] };
  }
}

const callOf = (versionId: string, task: string) => apiCallOf(modelCalls.predict(versionId, exampleBody(task)));

/** A call of the prediction endpoint that works when pasted into a shell, with the key put in its place. */
export function predictExample(origin: string, versionId: string, task: string): string {
  return curlCode(origin, callOf(versionId, task));
}

/** Vectors are for comparing texts, which is the caller's to do. */
const USE_OF_TASK: Readonly<Record<string, readonly string[]>> = {
  embedding: [`first, second = (prediction["vector"] for prediction in predictions)`, `print("cosine", sum(a * b for a, b in zip(first, second)))`],
};

/** The same in Python, without any library. */
export function pythonExample(origin: string, versionId: string, task: string): string {
  return pythonCode(origin, callOf(versionId, task), [`predictions = json.load(answer)["predictions"]`, ...(USE_OF_TASK[task] ?? ["print(predictions)"])]);
}
