import { Button, SegmentedControl } from "@mantine/core";
import { IconChevronDown, IconCode } from "@tabler/icons-react";
import { useId, useState } from "react";

import classes from "@/components/code.module.css";
import { CopyField } from "@/components/copy-field.tsx";
import { CODE_LANGUAGES, type CodeLanguage, codeIn, isCodeLanguage } from "@/components/code-language.ts";
import { type Call, stepOf } from "@/lib/call.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  /** What would be sent with what stands in the form now. */
  calls: readonly Call[];
}

/** In a dialog or a form: the requests that its button sends, as code to paste. Shut at first. */
export function CodeFold({ calls }: Props) {
  const { t } = useI18n();
  const id = useId();
  const [isOpen, setIsOpen] = useState(false);
  const [language, setLanguage] = useState<CodeLanguage>("curl");
  return (
    <div className={classes["fold"]}>
      <Button
        type="button"
        variant="subtle"
        size="compact-sm"
        leftSection={<IconCode size={14} aria-hidden />}
        rightSection={<IconChevronDown size={14} className={classes["chevron"]} aria-hidden />}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setIsOpen(!isOpen)}
      >
        {t("code.as_code")}
      </Button>
      <div id={id} hidden={!isOpen}>
        {isOpen && (
          <div className="stack" style={{ gap: 12 }}>
            <SegmentedControl
              size="xs"
              w="fit-content"
              aria-label={t("code.language")}
              data={CODE_LANGUAGES.map((name) => ({ value: name, label: name }))}
              value={language}
              onChange={(value) => {
                if (isCodeLanguage(value)) setLanguage(value);
              }}
            />
            {calls.map((call, index) => {
              const step = stepOf(call, t);
              return <CopyField key={index} label={step.label} text={codeIn(language, step.call)} />;
            })}
            <p className="small muted">{t("code.hint")}</p>
          </div>
        )}
      </div>
    </div>
  );
}
