import type { Locale } from "@/lib/preferences.ts";

const KILO = 1000;
const SECOND = 1000;
const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;
const MISSING = "–";

export interface Formatter {
  integer: (value: number) => string;
  compact: (value: number) => string;
  decimal: (value: number, digits: number) => string;
  significant: (value: number) => string;
  percent: (share: number, digits?: number) => string;
  money: (amount: number, currency: string) => string;
  currencySign: (currency: string) => string;
  bytes: (bytes: number) => string;
  duration: (seconds: number | null | undefined) => string;
  /** A guessed time, in one unit: more figures would promise too much. */
  roughly: (seconds: number) => string;
  date: (iso: string) => string;
  dateTime: (iso: string) => string;
  time: (iso: string) => string;
  relative: (iso: string, now?: number) => string;
  /** A month, `2026-11`: with its year, or in as few letters as may be. */
  month: (month: string, style?: "long" | "short") => string;
  list: (items: readonly string[]) => string;
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** Every number and date of the page goes through here, so that both languages are right by construction. */
export function makeFormatter(locale: Locale, timeZone?: string): Formatter {
  const zone = timeZone === undefined ? {} : { timeZone };
  const integer = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
  const significant = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
  const scientific = new Intl.NumberFormat(locale, { notation: "scientific", maximumSignificantDigits: 2 });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium", ...zone });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", ...zone });
  const time = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", ...zone });
  const months = {
    long: new Intl.DateTimeFormat(locale, { month: "long", year: "numeric", timeZone: "UTC" }),
    short: new Intl.DateTimeFormat(locale, { month: "short", timeZone: "UTC" }),
  };
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "long" });
  const list = new Intl.ListFormat(locale, { type: "conjunction" });

  // The sign is left out where rounding leaves nothing of the number: never "-0.0".
  const decimal = (value: number, digits: number): string =>
    new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: "negative" }).format(value);

  const unit = (value: number, name: string): string =>
    new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "narrow", maximumFractionDigits: 0 }).format(value);

  const money = (currency: string) => new Intl.NumberFormat(locale, { style: "currency", currency });

  return {
    integer: (value) => integer.format(value),
    compact: (value) => compact.format(value),
    decimal,
    significant: (value) => {
      const size = Math.abs(value);
      return size !== 0 && (size < 0.001 || size >= 1e9) ? scientific.format(value).replace("E", "e") : significant.format(value);
    },
    percent: (share, digits = 1) =>
      new Intl.NumberFormat(locale, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share),
    money: (amount, currency) => money(currency).format(amount),
    currencySign: (currency) => money(currency).formatToParts(0).find((part) => part.type === "currency")?.value ?? currency,
    bytes: (bytes) => {
      let value = bytes;
      let index = 0;
      while (value >= KILO && index < UNITS.length - 1) {
        value /= KILO;
        index += 1;
      }
      return new Intl.NumberFormat(locale, {
        style: "unit",
        unit: UNITS[index] ?? "byte",
        unitDisplay: index === 0 ? "long" : "short",
        maximumFractionDigits: index === 0 || value >= 100 ? 0 : 1,
      }).format(value);
    },
    duration: (seconds) => {
      if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return MISSING;
      const whole = Math.max(0, Math.round(seconds));
      if (whole < MINUTE_S) return unit(whole, "second");
      if (whole < HOUR_S) return `${unit(Math.floor(whole / MINUTE_S), "minute")} ${unit(whole % MINUTE_S, "second")}`;
      if (whole < DAY_S) {
        return `${unit(Math.floor(whole / HOUR_S), "hour")} ${unit(Math.floor((whole % HOUR_S) / MINUTE_S), "minute")}`;
      }
      return `${unit(Math.floor(whole / DAY_S), "day")} ${unit(Math.floor((whole % DAY_S) / HOUR_S), "hour")}`;
    },
    roughly: (seconds) => {
      const tidy = (value: number, name: string) =>
        new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: value < 10 && name !== "minute" && name !== "second" ? 1 : 0 }).format(value);
      if (seconds < 100) return tidy(seconds < 10 ? seconds : 5 * Math.round(seconds / 5), "second");
      if (seconds < 100 * MINUTE_S) return tidy(seconds / MINUTE_S, "minute");
      return seconds < 2 * DAY_S ? tidy(seconds / HOUR_S, "hour") : tidy(seconds / DAY_S, "day");
    },
    date: (iso) => date.format(new Date(iso)),
    dateTime: (iso) => dateTime.format(new Date(iso)),
    time: (iso) => time.format(new Date(iso)),
    relative: (iso, now = Date.now()) => {
      const seconds = Math.round((new Date(iso).getTime() - now) / SECOND);
      const size = Math.abs(seconds);
      if (size < MINUTE_S) return relative.format(Math.trunc(seconds / 10) * 10, "second");
      if (size < HOUR_S) return relative.format(Math.trunc(seconds / MINUTE_S), "minute");
      if (size < DAY_S) return relative.format(Math.trunc(seconds / HOUR_S), "hour");
      if (size < 30 * DAY_S) return relative.format(Math.trunc(seconds / DAY_S), "day");
      return date.format(new Date(iso));
    },
    month: (month, style = "long") => months[style].format(new Date(`${month}-01T00:00:00Z`)),
    list: (items) => list.format(items),
  };
}
