import { Modal, Tabs } from "@mantine/core";

import { CopyField } from "@/components/copy-field.tsx";
import { type ApiCall, curlCode, pythonCode } from "@/lib/api-call.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** One request of what is to be done, and what it is for. */
export interface CodeStep {
  label: string;
  call: ApiCall;
}

interface Props {
  title: string;
  steps: readonly CodeStep[];
  onClose: () => void;
}

/** What a button does, as code to paste into a shell or a program. Mounted while it is open. */
export function CodeDialog({ title, steps, onClose }: Props) {
  const { t } = useI18n();
  return (
    <Modal opened onClose={onClose} title={title} size={720} centered closeButtonProps={{ "aria-label": t("action.close") }}>
      <p className="small muted">{t("code.hint")}</p>
      <Tabs defaultValue="curl" keepMounted={false} mt="sm">
        <Tabs.List aria-label={t("code.language")}>
          <Tabs.Tab value="curl">curl</Tabs.Tab>
          <Tabs.Tab value="python">Python</Tabs.Tab>
        </Tabs.List>
        {(["curl", "python"] as const).map((language) => (
          <Tabs.Panel key={language} value={language} pt="md">
            <div className="stack">
              {steps.map(({ label, call }) => (
                <CopyField key={label} label={label} text={(language === "curl" ? curlCode : pythonCode)(location.origin, call)} />
              ))}
            </div>
          </Tabs.Panel>
        ))}
      </Tabs>
    </Modal>
  );
}
