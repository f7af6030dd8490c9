import { Button, Modal, TextInput } from "@mantine/core";
import { IconLink } from "@tabler/icons-react";
import { useState } from "react";
import { useLocation } from "react-router";

import { useWorkspace } from "@/features/session/workspace-context.ts";
import { copyText } from "@/lib/copy-text.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { usePageActions } from "@/lib/page-actions.ts";
import { shareLink } from "@/lib/share-link.ts";
import { showToast } from "@/lib/toasts.ts";

/** Copies the address of the page as it is looked at, for members of the organisation; where the browser refuses, shows it to be copied by hand. */
export function ShareButton() {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const place = useLocation();
  const [byHand, setByHand] = useState<string | null>(null);
  const share = async () => {
    const link = shareLink(place, tenant.id);
    if (await copyText(link)) showToast(t("share.copied", { name: tenant.name }));
    else setByHand(link);
  };
  usePageActions([{ id: "share", label: t("share.button"), Icon: IconLink, isGeneral: true, run: () => void share() }]);
  return (
    <>
      <Button
        variant="default"
        data-print="never"
        leftSection={<IconLink size={15} aria-hidden />}
        title={t("share.hint", { name: tenant.name })}
        onClick={() => void share()}
      >
        {t("share.button")}
      </Button>
      <Modal opened={byHand !== null} onClose={() => setByHand(null)} title={t("share.by_hand_title")} centered closeButtonProps={{ "aria-label": t("action.close") }}>
        <TextInput
          label={t("share.link")}
          description={t("share.by_hand", { name: tenant.name })}
          value={byHand ?? ""}
          readOnly
          data-autofocus
          onFocus={(event) => event.currentTarget.select()}
        />
      </Modal>
    </>
  );
}
