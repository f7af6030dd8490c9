import { useSyncExternalStore } from "react";

/** A part of a page under a heading of its own. */
export interface PageSection {
  id: string;
  title: string;
}

const HEADINGS = "#content section[aria-labelledby] h2[id]";
/** Curves that grow change the page many times a second, and its parts hardly ever: it is looked at at once, and then not for so long. */
const LOOK_MS = 250;

let sections: readonly PageSection[] = [];

function look(): readonly PageSection[] {
  const found = Array.from(document.querySelectorAll(HEADINGS), ({ id, textContent: title }) => ({ id, title }));
  const isSame = found.length === sections.length && found.every(({ id, title }, place) => id === sections[place]?.id && title === sections[place].title);
  if (!isSame) sections = found;
  return sections;
}

function subscribe(changed: () => void): () => void {
  let pause: ReturnType<typeof setTimeout> | undefined;
  let isDue = false;
  const see = () => {
    isDue = pause !== undefined;
    if (isDue) return;
    changed();
    pause = setTimeout(() => {
      pause = undefined;
      if (isDue) see();
    }, LOOK_MS);
  };
  const observer = new MutationObserver(see);
  observer.observe(document.body, { childList: true, subtree: true, characterData: true });
  return () => {
    observer.disconnect();
    clearTimeout(pause);
  };
}

/** The parts of the page that is open, in their order; those that come later are in it once they are there. */
export function usePageSections(): readonly PageSection[] {
  return useSyncExternalStore(subscribe, look);
}

/** Goes to a part: what is read, and what the keyboard does next, is there. */
export function goToSection(id: string): void {
  const heading = document.getElementById(id);
  heading?.closest("section")?.scrollIntoView();
  heading?.focus({ preventScroll: true });
}
