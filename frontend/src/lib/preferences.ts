/** What this browser remembers. The keys are also read by public/theme-init.js, before the first paint. */
import { readKept, writeKept } from "@/lib/kept-json.ts";

export type Scheme = "light" | "dark" | "auto";
export type Locale = "en" | "zh-CN";

const SCHEME_KEY = "anneal.scheme";
const LOCALE_KEY = "anneal.locale";
const KEYS_KEY = "anneal.keys";
const CURVES_KEY = "anneal.curves";

/** More would flatten every curve. */
export const MOST_SMOOTHING = 0.95;
export const CURVE_AXES = ["step", "epoch", "time"] as const;

/** How curves are looked at. */
export interface CurveView {
  axis: (typeof CURVE_AXES)[number];
  smoothing: number;
  isLog: boolean;
}

const CURVE_VIEW: CurveView = { axis: "step", smoothing: 0.6, isLog: false };

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Private windows may refuse; the choice then lasts until the page is closed.
  }
}

export function storedScheme(): Scheme {
  const value = read(SCHEME_KEY);
  return value === "light" || value === "dark" ? value : "auto";
}

export function rememberScheme(scheme: Scheme): void {
  write(SCHEME_KEY, scheme);
}

/** The remembered language, else the browser's, else English. */
export function initialLocale(languages: readonly string[] = navigator.languages): Locale {
  const stored = read(LOCALE_KEY);
  if (stored === "en" || stored === "zh-CN") return stored;
  for (const language of languages) {
    if (language.toLowerCase().startsWith("zh")) return "zh-CN";
    if (language.toLowerCase().startsWith("en")) return "en";
  }
  return "en";
}

export function rememberLocale(locale: Locale): void {
  write(LOCALE_KEY, locale);
}

const keysListeners = new Set<() => void>();

/** Whether shortcuts of a single character work. */
export function areKeysOn(): boolean {
  return read(KEYS_KEY) !== "off";
}

export function rememberKeys(areOn: boolean): void {
  write(KEYS_KEY, areOn ? "on" : "off");
  keysListeners.forEach((listener) => listener());
}

export function onKeysChange(listener: () => void): () => void {
  keysListeners.add(listener);
  return () => keysListeners.delete(listener);
}

export function isSmoothing(amount: number): boolean {
  return amount >= 0 && amount <= MOST_SMOOTHING;
}

/** The remembered look at curves; whatever of it cannot be read is as it is at first. */
export function storedCurveView(): CurveView {
  const found = readKept("localStorage", CURVES_KEY);
  if (typeof found !== "object" || found === null) return CURVE_VIEW;
  const { axis, smoothing, isLog } = found as Record<string, unknown>;
  return {
    axis: CURVE_AXES.find((one) => one === axis) ?? CURVE_VIEW.axis,
    smoothing: typeof smoothing === "number" && isSmoothing(smoothing) ? smoothing : CURVE_VIEW.smoothing,
    isLog: isLog === true,
  };
}

export function rememberCurveView(view: CurveView): void {
  writeKept("localStorage", CURVES_KEY, view);
}
