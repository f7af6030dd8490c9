import { Button } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { type DragEvent, useRef, useState } from "react";

import { ACCEPTED } from "@/features/datasets/check-file.ts";
import classes from "@/features/datasets/new-dataset.module.css";
import { canPick, droppedFiles, type PickedFile, pickFiles, plainFiles } from "@/features/datasets/picked-files.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  onFiles: (files: readonly PickedFile[]) => void;
}

export function DropZone({ onFiles }: Props) {
  const { t } = useI18n();
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setIsOver] = useState(false);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    void droppedFiles(event.dataTransfer).then(onFiles);
  };
  const choose = () => {
    if (canPick()) void pickFiles().then(onFiles);
    else input.current?.click();
  };
  return (
    // Dropping is an extra for the mouse; the button beside it does the same for everybody.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className={classes["zone"]}
      data-over={isOver || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={onDrop}
    >
      <IconFileUpload size={30} stroke={1.4} aria-hidden />
      <p className={classes["big"]}>{t("upload.drop")}</p>
      <p className="muted small">{t("upload.formats")}</p>
      <Button variant="default" onClick={choose}>
        {t("upload.choose")}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        accept={ACCEPTED.join(",")}
        className="visually-hidden"
        aria-label={t("upload.choose")}
        tabIndex={-1}
        onChange={(event) => {
          onFiles(plainFiles(event.currentTarget.files ?? []));
          event.currentTarget.value = "";
        }}
      />
    </div>
  );
}
