import type { ReactNode } from "react";

import classes from "@/components/facts.module.css";

export interface Fact {
  label: string;
  value: ReactNode;
}

interface Props {
  facts: readonly Fact[];
}

export function Facts({ facts }: Props) {
  return (
    <dl className={classes["facts"]}>
      {facts.map((fact) => (
        <div key={fact.label}>
          <dt>{fact.label}</dt>
          <dd>{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}
