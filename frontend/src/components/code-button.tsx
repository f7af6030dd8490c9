import { Button } from "@mantine/core";
import { IconCode } from "@tabler/icons-react";
import { useState } from "react";

import { CodeDialog } from "@/components/code-dialog.tsx";
import type { CodeGroup } from "@/lib/api-call.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { usePageActions } from "@/lib/page-actions.ts";

interface Props {
  /** What is done, as the title of the dialog. */
  title: string;
  groups: readonly CodeGroup[];
  /** It has all that the page does, and is found among what can be done on it. */
  isOfPage?: boolean;
  className?: string | undefined;
}

/** Opens the code of an action. */
export function CodeButton({ title, groups, isOfPage = false, className }: Props) {
  const { t } = useI18n();
  const [isOpen, setIsOpen] = useState(false);
  const open = () => setIsOpen(true);
  usePageActions(isOfPage ? [{ id: "code", label: title, Icon: IconCode, isGeneral: true, run: open }] : []);
  return (
    <>
      <Button
        type="button"
        variant="subtle"
        className={className}
        leftSection={<IconCode size={16} aria-hidden />}
        aria-label={`${t("code.as_code")}: ${title}`}
        aria-haspopup="dialog"
        data-print="never"
        onClick={open}
      >
        {t("code.as_code")}
      </Button>
      {isOpen && <CodeDialog title={title} groups={groups} onClose={() => setIsOpen(false)} />}
    </>
  );
}
