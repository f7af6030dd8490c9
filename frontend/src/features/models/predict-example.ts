/** A call of the prediction endpoint that works when pasted into a shell, with the key put in its place. */
export function predictExample(origin: string, versionId: string): string {
  return [
    `curl ${origin}/api/v1/model-versions/${versionId}/predict \\`,
    `  -H "Authorization: Bearer $ANNEAL_API_KEY" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '{"texts": ["Where is my parcel?"], "top_k": 3}'`,
  ].join("\n");
}
