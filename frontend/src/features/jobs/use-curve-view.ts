import { useState } from "react";

import { CURVE_AXES, type CurveView, isSmoothing, rememberCurveView, storedCurveView } from "@/lib/preferences.ts";
import { useAddressChoice } from "@/lib/use-address-choice.ts";

const NAME = "curves";

/** `time,0.6,log`, as a link has it; null where it says nothing that can be read. */
function fromAddress(text: string | null): CurveView | null {
  const [axis, smoothing, scale] = text?.split(",") ?? [];
  const known = CURVE_AXES.find((one) => one === axis);
  const amount = Number(smoothing);
  if (known === undefined || !isSmoothing(amount)) return null;
  return { axis: known, smoothing: amount, isLog: scale === "log" };
}

interface Look {
  view: CurveView;
  look: (change: Partial<CurveView>) => void;
  /** To be called when a slider comes to rest: browsers bear few changes of the address. */
  rest: () => void;
}

/** How curves are looked at: as the link says, else as this browser remembers; what is chosen goes into both. */
export function useCurveView(): Look {
  const [kept, keep] = useAddressChoice(NAME);
  const [view, setView] = useState(() => fromAddress(kept) ?? storedCurveView());
  const write = ({ axis, smoothing, isLog }: CurveView) => keep(`${axis},${smoothing}${isLog ? ",log" : ""}`);
  return {
    view,
    look: (change) => {
      const next = { ...view, ...change };
      setView(next);
      rememberCurveView(next);
      if (!("smoothing" in change)) write(next);
    },
    rest: () => write(view),
  };
}
