import { Select } from "@mantine/core";
import { useState } from "react";

import { niceAxis } from "@/components/nice-axis.ts";
import { PlotFrame } from "@/components/plot-frame.tsx";
import { Section } from "@/components/section.tsx";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import classes from "@/features/datasets/doctor.module.css";
import { shareOfPlot } from "@/features/datasets/length-scale.ts";
import { useBaseModels } from "@/features/jobs/job-queries.ts";
import type { BaseModel, TokenLengths } from "@/lib/api-types.ts";
import type { Formatter } from "@/lib/format.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

const WIDTH = 600;
const HEIGHT = 200;
const GAP = 2;
const X_TICKS = 6;

interface Props {
  lengths: TokenLengths;
}

/** How long the texts are, and what the base model of one's choice would not read of them. */
export function TokenLengthsSection({ lengths }: Props) {
  const { t } = useI18n();
  const { version } = useDatasetWork();
  const models = useBaseModels();
  const [chosen, setChosen] = useState<string | null>(null);
  const able = models.data?.data.filter(({ tasks }) => tasks.includes(version.task)) ?? [];
  const model = able.find(({ slug }) => slug === chosen) ?? able[0] ?? null;
  const isSample = lengths.num_counted < lengths.num_rows;
  return (
    <Section title={t("lengths.title")} hint={t("lengths.hint", { model: lengths.counted_by })}>
      <div className="stack">
        {model !== null && (
          <Select
            label={t("job.base_model")}
            data={able.map(({ slug, name }) => ({ value: slug, label: name }))}
            value={model.slug}
            onChange={setChosen}
            allowDeselect={false}
            data-print="text"
            maw={360}
          />
        )}
        <LengthPlot lengths={lengths} model={model} />
        {isSample && <p className="small faint">{t("lengths.sample", { shown: lengths.num_counted, count: lengths.num_rows })}</p>}
      </div>
    </Section>
  );
}

function LengthPlot({ lengths, model }: Props & { model: BaseModel | null }) {
  const { t, format } = useI18n();
  const { bins } = lengths;
  const axis = niceAxis([{ low: 0, high: Math.max(...bins.map((bin) => bin.num_rows)) }]);
  const edges = [...bins.map(({ low }) => low), ...bins.slice(-1).map(({ high }) => high)];
  const every = Math.ceil(bins.length / X_TICKS);
  const width = WIDTH / bins.length;
  const limit = model?.max_length ?? Infinity;
  const line = shareOfPlot(bins, limit);
  const told = model === null ? "" : limitInWords(lengths, model, t, format);
  const inWords = (bin: (typeof bins)[number]) => t("lengths.bin", { low: bin.low, high: bin.high - 1, count: bin.num_rows });
  const down = (value: number) => (1 - value / axis.high) * HEIGHT;
  return (
    <>
      {told !== "" && <p aria-live="polite">{told}</p>}
      <PlotFrame
        label={[t("lengths.title"), ...bins.filter(({ num_rows }) => num_rows > 0).map(inWords), told].filter(Boolean).join(" ")}
        xLabel={t("lengths.tokens")}
        yLabel={t("lengths.rows")}
        width={WIDTH}
        height={HEIGHT}
        xTicks={edges.flatMap((value, index) => (index % every === 0 ? [{ value, share: index / bins.length, text: format.integer(value) }] : []))}
        yTicks={axis.ticks.map((value) => ({ value, share: value / axis.high, text: format.integer(value) }))}
        grid={axis.ticks.map((value) => `M0 ${down(value)}H${WIDTH}`)}
      >
        {bins.map((bin, index) => (
          <rect
            key={bin.low}
            className={classes["lengthBar"]}
            data-cut={bin.low > limit || undefined}
            x={index * width + GAP / 2}
            width={width - GAP}
            y={down(bin.num_rows)}
            height={HEIGHT - down(bin.num_rows)}
          >
            <title>{inWords(bin)}</title>
          </rect>
        ))}
        {line !== null && <line className={classes["lengthLimit"]} data-testid="length-limit" x1={line * WIDTH} x2={line * WIDTH} y1={0} y2={HEIGHT} />}
      </PlotFrame>
    </>
  );
}

/** Nothing of a model that is newer than the report. */
function limitInWords({ limits, num_counted }: TokenLengths, { name, max_length }: BaseModel, t: Translate, format: Formatter): string {
  const found = limits.find(({ max_tokens }) => max_tokens === max_length);
  if (found === undefined) return "";
  if (found.num_rows === 0) return t("lengths.whole", { model: name, limit: max_length });
  const shares = { rows: format.percent(found.num_rows / num_counted), tokens: format.percent(found.share_of_tokens) };
  return t("lengths.cut", { model: name, limit: max_length, ...shares });
}
