import type { DataRole } from "@/lib/api-types.ts";
import { questionFields } from "@/lib/tasks.ts";

const EXAMPLES: Readonly<Partial<Record<DataRole, string>>> = {
  text: "Where is my parcel?",
  text_a: "Where is my parcel?",
  text_b: "When will my order arrive?",
};

/** A call of the prediction endpoint that works when pasted into a shell, with the key put in its place. */
export function predictExample(origin: string, versionId: string, task: string): string {
  const question = Object.fromEntries(questionFields(task).map((field) => [field, EXAMPLES[field] ?? ""]));
  const body = "text" in question ? { texts: [question["text"]] } : { inputs: [question] };
  return [
    `curl ${origin}/api/v1/model-versions/${versionId}/predict \\`,
    `  -H "Authorization: Bearer $ANNEAL_API_KEY" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '${JSON.stringify(body)}'`,
  ].join("\n");
}
