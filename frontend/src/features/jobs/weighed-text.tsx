import type { CSSProperties } from "react";

import classes from "@/features/jobs/marked-text.module.css";
import type { WeighedPart } from "@/features/jobs/weighed-parts.ts";

interface Props {
  parts: readonly WeighedPart[];
  /** What a word did, in words, for whoever points at it. */
  told: (weight: number) => string;
}

/** A text whose words are the more coloured the more they did: a full line under what spoke for the answer, a broken one against it. */
export function WeighedText({ parts, told }: Props) {
  return (
    <bdi>
      {parts.map(({ text, strength, weight }, index) =>
        strength === 0 ? (
          <span key={index}>{text}</span>
        ) : (
          <mark
            key={index}
            className={classes["weighed"]}
            data-side={strength > 0 ? "for" : "against"}
            style={{ "--strength": `${String(Math.round(Math.abs(strength) * 100))}%` } as CSSProperties}
            title={told(weight)}
          >
            {text}
          </mark>
        ),
      )}
    </bdi>
  );
}
