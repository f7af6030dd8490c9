import { Button, CloseButton } from "@mantine/core";
import { type FocusEvent, useEffect, useEffectEvent, useRef } from "react";

import { KeyCaps } from "@/components/key-caps.tsx";
import classes from "@/components/toaster.module.css";
import { COMMAND } from "@/lib/command-key.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { dismissToast, holdToasts, releaseToasts, runToast, useToasts } from "@/lib/toasts.ts";
import { isElsewhere } from "@/lib/use-keys.ts";

/** What just happened, said once. What a toast offers is reached by Tab and, for the last of them, by Ctrl-Z outside of fields. */
export function Toaster() {
  const { t } = useI18n();
  const toasts = useToasts();
  const region = useRef<HTMLElement>(null);
  const cameFrom = useRef<HTMLElement | null>(null);
  const last = toasts.findLast(({ action, isBusy }) => action !== null && !isBusy);

  /** The button goes away: back to where the reader was. */
  const leave = () => {
    if (!region.current?.contains(document.activeElement)) return;
    const back = cameFrom.current?.isConnected === true ? cameFrom.current : document.getElementById("content");
    back?.focus();
  };

  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "z") return;
    if (last === undefined || event.defaultPrevented || isElsewhere(event)) return;
    event.preventDefault();
    leave();
    void runToast(last.id);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, []);

  const isWithin = (node: EventTarget | null) => node instanceof Node && region.current?.contains(node) === true;
  const onFocus = (event: FocusEvent) => {
    holdToasts();
    if (!isWithin(event.relatedTarget)) cameFrom.current = event.relatedTarget instanceof HTMLElement ? event.relatedTarget : null;
  };
  const onBlur = (event: FocusEvent) => {
    if (!isWithin(event.relatedTarget)) releaseToasts();
  };
  return (
    // It is no control: whoever points at it or is in it reads, and needs time.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      ref={region}
      className={classes["region"]}
      aria-label={t("toast.region")}
      aria-live="polite"
      onMouseEnter={holdToasts}
      onMouseLeave={() => !isWithin(document.activeElement) && releaseToasts()}
      onFocus={onFocus}
      onBlur={onBlur}
    >
      {toasts.map((toast) => (
        <div key={toast.id} className={[classes["toast"], classes[toast.tone] ?? ""].join(" ")}>
          <p>{toast.message}</p>
          {toast.action !== null && (
            <Button
              variant="default"
              size="xs"
              className={classes["action"]}
              loading={toast.isBusy}
              aria-keyshortcuts={toast === last ? "Control+Z Meta+Z" : undefined}
              classNames={{ section: classes["keys"] ?? "" }}
              rightSection={
                toast === last && (
                  <span aria-hidden>
                    <KeyCaps keys={[COMMAND, "Z"]} />
                  </span>
                )
              }
              onClick={() => {
                leave();
                void runToast(toast.id);
              }}
            >
              {toast.action.label}
            </Button>
          )}
          <CloseButton
            size="sm"
            aria-label={t("action.dismiss")}
            onClick={() => {
              leave();
              dismissToast(toast.id);
            }}
          />
        </div>
      ))}
    </section>
  );
}
