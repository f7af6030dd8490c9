import { IconFileUpload } from "@tabler/icons-react";

import { DropPlace } from "@/components/drop-place.tsx";
import { ACCEPTED } from "@/features/datasets/check-file.ts";
import classes from "@/features/datasets/new-dataset.module.css";
import { canPick, droppedFiles, type PickedFile, pickFiles, plainFiles } from "@/features/datasets/picked-files.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  onFiles: (files: readonly PickedFile[]) => void;
}

export function DropZone({ onFiles }: Props) {
  const { t } = useI18n();
  const choose = () => {
    if (!canPick()) return false;
    void pickFiles().then(onFiles);
    return true;
  };
  return (
    <DropPlace
      className={classes["zone"]}
      choose={t("upload.choose")}
      accept={ACCEPTED.join(",")}
      isMultiple
      onDropped={(dropped) => void droppedFiles(dropped).then(onFiles)}
      onPicked={(files) => onFiles(plainFiles(files))}
      onChoose={choose}
    >
      <IconFileUpload size={30} stroke={1.4} aria-hidden />
      <p className={classes["big"]}>{t("upload.drop")}</p>
      <p className="muted small">{t("upload.formats")}</p>
    </DropPlace>
  );
}
