import classes from "@/features/labelling/labelling.module.css";
import { WrittenField } from "@/features/labelling/written-field.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { partTitle } from "@/lib/tasks.ts";

interface Props {
  target: string;
  /** Null where nothing is written. */
  onChange: (target: string | null) => void;
  onDone: (target: string) => void;
}

/** A text that is written, or the present one corrected. */
export function TargetEditor({ target, onChange, onDone }: Props) {
  const { t } = useI18n();
  return (
    <WrittenField
      className={classes["target"] ?? ""}
      label={partTitle("target", t)}
      description={t("labelling.target_hint")}
      rows={7}
      value={target}
      onWrite={(text) => onChange(text.trim() === "" ? null : text)}
      onLeave={(field) => field.blur()}
      onDone={() => {
        if (target !== "") onDone(target);
      }}
    />
  );
}
