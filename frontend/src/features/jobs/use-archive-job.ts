import { useSteerJob } from "@/features/jobs/job-queries.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { showToast } from "@/lib/toasts.ts";
import { useUndo } from "@/lib/use-undo.ts";

const BACK = { archive: "unarchive", unarchive: "archive" } as const;

/** Puts a job away or brings it back, which its page shows at once. A refusal is said wherever the reader is by then. */
export function useArchiveJob(id: string) {
  const { t } = useI18n();
  const { mutateAsync: steer } = useSteerJob(id);
  const offerUndo = useUndo();
  return async (verb: keyof typeof BACK): Promise<void> => {
    try {
      await steer(verb);
    } catch (error) {
      showToast(describeError(error, t), "error");
      return;
    }
    offerUndo(t(`bulk.done_${verb}`, { count: 1 }), () => steer(BACK[verb]));
  };
}
