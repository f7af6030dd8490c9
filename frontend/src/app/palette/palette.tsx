import { ActionIcon, Modal } from "@mantine/core";
import { IconSearch, IconX } from "@tabler/icons-react";
import { type KeyboardEvent, useId, useState } from "react";
import { useNavigate } from "react-router";

import { GROUPS, type Entry } from "@/app/palette/entry.ts";
import { match, matching } from "@/app/palette/match.ts";
import { PaletteList } from "@/app/palette/palette-list.tsx";
import classes from "@/app/palette/palette.module.css";
import { rememberVisit } from "@/app/palette/recent.ts";
import { useFoundEntries, useHereEntries, useLocalEntries, usePartEntries } from "@/app/palette/use-entries.ts";
import { useFound } from "@/app/palette/use-found.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useOnline } from "@/lib/use-online.ts";

interface Props {
  onClose: () => void;
  onHelp: () => void;
}

const textOf = ({ label, hint, words }: Entry) => `${label} ${hint ?? ""} ${words ?? ""}`;

/**
 * Goes anywhere and does anything by a few letters. Mounted while it is open. The field keeps the focus throughout; which line is meant is
 * told by `aria-activedescendant` (the combobox pattern of the ARIA Authoring Practices).
 */
export function Palette({ onClose, onHelp }: Props) {
  const { t } = useI18n();
  const { tenant, user } = useWorkspace();
  const navigate = useNavigate();
  const isOnline = useOnline();
  const id = useId();
  const [opener] = useState(() => document.activeElement);
  const [typed, setTyped] = useState("");
  const [position, setPosition] = useState(0);
  const found = useFound(typed, isOnline);
  const here = useHereEntries();
  const parts = usePartEntries();
  const local = useLocalEntries(onHelp);
  const byName = useFoundEntries(found.data);

  const hasWords = typed.trim() !== "";
  // What was found for fewer letters stays while more are looked up, less what no longer fits.
  const fitting = found.isLooking ? byName.filter(({ label }) => match(label, typed) !== null) : byName;
  const entries = hasWords
    ? inGroups([...matching([...here, ...local.pages, ...local.actions, ...parts], typed, textOf), ...fitting])
    : [...here, ...local.recent, ...local.actions, ...local.pages];
  const active = Math.min(position, entries.length - 1);

  const close = () => {
    onClose();
    if (opener instanceof HTMLElement) opener.focus();
  };
  const choose = ({ target, group, label }: Entry) => {
    if ("run" in target) {
      close();
      target.run();
      return;
    }
    if (group === "pages" || group === "datasets" || group === "jobs" || group === "models") {
      rememberVisit(tenant.id, user.id, { group, label, to: target.to });
    }
    onClose();
    void navigate(target.to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step !== undefined && entries.length > 0) {
      event.preventDefault();
      const next = active + step;
      const isStep = Math.abs(step) === 1;
      // One step leads round; a page stops at the ends.
      setPosition(isStep ? (next + entries.length) % entries.length : Math.min(Math.max(next, 0), entries.length - 1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      const entry = entries[active];
      if (entry) choose(entry);
    }
  };
  const note = noteOf({ hasWords, isOnline, ...found });
  return (
    <Modal
      opened
      onClose={close}
      withCloseButton={false}
      returnFocus={false}
      size={600}
      yOffset="12vh"
      classNames={{ body: classes["body"] ?? "", content: classes["content"] ?? "" }}
      attributes={{ content: { "aria-label": t("palette.title") } }}
    >
      <div className={classes["field"]}>
        <IconSearch size={18} aria-hidden />
        <input
          ref={focusAtOnce}
          data-autofocus
          role="combobox"
          aria-label={t("palette.title")}
          aria-expanded={entries.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={entries.length > 0 ? `${id}-${active}` : undefined}
          placeholder={t("palette.placeholder")}
          autoComplete="off"
          spellCheck={false}
          maxLength={100}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setPosition(0);
          }}
          onKeyDown={onKeyDown}
        />
        <ActionIcon variant="subtle" aria-label={t("action.close")} onClick={close}>
          <IconX size={16} aria-hidden />
        </ActionIcon>
      </div>
      <PaletteList id={id} entries={entries} active={active} onPoint={setPosition} onChoose={choose} />
      <div role="status" className={classes["note"]} data-empty={entries.length === 0 || undefined}>
        {note !== null && <p>{t(note)}</p>}
        {note === null && entries.length === 0 && <p>{t(found.isLooking ? "palette.looking" : "palette.nothing")}</p>}
        {entries.length > 0 && hasWords && !found.isLooking && <span className="visually-hidden">{t("palette.count", { count: entries.length })}</span>}
      </div>
    </Modal>
  );
}

/** The trap of the dialog moves the focus by a timer: letters typed right after Ctrl-K would be lost, or be shortcuts of the page. */
function focusAtOnce(field: HTMLInputElement | null): void {
  field?.focus({ preventScroll: true });
}

/** Groups in their order; inside, the best first as they came. */
function inGroups(entries: readonly Entry[]): Entry[] {
  return GROUPS.flatMap((group) => entries.filter((entry) => entry.group === group));
}

interface Situation {
  hasWords: boolean;
  isOnline: boolean;
  isFailed: boolean;
}

function noteOf({ hasWords, isOnline, isFailed }: Situation): "palette.offline" | "palette.failed" | null {
  if (!isOnline && hasWords) return "palette.offline";
  return isFailed ? "palette.failed" : null;
}
