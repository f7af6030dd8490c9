import {
  IconCircleCheckFilled,
  IconCircleDashed,
  IconCircleFilled,
  IconCircleXFilled,
  IconPlayerPauseFilled,
  IconSquareRoundedFilled,
} from "@tabler/icons-react";
import type { ReactNode } from "react";

import classes from "@/components/chip.module.css";
import type { Tone } from "@/lib/job-states.ts";

const ICONS = {
  waiting: IconCircleDashed,
  hot: IconCircleFilled,
  cool: IconCircleCheckFilled,
  held: IconPlayerPauseFilled,
  stopped: IconSquareRoundedFilled,
  failed: IconCircleXFilled,
} as const satisfies Record<Tone, unknown>;

interface Props {
  tone: Tone;
  isLive?: boolean;
  children: ReactNode;
}

/** Where a thing stands: colour, shape and word say the same. */
export function Chip({ tone, isLive = false, children }: Props) {
  const Icon = ICONS[tone];
  return (
    <span className={[classes["chip"], classes[tone], isLive ? classes["live"] : ""].join(" ")}>
      <Icon size={13} aria-hidden />
      {children}
    </span>
  );
}
