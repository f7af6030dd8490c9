import { SegmentedControl } from "@mantine/core";
import { useState } from "react";

import { DropZone } from "@/features/datasets/drop-zone.tsx";
import { ImportForm } from "@/features/datasets/import-form.tsx";
import { PasteRows } from "@/features/datasets/paste-rows.tsx";
import type { Uploads } from "@/features/datasets/use-uploads.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const WAYS = ["files", "paste", "address"] as const;
type Way = (typeof WAYS)[number];

/** The ways in: files from this computer, rows from the clipboard, an address. All of them fill the same list. */
export function FileSources({ uploads }: { uploads: Uploads }) {
  const { t } = useI18n();
  const [way, setWay] = useState<Way>("files");
  return (
    <div className="stack">
      <SegmentedControl
        aria-label={t("upload.ways")}
        value={way}
        data={WAYS.map((value) => ({ value, label: t(`upload.way_${value}`) }))}
        onChange={(value) => setWay(WAYS.find((entry) => entry === value) ?? "files")}
      />
      {way === "files" && <DropZone onFiles={(files) => void uploads.add(files)} />}
      {way === "paste" && <PasteRows onFiles={(files) => void uploads.add(files)} />}
      {way === "address" && <ImportForm onImport={uploads.beginImport} />}
    </div>
  );
}
