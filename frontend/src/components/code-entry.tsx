import { IconChevronDown } from "@tabler/icons-react";
import { useId } from "react";

import { type CodeLanguage, codeIn } from "@/components/code-language.ts";
import classes from "@/components/code.module.css";
import { CopyField } from "@/components/copy-field.tsx";
import type { CodeStep } from "@/lib/api-call.ts";

interface Props {
  step: CodeStep;
  language: CodeLanguage;
  isOpen: boolean;
  onToggle: () => void;
}

/** One of many requests: a line that says what it does and where it goes, and its code when it is opened. */
export function CodeEntry({ step: { label, call }, language, isOpen, onToggle }: Props) {
  const id = useId();
  return (
    <>
      <button type="button" className={classes["entry"]} aria-expanded={isOpen} aria-controls={id} onClick={onToggle}>
        <span className={classes["label"]}>{label}</span>
        <code className={classes["address"]}>
          {call.method} {call.path}
        </code>
        <IconChevronDown size={15} className={classes["chevron"]} aria-hidden />
      </button>
      <div id={id} hidden={!isOpen} className={classes["code"]}>
        {isOpen && <CopyField label={label} text={codeIn(language, call)} isLabelHidden />}
      </div>
    </>
  );
}
