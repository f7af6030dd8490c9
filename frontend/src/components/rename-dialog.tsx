import { Button, Modal, TextInput } from "@mantine/core";
import { type SyntheticEvent, useState } from "react";

import { CodeFold } from "@/components/code-fold.tsx";
import type { Call } from "@/lib/call.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  title: string;
  name: string;
  maxLength?: number;
  isPending: boolean;
  error: unknown;
  /** What saving a name sends. */
  callOf?: (name: string) => Call;
  onSave: (name: string) => void;
  onClose: () => void;
}

/** Mounted while it is open, so that it starts with the present name each time. */
export function RenameDialog({ title, name, maxLength = 200, isPending, error, callOf, onSave, onClose }: Props) {
  const { t } = useI18n();
  const [value, setValue] = useState(name);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!isPending && value.trim() !== "") onSave(value.trim());
  };
  return (
    <Modal opened onClose={onClose} title={title} centered closeButtonProps={{ "aria-label": t("action.close") }}>
      <form className="stack" onSubmit={submit}>
        <TextInput
          label={t("field.name")}
          value={value}
          maxLength={maxLength}
          data-autofocus
          error={error === null || error === undefined ? null : describeError(error, t)}
          onChange={(event) => setValue(event.currentTarget.value)}
        />
        {callOf !== undefined && <CodeFold calls={[callOf(value.trim())]} />}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={isPending} disabled={value.trim() === ""}>
            {t("action.save")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
