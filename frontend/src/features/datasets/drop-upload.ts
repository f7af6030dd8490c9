import { api } from "@/lib/api-client.ts";

/** Tells the server that an upload is given up. A courtesy: what nobody claims expires there by itself. */
export async function dropUpload(id: string): Promise<void> {
  await api.DELETE("/api/v1/uploads/{id}", { params: { path: { id }, header: { "Tus-Resumable": "1.0.0" } } }).catch(() => undefined);
}
