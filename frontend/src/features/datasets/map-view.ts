/** From the plane of the points to the pixels of a picture and back. The plane's y goes up, the picture's down. */

export interface View {
  /** Pixels for one unit of the plane. */
  scale: number;
  /** Where the plane's origin lies, in pixels. */
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Place {
  x: number;
  y: number;
}

const MARGIN = 18;
const CLOSEST = 200;
const FARTHEST = 0.5;

/** All points in sight, in the middle, as large as they fit. */
export function fitted(points: readonly Place[], { width, height }: Size): View {
  if (points.length === 0) return { scale: 1, x: width / 2, y: height / 2 };
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    bottom = Math.min(bottom, y);
    top = Math.max(top, y);
  }
  const room = (pixels: number) => Math.max(1, pixels - 2 * MARGIN);
  const across = right > left ? room(width) / (right - left) : Infinity;
  const along = top > bottom ? room(height) / (top - bottom) : Infinity;
  const scale = Number.isFinite(Math.min(across, along)) ? Math.min(across, along) : 1;
  return { scale, x: width / 2 - ((left + right) / 2) * scale, y: height / 2 + ((top + bottom) / 2) * scale };
}

export function onScreen(view: View, { x, y }: Place): Place {
  return { x: view.x + x * view.scale, y: view.y - y * view.scale };
}

export function onPlane(view: View, { x, y }: Place): Place {
  return { x: (x - view.x) / view.scale, y: (view.y - y) / view.scale };
}

/** Nearer or farther around a pixel, which stays where it is; never out of all measure of the whole. */
export function zoomed(view: View, factor: number, around: Place, whole: View): View {
  const scale = Math.min(whole.scale * CLOSEST, Math.max(whole.scale * FARTHEST, view.scale * factor));
  const by = scale / view.scale;
  return { scale, x: around.x - (around.x - view.x) * by, y: around.y - (around.y - view.y) * by };
}

export function panned(view: View, right: number, down: number): View {
  return { ...view, x: view.x + right, y: view.y + down };
}

/** The point under a pixel: the nearest one within reach. */
export function nearest<P extends Place>(points: readonly P[], view: View, at: Place, reach: number): P | null {
  let best: P | null = null;
  let least = reach * reach;
  for (const point of points) {
    const { x, y } = onScreen(view, point);
    const distance = (x - at.x) ** 2 + (y - at.y) ** 2;
    if (distance <= least) {
      best = point;
      least = distance;
    }
  }
  return best;
}

export function inSight<P extends Place>(points: readonly P[], view: View, { width, height }: Size): P[] {
  return points.filter((point) => {
    const { x, y } = onScreen(view, point);
    return x >= 0 && x <= width && y >= 0 && y <= height;
  });
}
