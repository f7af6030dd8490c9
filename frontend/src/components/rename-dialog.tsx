import { Button, Modal, TextInput } from "@mantine/core";
import { type SyntheticEvent, useState } from "react";

import { CodeFold } from "@/components/code-fold.tsx";
import { Notice } from "@/components/notice.tsx";
import type { Call } from "@/lib/call.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { isWrittenOver } from "@/lib/written-over.ts";

interface Props {
  title: string;
  /** As it is known now. */
  name: string;
  maxLength?: number;
  isPending: boolean;
  /** The page shows the name while it is on its way, so that this steps aside, and comes back with what was typed where it is refused. */
  isShownAtOnce?: boolean;
  error: unknown;
  /** What saving a name sends. */
  callOf?: (name: string, base: string) => Call;
  /** `base` is what the reader saw before they decided on another. */
  onSave: (name: string, base: string) => void;
  onClose: () => void;
}

/** Mounted while it is open, so that it starts with the present name each time. Says both names where somebody else was faster. */
export function RenameDialog({ title, name, maxLength = 200, isPending, isShownAtOnce = false, error, callOf, onSave, onClose }: Props) {
  const { t } = useI18n();
  const [value, setValue] = useState(name);
  const [base] = useState(name);
  const isOther = isWrittenOver(error) && name !== base;
  const read = isOther ? name : base;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!isPending && value.trim() !== "") onSave(value.trim(), read);
  };
  return (
    <Modal opened={!(isShownAtOnce && isPending)} onClose={onClose} title={title} centered closeButtonProps={{ "aria-label": t("action.close") }}>
      <form className="stack" onSubmit={submit}>
        {isOther && (
          <Notice tone="warning" title={t("undo.changed_title")}>
            <p className="wrap">{t("undo.changed_text", { name })}</p>
          </Notice>
        )}
        <TextInput
          label={t("field.name")}
          value={value}
          maxLength={maxLength}
          data-autofocus
          error={error === null || error === undefined || isOther ? null : describeError(error, t)}
          onChange={(event) => setValue(event.currentTarget.value)}
        />
        {callOf !== undefined && <CodeFold calls={[callOf(value.trim(), read)]} />}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={onClose}>
            {t(isOther ? "undo.keep_theirs" : "action.cancel")}
          </Button>
          <Button type="submit" loading={isPending} disabled={value.trim() === ""}>
            {t(isOther ? "undo.use_mine" : "action.save")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
