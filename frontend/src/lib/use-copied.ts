import { useState } from "react";

import { copyText } from "@/lib/copy-text.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { showToast } from "@/lib/toasts.ts";

/** Whether `text` was copied, and how to copy it; a browser that refuses is told of. */
export function useCopied(text: string): readonly [isCopied: boolean, copy: () => void] {
  const { t } = useI18n();
  const [isCopied, setIsCopied] = useState(false);
  const copy = async () => {
    const done = await copyText(text);
    setIsCopied(done);
    if (!done) showToast(t("copy.refused"), "error");
  };
  return [isCopied, () => void copy()];
}
