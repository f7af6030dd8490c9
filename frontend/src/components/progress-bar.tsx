import classes from "@/components/progress-bar.module.css";

interface Props {
  label: string;
  /** 0 to 1, or null while nobody knows. */
  share: number | null;
}

/** Cools from ember to steel as it fills. */
export function ProgressBar({ label, share }: Props) {
  const percent = share === null ? null : Math.max(0, Math.min(100, share * 100));
  return (
    <div
      className={classes["track"]}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(percent === null ? {} : { "aria-valuenow": Math.round(percent) })}
    >
      {percent === null ? (
        <div className={[classes["fill"], classes["unknown"]].join(" ")} />
      ) : (
        <div
          className={classes["fill"]}
          style={{ width: `${percent}%`, backgroundSize: percent > 0 ? `${(100 / percent) * 100}% 100%` : "100% 100%" }}
        />
      )}
    </div>
  );
}
