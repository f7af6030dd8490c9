import { useEffect, useState } from "react";

import { HEAD_BYTES, type HeadTable, readHead } from "@/features/datasets/read-head.ts";
import type { QueuedUpload } from "@/features/datasets/upload-queue.ts";

export interface Head extends HeadTable {
  /** All of the file was read, so that its rows are counted. */
  isWhole: boolean;
}

/** Of other files the browser cannot tell the columns as the server does. */
const TABLE = /\.(csv|tsv|json|jsonl|ndjson)$/i;

/** The beginning of each file in a list, as far as the browser can read it; null for what only the server reads. */
export function useHeads(queue: readonly QueuedUpload[]): ReadonlyMap<string, Head | null> {
  const [heads, setHeads] = useState<ReadonlyMap<string, Head | null>>(new Map());
  useEffect(() => {
    let isWanted = true;
    for (const { id, file, name } of queue) {
      if (heads.has(id)) continue;
      const reading = file !== null && TABLE.test(name) ? readHead(file).catch(() => null) : Promise.resolve(null);
      void reading.then((head) => {
        if (isWanted) setHeads((before) => new Map(before).set(id, head && { ...head, isWhole: (file?.size ?? 0) <= HEAD_BYTES }));
      });
    }
    return () => {
      isWanted = false;
    };
  }, [queue, heads]);
  return heads;
}
