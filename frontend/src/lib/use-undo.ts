import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { showToast } from "@/lib/toasts.ts";
import type { Renaming } from "@/lib/written-over.ts";

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

/**
 * Give something another name, which pages show at once (`useHoped`), and offer to take it back. A refusal is said wherever the reader
 * is by then.
 */
export function useRenameAtOnce(rename: (wish: Renaming) => Promise<unknown>) {
  const { t } = useI18n();
  const offerNameBack = useRenameUndo(rename);
  return async (wish: Renaming, onDone: () => void): Promise<void> => {
    try {
      await rename(wish);
    } catch (error) {
      showToast(t("undo.not_renamed", { name: wish.name, reason: describeError(error, t) }), "error");
      return;
    }
    onDone();
    offerNameBack(wish);
  };
}

/** Say that something was renamed, and offer the name back that it had; `rename` gives it one. */
export function useRenameUndo(rename: (wish: Renaming) => Promise<unknown>) {
  const { t } = useI18n();
  const offerUndo = useUndo();
  return ({ name, base }: Renaming): void => {
    if (name !== base) offerUndo(t("undo.renamed", { name }), () => rename({ name: base, base: name }));
  };
}
