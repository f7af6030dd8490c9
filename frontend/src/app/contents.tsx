import { type MouseEvent, useEffect, useRef, useState } from "react";

import classes from "@/app/contents.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { goToSection, type PageSection, usePageSections } from "@/lib/page-sections.ts";

/** A page of fewer parts is seen at a glance. */
const FEWEST = 5;
/** A part is read from when its heading is this near to the top of the window. */
const NEAR_PX = 120;

/** The parts of a long page, and which of them is read; beside the page where there is room. */
export function Contents() {
  const { t } = useI18n();
  const sections = usePageSections();
  const current = useCurrent(sections);
  const list = useRef<HTMLElement>(null);
  useEffect(() => {
    const box = list.current;
    const part = box?.querySelector<HTMLElement>("[aria-current]");
    if (!box || !part) return;
    const isSeen = part.offsetTop >= box.scrollTop && part.offsetTop + part.offsetHeight <= box.scrollTop + box.clientHeight;
    if (!isSeen) box.scrollTop = part.offsetTop - box.clientHeight / 2;
  }, [current]);
  if (sections.length < FEWEST) return null;
  return (
    <nav ref={list} className={classes["contents"]} aria-labelledby="contents">
      <p id="contents" className={classes["title"]}>
        {t("palette.group.here")}
      </p>
      <ol>
        {sections.map(({ id, title }) => (
          <li key={id}>
            <a href={`#${id}`} className={classes["part"]} aria-current={id === current ? "location" : undefined} onClick={(event) => go(event, id)}>
              {title}
            </a>
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** The address stays what it is: parts are numbered anew each time the page is made. */
function go(event: MouseEvent, id: string): void {
  event.preventDefault();
  goToSection(id);
}

/** The part that is read: the last whose heading has come to the top, or the last of all at the end of the page. */
function useCurrent(sections: readonly PageSection[]): string | undefined {
  const [current, setCurrent] = useState<string>();
  useEffect(() => {
    let frame = 0;
    const see = () => {
      frame = 0;
      const isAtEnd = window.scrollY > 0 && window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 2;
      const topOf = ({ id }: PageSection) => document.getElementById(id)?.getBoundingClientRect().top ?? Infinity;
      setCurrent((isAtEnd ? sections.at(-1) : sections.findLast((section) => topOf(section) <= NEAR_PX))?.id);
    };
    const onScroll = () => {
      frame ||= requestAnimationFrame(see);
    };
    onScroll();
    window.addEventListener("scroll", onScroll, { passive: true });
    window.addEventListener("resize", onScroll);
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener("scroll", onScroll);
      window.removeEventListener("resize", onScroll);
    };
  }, [sections]);
  return current;
}
