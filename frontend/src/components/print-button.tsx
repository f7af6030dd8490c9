import { Button } from "@mantine/core";
import { IconPrinter } from "@tabler/icons-react";

import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { usePageActions } from "@/lib/page-actions.ts";

/** The page on paper, or as a PDF; app/print.css says how. */
export function PrintButton() {
  const { t } = useI18n();
  const print = () => window.print();
  usePageActions([{ id: "print", label: t("action.print"), Icon: IconPrinter, isGeneral: true, run: print }]);
  return (
    <Button variant="default" leftSection={<IconPrinter size={15} aria-hidden />} onClick={print}>
      {t("action.print")}
    </Button>
  );
}
