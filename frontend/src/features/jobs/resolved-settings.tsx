import classes from "@/features/jobs/job.module.css";
import type { ResolvedValue } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  resolved: readonly ResolvedValue[];
}

/** What `auto` became, and why. */
export function ResolvedSettings({ resolved }: Props) {
  const { t, format } = useI18n();
  const text = (value: ResolvedValue["value"]) => {
    if (typeof value === "number") return format.significant(value);
    if (typeof value === "boolean") return t(value ? "state.yes" : "state.no");
    return value ?? "–";
  };
  return (
    <dl className={classes["explained"]}>
      {resolved.map((entry) => (
        <div key={entry.field}>
          <dt>
            <code>{entry.field.split(".").at(-1)}</code>
          </dt>
          <dd className="num">{text(entry.value)}</dd>
          <dd>{entry.explanation}</dd>
        </div>
      ))}
    </dl>
  );
}
