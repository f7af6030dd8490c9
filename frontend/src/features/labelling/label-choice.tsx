import { TextInput } from "@mantine/core";
import { type KeyboardEvent, useRef, useState } from "react";

import { matching, NUMBERED } from "@/features/labelling/label-values.ts";
import classes from "@/features/labelling/labelling.module.css";
import { useKeys } from "@/lib/use-keys.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  labels: readonly string[];
  chosen: readonly string[];
  suggested?: readonly string[];
  onPick: (label: string) => void;
}

const SHORTCUTS = new Set(["s", "z"]);

/** Labels with numbers in front; of more than nine, the letters that are typed leave those that have them. */
export function LabelChoice({ labels, chosen, suggested = [], onPick }: Props) {
  const { t } = useI18n();
  const [search, setSearch] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const hasSearch = labels.length > NUMBERED;
  const shown = matching(labels, search);
  const pick = (label: string | undefined) => {
    if (label === undefined) return;
    setSearch("");
    field.current?.blur();
    onPick(label);
  };
  useKeys((event) => {
    if (/^[1-9]$/.test(event.key)) {
      const label = shown[Number(event.key) - 1];
      pick(label);
      return label !== undefined;
    }
    if (!hasSearch) return false;
    if (event.key === "/") {
      field.current?.focus();
      return true;
    }
    if (/^\p{L}$/u.test(event.key) && !SHORTCUTS.has(event.key.toLowerCase())) {
      field.current?.focus();
      setSearch(event.key);
      return true;
    }
    return false;
  });
  const onSearchKey = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      pick(shown[0]);
    } else if (event.key === "Escape") {
      setSearch("");
      event.currentTarget.blur();
    }
  };
  return (
    <div className={classes["choice"]}>
      {hasSearch && (
        <TextInput
          ref={field}
          label={t("labelling.search")}
          description={t("labelling.search_hint")}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          onKeyDown={onSearchKey}
        />
      )}
      <div className={classes["labels"]} role="group" aria-label={t("labelling.labels")}>
        {shown.map((label, index) => (
          <button
            key={label}
            type="button"
            className={classes["label"]}
            aria-pressed={chosen.includes(label)}
            onClick={(event) => {
              // A click of the mouse leaves the keys to the page; who tabbed here stays here.
              if (event.detail > 0) event.currentTarget.blur();
              pick(label);
            }}
          >
            {index < NUMBERED && <kbd aria-hidden>{index + 1}</kbd>}
            <span className="wrap">{label}</span>
            {suggested.includes(label) && <small>{t("labelling.suggested")}</small>}
          </button>
        ))}
        {shown.length === 0 && <p className="muted">{t("labelling.no_match")}</p>}
      </div>
    </div>
  );
}
