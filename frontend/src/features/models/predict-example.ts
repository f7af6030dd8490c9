const TEXT = "Where is my parcel?";
const OTHER = "When will my order arrive?";
const CONTEXT = "Parcels leave our warehouse within one day. Most of them arrive on the third day after the order.";

/** What a model of a task may be asked. */
function exampleBody(task: string): Record<string, unknown> {
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

const addressOf = (origin: string, versionId: string) => `${origin}/api/v1/model-versions/${versionId}/predict`;

/** A call of the prediction endpoint that works when pasted into a shell, with the key put in its place. */
export function predictExample(origin: string, versionId: string, task: string): string {
  return [
    `curl ${addressOf(origin, versionId)} \\`,
    `  -H "Authorization: Bearer $ANNEAL_API_KEY" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '${JSON.stringify(exampleBody(task))}'`,
  ].join("\n");
}

/** Vectors are for comparing texts, which is the caller's to do. */
const USE_OF_TASK: Readonly<Record<string, readonly string[]>> = {
  embedding: [`first, second = (prediction["vector"] for prediction in predictions)`, `print("cosine", sum(a * b for a, b in zip(first, second)))`],
};

/** The same in Python, without any library. Texts and lists are written alike in JSON and in Python. */
export function pythonExample(origin: string, versionId: string, task: string): string {
  return [
    "import json",
    "import os",
    "import urllib.request",
    "",
    `body = ${JSON.stringify(exampleBody(task))}`,
    "request = urllib.request.Request(",
    `    "${addressOf(origin, versionId)}",`,
    "    data=json.dumps(body).encode(),",
    `    headers={"Authorization": "Bearer " + os.environ["ANNEAL_API_KEY"], "Content-Type": "application/json"},`,
    ")",
    "with urllib.request.urlopen(request) as answer:",
    `    predictions = json.load(answer)["predictions"]`,
    ...(USE_OF_TASK[task] ?? ["print(predictions)"]),
  ].join("\n");
}
