import { Button } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { Section } from "@/components/section.tsx";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import { NamesDialog } from "@/features/datasets/names-dialog.tsx";
import { useNamesModel, useTaggers } from "@/features/datasets/names-queries.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** With which model names of people are looked for in this dataset, and how that is changed. */
export function NamesSection() {
  const { t, format } = useI18n();
  const { dataset, version, isWriter } = useDatasetWork();
  const [isOpen, setIsOpen] = useState(false);
  const write = useNamesModel(dataset.id, version.id);
  const chosen = dataset.names_model;
  if (chosen === null && !isWriter) return null;
  return (
    <Section title={t("names.title")} hint={t("names.hint")}>
      <div className="stack">
        {chosen !== null && (
          <p className="wrap">{chosen.is_gone ? t("names.gone", { model: chosen.title }) : t("names.chosen", { model: chosen.title, types: format.list(chosen.types) })}</p>
        )}
        {isWriter && chosen !== null && (
          <div className="row">
            <Button size="sm" variant="default" onClick={() => setIsOpen(true)}>
              {t("names.change")}
            </Button>
            <Button size="sm" variant="subtle" loading={write.isPending} onClick={() => write.mutate(null)}>
              {t("names.remove")}
            </Button>
          </div>
        )}
        {chosen === null && <NothingChosen onChoose={() => setIsOpen(true)} />}
        <ErrorNotice error={write.error} />
      </div>
      {isOpen && <NamesDialog onClose={() => setIsOpen(false)} />}
    </Section>
  );
}

/** The way to a choice, or to a model that could be chosen. */
function NothingChosen({ onChoose }: { onChoose: () => void }) {
  const { t } = useI18n();
  const { taggers, error } = useTaggers();
  if (taggers?.length === 0) {
    return (
      <p className="muted">
        {t("names.none")} <Link to="/datasets/new?task=token_classification">{t("names.train")}</Link>
      </p>
    );
  }
  return (
    <>
      <ErrorNotice error={error} />
      <div>
        <Button size="sm" variant="default" disabled={taggers === undefined} onClick={onChoose}>
          {t("names.look")}
        </Button>
      </div>
    </>
  );
}
