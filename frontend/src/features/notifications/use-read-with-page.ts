import { useEffect, useEffectEvent } from "react";
import { useLocation } from "react-router";

import { useReadAbout } from "@/features/notifications/notification-queries.ts";
import { useIsSeen } from "@/lib/use-is-seen.ts";

/** The job or the dataset that a page is of. */
function thingOf(path: string): string | null {
  return /^\/(?:jobs|datasets)\/([0-9a-f-]{36})(?:\/|$)/.exec(path)?.[1] ?? null;
}

/** Has what was told of the thing that is looked at marked as read, also what is told meanwhile; not while somebody marks by hand. */
export function useReadWithPage(numUnread: number, isMarking: boolean): void {
  const thing = thingOf(useLocation().pathname);
  const isSeen = useIsSeen();
  const { mutate } = useReadAbout();
  const read = useEffectEvent((about: string) => {
    // Where it cannot be noted, it only stays unread.
    if (!isMarking) mutate(about);
  });
  useEffect(() => {
    if (thing !== null && isSeen && numUnread > 0) read(thing);
  }, [thing, isSeen, numUnread]);
}
