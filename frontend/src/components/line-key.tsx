import classes from "@/components/line-key.module.css";

interface Props {
  /** A CSS variable of tokens.css. */
  color: string;
  dash: readonly number[];
}

/** A piece of a curve's line, to find it in a chart. */
export function LineKey({ color, dash }: Props) {
  return (
    <svg className={classes["key"]} width={26} height={8} viewBox="0 0 26 8" aria-hidden>
      <line x1={1} x2={25} y1={4} y2={4} stroke={`var(${color})`} strokeWidth={2.5} strokeDasharray={dash.join(" ")} />
    </svg>
  );
}
