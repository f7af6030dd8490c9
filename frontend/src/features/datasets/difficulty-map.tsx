import { Button, SegmentedControl } from "@mantine/core";
import { useMemo, useState } from "react";

import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import { useDifficultyMap } from "@/features/datasets/doctor-queries.ts";
import { MapCanvas, type MapLayer, type MapTool } from "@/features/datasets/map-canvas.tsx";
import { difficultyStep, labelStyles, styleOf } from "@/features/datasets/map-colours.ts";
import { MapLegend } from "@/features/datasets/map-legend.tsx";
import { MapSelection } from "@/features/datasets/map-selection.tsx";
import classes from "@/features/datasets/map.module.css";
import type { DifficultyMap, MapPoint } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const HARDEST = 50;
const STEPS = [0, 1, 2, 3, 4] as const;

/** Rows as points: what is alike lies together, and what lies among others of another label is worth a look. */
export function DifficultyMapSection() {
  const { t } = useI18n();
  const { version } = useDatasetWork();
  const map = useDifficultyMap(version.id);
  return (
    <Section title={t("map.title")} hint={t("map.hint")}>
      <QueryView query={map} lines={5}>
        {(data) => <MapView map={data} />}
      </QueryView>
    </Section>
  );
}

function MapView({ map }: { map: DifficultyMap }) {
  const { t } = useI18n();
  const { points } = map;
  const styles = useMemo(() => labelStyles(points), [points]);
  const hasDifficulty = useMemo(() => points.some(({ difficulty }) => difficulty !== null), [points]);
  const [by, setBy] = useState<"label" | "difficulty">(styles.length > 0 || !hasDifficulty ? "label" : "difficulty");
  const [tool, setTool] = useState<MapTool>("move");
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [chosen, setChosen] = useState<readonly MapPoint[]>([]);
  const look = useMemo(() => styleOf(styles), [styles]);
  const layers = useMemo(() => (by === "label" ? byLabel(points, hidden, look) : byDifficulty(points)), [by, points, hidden, look]);
  const toggle = (label: string) => {
    const next = new Set(hidden);
    if (!next.delete(label)) next.add(label);
    setHidden(next);
  };
  const hardest = () => setChosen([...points].sort((a, b) => (b.difficulty ?? 0) - (a.difficulty ?? 0)).slice(0, HARDEST));
  return (
    <div className="stack">
      <div className="row">
        <SegmentedControl
          aria-label={t("map.tool")}
          data={[
            { value: "move", label: t("map.move") },
            { value: "lasso", label: t("map.lasso") },
          ]}
          value={tool}
          onChange={(value) => setTool(value === "lasso" ? "lasso" : "move")}
        />
        {hasDifficulty && styles.length > 0 && (
          <SegmentedControl
            aria-label={t("map.colour")}
            data={[
              { value: "label", label: t("map.by_label") },
              { value: "difficulty", label: t("map.by_difficulty") },
            ]}
            value={by}
            onChange={(value) => setBy(value === "label" ? "label" : "difficulty")}
          />
        )}
        {hasDifficulty && (
          <Button size="sm" variant="default" onClick={hardest}>
            {t("map.hardest", { count: Math.min(HARDEST, points.length) })}
          </Button>
        )}
      </div>
      <MapCanvas label={t("map.picture", { count: points.length, labels: styles.length })} points={points} layers={layers} tool={tool} chosen={chosen} onChoose={setChosen} />
      {by === "label" ? <MapLegend styles={styles} hidden={hidden} onToggle={toggle} /> : <DifficultyLegend />}
      <p className="small faint">
        {[
          t(map.vectors === "base_model" ? "map.vectors_model" : "map.vectors_ngrams"),
          ...(map.total > points.length ? [t("map.some", { shown: points.length, count: map.total })] : []),
        ].join(" ")}
      </p>
      {chosen.length > 0 && <MapSelection points={chosen} onClear={() => setChosen([])} />}
    </div>
  );
}

function DifficultyLegend() {
  const { t } = useI18n();
  return (
    <p className={classes["scale"]}>
      <span>{t("map.easy")}</span>
      {STEPS.map((step) => (
        <span key={step} className={classes["step"]} style={{ background: `var(--map-step-${step})` }} aria-hidden />
      ))}
      <span>{t("map.hard")}</span>
    </p>
  );
}

/** The small labels last, so that the large ones do not bury them. */
function byLabel(points: readonly MapPoint[], hidden: ReadonlySet<string>, look: ReturnType<typeof styleOf>): MapLayer[] {
  const layers = new Map<string, MapPoint[]>();
  const bare: MapPoint[] = [];
  for (const point of points) {
    const style = look(point.label);
    if (style === undefined) bare.push(point);
    else if (!hidden.has(style.label)) {
      const own = layers.get(style.label);
      if (own) own.push(point);
      else layers.set(style.label, [point]);
    }
  }
  const drawn = [...layers].sort(([, a], [, b]) => b.length - a.length);
  return [
    { colour: "--map-other", shape: "circle", points: bare },
    ...drawn.map(([label, own]): MapLayer => ({ colour: look(label)?.colour ?? "--map-other", shape: look(label)?.shape ?? "circle", points: own })),
  ];
}

/** The hard ones last, on top. */
function byDifficulty(points: readonly MapPoint[]): MapLayer[] {
  return STEPS.map((step) => ({ colour: `--map-step-${step}`, shape: "circle", points: points.filter(({ difficulty }) => difficultyStep(difficulty ?? 0) === step) }));
}
