import { Button } from "@mantine/core";
import { IconCode } from "@tabler/icons-react";
import { useState } from "react";

import { CodeDialog, type CodeStep } from "@/components/code-dialog.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  /** What is done, as the title of the dialog. */
  title: string;
  steps: readonly CodeStep[];
}

/** Opens the code of an action. */
export function CodeButton({ title, steps }: Props) {
  const { t } = useI18n();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button
        type="button"
        variant="subtle"
        leftSection={<IconCode size={16} aria-hidden />}
        aria-label={`${t("code.copy")}: ${title}`}
        aria-haspopup="dialog"
        onClick={() => setIsOpen(true)}
      >
        {t("code.copy")}
      </Button>
      {isOpen && <CodeDialog title={title} steps={steps} onClose={() => setIsOpen(false)} />}
    </>
  );
}
