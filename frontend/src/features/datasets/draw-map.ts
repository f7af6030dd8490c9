/** Paints the points of a map. All that is of one look is one path: twenty thousand points take milliseconds. */
import type { Shape } from "@/features/datasets/map-colours.ts";
import { onScreen, type Place, type Size, type View } from "@/features/datasets/map-view.ts";

export interface Layer {
  colour: string;
  shape: Shape;
  points: readonly Place[];
}

const ALPHA = 0.78;
const RADIUS = 3.4;
const SMALL = 2.3;
/** With more points than this, smaller ones show more of the picture. */
const MANY = 3000;
/** Rings around more points than this are drawn thinner. */
const FEW = 20;

function trace(path: Path2D, shape: Shape, x: number, y: number, r: number): void {
  if (shape === "circle") {
    path.moveTo(x + r, y);
    path.arc(x, y, r, 0, 2 * Math.PI);
  } else if (shape === "square") path.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
  else {
    path.moveTo(x, y - r * 1.2);
    if (shape === "diamond") path.lineTo(x + r * 1.2, y);
    path.lineTo(shape === "diamond" ? x : x + r * 1.1, shape === "diamond" ? y + r * 1.2 : y + r);
    path.lineTo(shape === "diamond" ? x - r * 1.2 : x - r * 1.1, shape === "diamond" ? y : y + r);
    path.closePath();
  }
}

export interface Picture {
  layers: readonly Layer[];
  /** Taken by the lasso: drawn with a ring. */
  chosen: readonly Place[];
  hovered: Place | null;
  lasso: readonly Place[];
  ink: string;
  paper: string;
}

export function drawMap(context: CanvasRenderingContext2D, view: View, { width, height }: Size, picture: Picture): void {
  const { layers, chosen, hovered, lasso, ink, paper } = picture;
  context.clearRect(0, 0, width, height);
  const count = layers.reduce((sum, { points }) => sum + points.length, 0);
  const radius = count > MANY ? SMALL : RADIUS;
  context.globalAlpha = ALPHA;
  for (const { colour, shape, points } of layers) {
    const path = new Path2D();
    for (const point of points) {
      const { x, y } = onScreen(view, point);
      if (x > -radius && y > -radius && x < width + radius && y < height + radius) trace(path, shape, x, y, radius);
    }
    context.fillStyle = colour;
    context.fill(path);
  }
  context.globalAlpha = 1;
  const rings = new Path2D();
  for (const point of hovered ? [...chosen, hovered] : chosen) {
    const { x, y } = onScreen(view, point);
    trace(rings, "circle", x, y, radius + 1.8);
  }
  context.strokeStyle = ink;
  context.lineWidth = chosen.length > FEW ? 0.9 : 1.4;
  context.stroke(rings);
  if (lasso.length > 1) {
    const line = new Path2D();
    lasso.forEach(({ x, y }, index) => (index === 0 ? line.moveTo(x, y) : line.lineTo(x, y)));
    line.closePath();
    context.globalAlpha = 0.12;
    context.fillStyle = ink;
    context.fill(line, "evenodd");
    context.globalAlpha = 1;
    context.strokeStyle = paper;
    context.lineWidth = 3;
    context.stroke(line);
    context.strokeStyle = ink;
    context.lineWidth = 1.4;
    context.setLineDash([5, 4]);
    context.stroke(line);
    context.setLineDash([]);
  }
}
