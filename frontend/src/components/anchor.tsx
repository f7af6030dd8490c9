import { type ReactNode, useEffect, useRef } from "react";
import { useLocation } from "react-router";

import classes from "@/components/anchor.module.css";

interface Props {
  id: string;
  children: ReactNode;
}

/** A place on a page that an address may end with. What comes later than the address is scrolled to once it is there. */
export function Anchor({ id, children }: Props) {
  const { hash, key } = useLocation();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (hash === `#${id}`) place.current?.scrollIntoView();
  }, [hash, id, key]);
  return (
    <div id={id} ref={place} className={classes["place"]}>
      {children}
    </div>
  );
}
