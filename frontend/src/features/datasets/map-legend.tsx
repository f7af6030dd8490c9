import classes from "@/features/datasets/map.module.css";
import { OTHER, type LabelStyle, type Shape } from "@/features/datasets/map-colours.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const PATHS: Readonly<Record<Shape, string>> = {
  circle: "M11 6A5 5 0 1 1 1 6A5 5 0 1 1 11 6Z",
  square: "M1.5 1.5H10.5V10.5H1.5Z",
  triangle: "M6 0.5L11.5 11H0.5Z",
  diamond: "M6 0L12 6L6 12L0 6Z",
};

interface Props {
  styles: readonly LabelStyle[];
  hidden: ReadonlySet<string>;
  onToggle: (label: string) => void;
}

/** Which label looks how; a click hides it and shows it again. */
export function MapLegend({ styles, hidden, onToggle }: Props) {
  const { t, format } = useI18n();
  return (
    <ul className={classes["legend"]} aria-label={t("map.labels")}>
      {styles.map(({ label, count, colour, shape }) => (
        <li key={label}>
          <button type="button" className={classes["legendButton"]} aria-pressed={!hidden.has(label)} onClick={() => onToggle(label)}>
            <svg width={12} height={12} viewBox="0 0 12 12" aria-hidden>
              <path d={PATHS[shape]} fill={`var(${colour})`} />
            </svg>
            <bdi className="name" title={label === OTHER ? undefined : label}>
              {label === OTHER ? t("map.other_labels") : label}
            </bdi>
            <span className="num faint">{format.integer(count)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
