import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";

import { MarkdownText } from "@/components/markdown-text.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { useModelCard } from "@/features/models/model-queries.ts";
import type { ModelVersion } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { saveContent } from "@/lib/save-content.ts";
import { useCopied } from "@/lib/use-copied.ts";

interface Props {
  version: ModelVersion;
}

/** What the download says about itself, to be read before it is downloaded. */
export function ModelCardSection({ version }: Props) {
  const { t } = useI18n();
  const card = useModelCard(version.id);
  const text = card.data?.text ?? null;
  return (
    <Section
      title={t("model.card")}
      hint={t("model.card_hint")}
      actions={text !== null && <CardActions text={text} filename={`model-card-v${version.number}.md`} />}
    >
      <QueryView query={card} lines={6}>
        {(data) => (data.text === null ? <p className="muted">{t("model.card_none")}</p> : <div lang="en"><MarkdownText text={data.text} label={t("model.card")} /></div>)}
      </QueryView>
    </Section>
  );
}

function CardActions({ text, filename }: { text: string; filename: string }) {
  const { t } = useI18n();
  const [isCopied, copy] = useCopied(text);
  return (
    <div className="row">
      <Button variant="default" size="sm" aria-label={`${t("action.copy")}: ${t("model.card")}`} onClick={copy}>
        {isCopied ? t("copy.done") : t("action.copy")}
      </Button>
      <Button
        variant="default"
        size="sm"
        leftSection={<IconDownload size={15} aria-hidden />}
        onClick={() => saveContent(new Blob([text], { type: "text/markdown;charset=utf-8" }), filename)}
      >
        {t("model.card_download")}
      </Button>
    </div>
  );
}
