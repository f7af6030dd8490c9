import { datasetCalls } from "@/features/datasets/calls.ts";
import { overviewCalls } from "@/features/overview/calls.ts";
import type { CodeGroup } from "@/lib/api-call.ts";
import { blank } from "@/lib/call-blanks.ts";
import { stepsOf } from "@/lib/call.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

/** What can be asked and done from home. What waits there is a person's, and a key is none. */
export function overviewCode(isWriter: boolean, t: Translate): CodeGroup[] {
  return [{ title: null, steps: stepsOf([overviewCalls.search("WORDS_TO_FIND"), ...(isWriter ? [datasetCalls.sample(), datasetCalls.retryImport(blank("UPLOAD"))] : [])], t) }];
}
