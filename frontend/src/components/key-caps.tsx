import classes from "@/components/key-caps.module.css";

interface Props {
  /** Pressed one after the other, or together where the first is a modifier. */
  keys: readonly string[];
}

/** Keys as they are printed on the keyboard. */
export function KeyCaps({ keys }: Props) {
  return (
    <span className={classes["caps"]}>
      {keys.map((key) => (
        <kbd key={key} className={classes["cap"]}>
          {key}
        </kbd>
      ))}
    </span>
  );
}
