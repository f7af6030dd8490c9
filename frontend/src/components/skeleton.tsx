import classes from "@/components/skeleton.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const WIDTHS = ["62%", "88%", "74%", "93%", "55%", "81%"];

interface Props {
  lines?: number;
}

export function Skeleton({ lines = 4 }: Props) {
  const { t } = useI18n();
  return (
    <div className={classes["lines"]} role="status">
      <span className="visually-hidden">{t("state.loading")}</span>
      {WIDTHS.slice(0, lines).map((width) => (
        <div key={width} className={classes["line"]} style={{ width }} />
      ))}
    </div>
  );
}
