import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { showToast } from "@/lib/toasts.ts";

/** Say what was done, after the server confirmed it, and offer to take it back. `undone` is said when that worked. */
export function useUndo() {
  const { t } = useI18n();
  return (done: string, undo: () => Promise<unknown>, undone: string = t("undo.undone")): void =>
    showToast(done, "info", {
      label: t("undo.undo"),
      run: async () => {
        try {
          await undo();
        } catch (error) {
          showToast(describeError(error, t), "error");
          throw error;
        }
        showToast(undone);
      },
    });
}
