import { Button } from "@mantine/core";

import classes from "@/components/copy-field.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useCopied } from "@/lib/use-copied.ts";

interface Props {
  label: string;
  text: string;
  /** What stands around it says what it is. */
  isLabelHidden?: boolean;
}

export function CopyField({ label, text, isLabelHidden = false }: Props) {
  const { t } = useI18n();
  const [isCopied, copy] = useCopied(text);
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
        <Button size="sm" variant="subtle" className={classes["button"] ?? ""} onClick={copy} aria-label={`${t("action.copy")}: ${label}`}>
          {isCopied ? t("copy.done") : t("action.copy")}
        </Button>
      </div>
    </div>
  );
}
