import { useElementSize } from "@mantine/hooks";
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";

import { onSchemeChange } from "@/components/scheme.ts";
import { drawMap, type Layer } from "@/features/datasets/draw-map.ts";
import { extended, isInside } from "@/features/datasets/lasso.ts";
import { MapHoverCard } from "@/features/datasets/map-hover-card.tsx";
import { fitted, inSight, nearest, onScreen, panned, type Place, type View, zoomed } from "@/features/datasets/map-view.ts";
import classes from "@/features/datasets/map.module.css";
import { MapZoom } from "@/features/datasets/map-zoom.tsx";
import type { MapPoint } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const HEIGHT = 460;
const REACH = 10;
const STEP = 1.35;
const WHEEL = 0.0016;
const PAN = 60;

export type MapTool = "move" | "lasso";

/** Points of one look, and how they are drawn. `colour` is a custom property of the page. */
export interface MapLayer {
  colour: string;
  shape: Layer["shape"];
  points: readonly MapPoint[];
}

interface Props {
  label: string;
  /** All points, drawn or not: the whole picture stays in its place when labels come and go. */
  points: readonly MapPoint[];
  layers: readonly MapLayer[];
  tool: MapTool;
  chosen: readonly MapPoint[];
  onChoose: (points: readonly MapPoint[]) => void;
}

/** The picture itself: moved, zoomed, pointed at and drawn around by pointer; moved, zoomed and chosen from by keyboard. */
export function MapCanvas({ label, points, layers, tool, chosen, onChoose }: Props) {
  const { t } = useI18n();
  const canvas = useRef<HTMLCanvasElement>(null);
  const { ref, width } = useElementSize();
  const size = useMemo(() => ({ width: Math.max(1, width), height: HEIGHT }), [width]);
  const whole = useMemo(() => fitted(points, size), [points, size]);
  const [moved, setMoved] = useState<View | null>(null);
  const view = moved ?? whole;
  const [drag, setDrag] = useState<Place | null>(null);
  const [line, setLine] = useState<readonly Place[]>([]);
  const [hovered, setHovered] = useState<MapPoint | null>(null);
  const drawn = useMemo(() => layers.flatMap((layer) => layer.points), [layers]);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context || width === 0) return;
    const paint = () => {
      const style = getComputedStyle(element);
      const ratio = devicePixelRatio || 1;
      element.width = Math.round(size.width * ratio);
      element.height = Math.round(size.height * ratio);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      const colour = (name: string) => style.getPropertyValue(name).trim();
      drawMap(context, view, size, {
        layers: layers.map((layer) => ({ ...layer, colour: colour(layer.colour) })),
        chosen,
        hovered,
        lasso: line,
        ink: colour("--ink"),
        paper: colour("--paper"),
      });
    };
    const frame = requestAnimationFrame(paint);
    // Light and dark change the colours under a picture that stays.
    const unwatch = onSchemeChange(paint);
    return () => {
      cancelAnimationFrame(frame);
      unwatch();
    };
  }, [layers, view, size, width, chosen, hovered, line]);

  // React listens to the wheel without the right to stop the page from scrolling.
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== element) return;
      event.preventDefault();
      const factor = Math.exp(-event.deltaY * WHEEL);
      setMoved((old) => zoomed(old ?? whole, factor, { x: event.offsetX, y: event.offsetY }, whole));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [whole]);

  const placeOf = (event: PointerEvent<HTMLCanvasElement>): Place => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const zoom = (factor: number) => setMoved(zoomed(view, factor, { x: size.width / 2, y: size.height / 2 }, whole));
  const chooseInSight = () => onChoose(inSight(drawn, view, size));

  const onPointerDown = (event: PointerEvent<HTMLCanvasElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.focus({ preventScroll: true });
    setHovered(null);
    setDrag(placeOf(event));
    if (tool === "lasso") setLine([placeOf(event)]);
  };
  const onPointerMove = (event: PointerEvent<HTMLCanvasElement>) => {
    const place = placeOf(event);
    if (drag === null) setHovered(nearest(drawn, view, place, REACH));
    else if (tool === "lasso") setLine(extended(line, place));
    else {
      setMoved(panned(view, place.x - drag.x, place.y - drag.y));
      setDrag(place);
    }
  };
  const onPointerUp = () => {
    if (tool === "lasso" && line.length > 0) {
      onChoose(drawn.filter((point) => isInside(line, onScreen(view, point))));
      setLine([]);
    }
    setDrag(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const act = {
      ArrowLeft: () => setMoved(panned(view, PAN, 0)),
      ArrowRight: () => setMoved(panned(view, -PAN, 0)),
      ArrowUp: () => setMoved(panned(view, 0, PAN)),
      ArrowDown: () => setMoved(panned(view, 0, -PAN)),
      "+": () => zoom(STEP),
      "=": () => zoom(STEP),
      "-": () => zoom(1 / STEP),
      "0": () => setMoved(null),
      Enter: chooseInSight,
      Escape: () => onChoose([]),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  return (
    <div className={classes["frame"]} ref={ref}>
      <canvas
        ref={canvas}
        className={classes["canvas"]}
        style={{ height: HEIGHT }}
        data-tool={tool}
        // eslint-disable-next-line jsx-a11y/no-interactive-element-to-noninteractive-role -- it takes keys as a map does; its name says which
        role="application"
        aria-label={`${label} ${t("map.keys")}`}
        tabIndex={0}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={onPointerUp}
        onPointerLeave={() => setHovered(null)}
        onKeyDown={onKeyDown}
      />
      <MapZoom onNearer={() => zoom(STEP)} onFarther={() => zoom(1 / STEP)} onWhole={() => setMoved(null)} onInSight={chooseInSight} />
      {hovered && <MapHoverCard point={hovered} at={onScreen(view, hovered)} size={size} />}
    </div>
  );
}
