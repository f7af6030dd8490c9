import { useEffect } from "react";

import { keepLaunch, type LaunchDraft } from "@/features/jobs/launch-draft.ts";

interface Options {
  key: string;
  draft: LaunchDraft;
  /** What the page would show without it. */
  beginning: LaunchDraft;
  /** Sent and not answered: after a reload nobody would know whether the job was made. */
  isPending: boolean;
  isSent: boolean;
}

/** Keeps what is written until it is sent. Whoever leaves the page while that cannot be done is asked whether they mean it. */
export function useLaunchDraft({ key, draft, beginning, isPending, isSent }: Options): void {
  const written = JSON.stringify(draft);
  const isWorthIt = !isSent && written !== JSON.stringify(beginning);
  useEffect(() => {
    const isKept = keepLaunch(key, isWorthIt ? (JSON.parse(written) as LaunchDraft) : null);
    if (!isPending && (isKept || !isWorthIt)) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [key, written, isWorthIt, isPending]);
}
