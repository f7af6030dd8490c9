import { Button, Checkbox, Modal, Select } from "@mantine/core";
import { useState } from "react";

import { CodeFold } from "@/components/code-fold.tsx";
import { ErrorNotice } from "@/components/error-notice.tsx";
import { datasetCalls } from "@/features/datasets/calls.ts";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import { useNamesModel, useTaggers } from "@/features/datasets/names-queries.ts";
import { isNameType } from "@/features/datasets/names-types.ts";
import { versionName } from "@/features/datasets/version-words.ts";
import { fullName } from "@/features/models/other-version.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** Chooses a tagger, and which of its types are names of people. */
export function NamesDialog({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const { dataset, version } = useDatasetWork();
  const { taggers = [], error } = useTaggers();
  const write = useNamesModel(dataset.id, version.id);
  const before = dataset.names_model;
  const [modelId, setModelId] = useState(before?.model_version_id ?? null);
  const [picked, setPicked] = useState<string[] | null>(before?.is_gone === false ? before.types : null);
  const model = taggers.find(({ id }) => id === modelId) ?? taggers[0];
  const types = model?.labels ?? [];
  const chosen = (picked ?? types.filter(isNameType)).filter((type) => types.includes(type));
  const choice = { model_version_id: model?.id ?? "", types: chosen };
  const choose = (id: string | null) => {
    setModelId(id);
    setPicked(null);
  };
  return (
    <Modal opened onClose={onClose} title={t("names.dialog")} centered closeButtonProps={{ "aria-label": t("action.close") }}>
      <div className="stack">
        <Select
          label={t("names.model")}
          data={taggers.map((one) => ({ value: one.id, label: fullName(one) }))}
          value={model?.id ?? null}
          onChange={choose}
          allowDeselect={false}
          searchable={taggers.length > 1}
          data-autofocus
        />
        <Checkbox.Group label={t("names.types")} description={types.some(isNameType) ? undefined : t("names.types_hint")} value={chosen} onChange={setPicked}>
          <div className="row">
            {types.map((type) => (
              <Checkbox key={type} value={type} label={<bdi>{type}</bdi>} />
            ))}
          </div>
        </Checkbox.Group>
        <p className="muted">{t("names.effect", { version: versionName(version) })}</p>
        <ErrorNotice error={error ?? write.error} />
        <CodeFold calls={[datasetCalls.chooseNames(dataset.id, choice)]} />
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={onClose} disabled={write.isPending}>
            {t("action.cancel")}
          </Button>
          <Button onClick={() => write.mutate(choice, { onSuccess: onClose })} loading={write.isPending} disabled={model === undefined || chosen.length === 0}>
            {t("names.start")}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
