import { useEffect, useRef } from "react";

import { type Entry, type Group, GROUPS } from "@/app/palette/entry.ts";
import classes from "@/app/palette/palette.module.css";
import { KeyCaps } from "@/components/key-caps.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useKeysOn } from "@/lib/use-keys-on.ts";

interface Props {
  id: string;
  /** Those of one group stand together. */
  entries: readonly Entry[];
  active: number;
  onPoint: (position: number) => void;
  onChoose: (entry: Entry) => void;
}

/** The lines of the palette under the headings of their groups. None of them takes the focus: the field keeps it. */
export function PaletteList({ id, entries, active, onPoint, onChoose }: Props) {
  const { t } = useI18n();
  const areKeysOn = useKeysOn();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [active, entries.length]);
  return (
    <div ref={list} id={`${id}-list`} role="listbox" aria-label={t("palette.results")} className={classes["list"]} tabIndex={-1}>
      {groupsOf(entries).map((group) => (
        <div key={group} role="group" aria-labelledby={`${id}-${group}`}>
          <div id={`${id}-${group}`} role="presentation" className={classes["heading"]}>
            {t(`palette.group.${group}`)}
          </div>
          {entries.map((entry, position) =>
            entry.group !== group ? null : (
              // The keyboard works through the field.
              // eslint-disable-next-line jsx-a11y/click-events-have-key-events
              <div
                key={entry.id}
                id={`${id}-${position}`}
                role="option"
                aria-selected={position === active}
                tabIndex={-1}
                className={classes["option"]}
                onMouseDown={(event) => event.preventDefault()}
                onMouseMove={() => onPoint(position)}
                onClick={() => onChoose(entry)}
              >
                <entry.Icon size={17} stroke={1.7} aria-hidden />
                <span className={classes["label"]}>
                  <bdi>{entry.label}</bdi>
                </span>
                {entry.hint !== undefined && <span className={classes["hint"]}>{entry.hint}</span>}
                {entry.keys !== undefined && areKeysOn && <KeyCaps keys={entry.keys} />}
              </div>
            ),
          )}
        </div>
      ))}
    </div>
  );
}

function groupsOf(entries: readonly Entry[]): Group[] {
  const present = entries.map(({ group }) => group);
  return GROUPS.filter((group) => present.includes(group)).sort((a, b) => present.indexOf(a) - present.indexOf(b));
}
