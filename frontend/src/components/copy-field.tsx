import { Button } from "@mantine/core";
import { useState } from "react";

import classes from "@/components/copy-field.module.css";
import { copyText } from "@/lib/copy-text.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { showToast } from "@/lib/toasts.ts";

interface Props {
  label: string;
  text: string;
  /** What stands around it says what it is. */
  isLabelHidden?: boolean;
}

export function CopyField({ label, text, isLabelHidden = false }: Props) {
  const { t } = useI18n();
  const [isCopied, setIsCopied] = useState(false);
  const copy = async () => {
    const done = await copyText(text);
    setIsCopied(done);
    if (!done) showToast(t("copy.refused"), "error");
  };
  return (
    <div>
      {!isLabelHidden && (
        <p className="small" style={{ fontWeight: 550, marginBottom: 4 }}>
          {label}
        </p>
      )}
      <div className={classes["field"]}>
        {/* A scrolling region must be reachable by keyboard. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <pre className={classes["text"]} tabIndex={0} role="region" aria-label={label}>
          {text}
        </pre>
        <Button size="sm" variant="subtle" className={classes["button"] ?? ""} onClick={() => void copy()} aria-label={`${t("action.copy")}: ${label}`}>
          {isCopied ? t("copy.done") : t("action.copy")}
        </Button>
      </div>
    </div>
  );
}
