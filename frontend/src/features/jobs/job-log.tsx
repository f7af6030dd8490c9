import { Button } from "@mantine/core";
import { IconCopy, IconDownload } from "@tabler/icons-react";
import { useId, useLayoutEffect, useRef, useState } from "react";

import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import classes from "@/features/jobs/job-log.module.css";
import { useJobLog } from "@/features/jobs/job-queries.ts";
import type { Job } from "@/lib/api-types.ts";
import { copyText } from "@/lib/copy-text.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { isTerminal } from "@/lib/job-states.ts";
import { saveContent } from "@/lib/save-content.ts";
import { showToast } from "@/lib/toasts.ts";

/** Whoever is this near to the end, in pixels, reads the end. */
const NEAR_END = 24;

/** What the trainer wrote last: asked for once somebody wants to read it. */
export function JobLog({ job }: { job: Job }) {
  const { t } = useI18n();
  const id = useId();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <div data-print="never">
      <Section
        title={t("log.title")}
        hint={t("log.hint")}
        actions={
          <Button variant="default" size="sm" aria-expanded={isOpen} aria-controls={id} onClick={() => setIsOpen(!isOpen)}>
            {t(isOpen ? "log.close" : "log.open")}
          </Button>
        }
      >
        <div id={id}>{isOpen && <OpenLog job={job} />}</div>
      </Section>
    </div>
  );
}

function OpenLog({ job }: { job: Job }) {
  const { t } = useI18n();
  const log = useJobLog(job);
  return (
    <QueryView query={log} lines={6}>
      {({ lines }) => (lines.length === 0 ? <p className="muted">{t(isTerminal(job.state) ? "log.none" : "log.none_yet")}</p> : <Lines text={lines.join("\n")} filename={`log-${job.id}.txt`} />)}
    </QueryView>
  );
}

interface LinesProps {
  text: string;
  filename: string;
}

function Lines({ text, filename }: LinesProps) {
  const { t } = useI18n();
  const box = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);
  // New lines come below: who reads the end goes along, who has scrolled up stays.
  useLayoutEffect(() => {
    if (box.current !== null && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text]);
  const look = ({ scrollHeight, scrollTop, clientHeight }: HTMLElement) => {
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
  };
  const copy = async () => {
    if (await copyText(text)) showToast(t("log.copied"));
    else showToast(t("copy.refused"), "error");
  };
  return (
    <div className="stack">
      {/* A scrolling region must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre ref={box} className={classes["lines"]} tabIndex={0} role="region" aria-label={t("log.lines")} onScroll={(event) => look(event.currentTarget)}>
        {text}
      </pre>
      <span className="row">
        <Button variant="subtle" size="compact-sm" leftSection={<IconCopy size={14} aria-hidden />} onClick={() => void copy()}>
          {t("action.copy")}
        </Button>
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconDownload size={14} aria-hidden />}
          onClick={() => saveContent(new Blob([`${text}\n`], { type: "text/plain" }), filename)}
        >
          {t("log.download")}
        </Button>
      </span>
    </div>
  );
}
