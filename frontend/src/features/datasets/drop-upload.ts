import { datasetCalls } from "@/features/datasets/calls.ts";
import { send } from "@/lib/call.ts";

/** Tells the server that an upload is given up. A courtesy: what nobody claims expires there by itself. */
export async function dropUpload(id: string): Promise<void> {
  await send(datasetCalls.dropUpload(id)).catch(() => undefined);
}
