/** How each of several jobs is drawn: colours that hold for the common colour blindnesses (see tokens.css), and a stroke of its own. */
export interface JobStyle {
  color: string;
  dash: readonly number[];
}

const COLORS = ["--map-1", "--map-2", "--map-3", "--map-4", "--map-5", "--map-6", "--map-7", "--map-other"];
const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [9, 3, 2, 3]];

/** Jobs keep their look by their place in the address; the colour and the stroke together occur once among as many as can be compared. */
export function jobStyle(place: number): JobStyle {
  const round = Math.floor(place / COLORS.length);
  return { color: COLORS[place % COLORS.length] ?? "--ink", dash: DASHES[(place + round) % DASHES.length] ?? [] };
}
