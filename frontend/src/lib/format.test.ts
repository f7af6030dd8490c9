import { describe, expect, it } from "vitest";

import { makeFormatter } from "@/lib/format.ts";

const en = makeFormatter("en", "UTC");
const zh = makeFormatter("zh-CN", "UTC");

describe("makeFormatter", () => {
  it("writes bytes in the unit that fits", () => {
    expect(en.bytes(0)).toBe("0 bytes");
    expect(en.bytes(999)).toBe("999 bytes");
    expect(en.bytes(1500)).toBe("1.5 kB");
    expect(en.bytes(91_882_004)).toBe("91.9 MB");
    expect(en.bytes(3e15)).toBe("3,000 TB");
  });

  it("writes durations with at most two units", () => {
    expect(en.duration(0.4)).toBe("0s");
    expect(en.duration(154)).toBe("2m 34s");
    expect(en.duration(7260)).toBe("2h 1m");
    expect(en.duration(90_000)).toBe("1d 1h");
    expect(zh.duration(154)).toContain("分钟");
  });

  it.each([null, undefined, Number.NaN, Infinity])("says so when a duration is unknown: %s", (value) => {
    expect(en.duration(value)).toBe("–");
  });

  it("writes shares as percentages", () => {
    expect(en.percent(0.946)).toBe("94.6%");
    expect(en.percent(0.946, 0)).toBe("95%");
  });

  it("writes money as the language does", () => {
    expect([en.money(1234.5, "USD"), en.money(2, "CNY"), en.money(1200, "JPY")]).toEqual(["$1,234.50", "CN¥2.00", "¥1,200"]);
    expect([zh.money(1234.5, "USD"), zh.money(2, "CNY")]).toEqual(["US$1,234.50", "¥2.00"]);
    expect([en.currencySign("USD"), zh.currencySign("USD"), en.currencySign("CHF")]).toEqual(["$", "US$", "CHF"]);
  });

  it("writes no sign in front of nothing", () => {
    expect(en.decimal(-0.0004, 3)).toBe("0.000");
    expect(en.decimal(-1.84, 1)).toBe("-1.8");
  });

  it("keeps small numbers readable", () => {
    expect(en.significant(0.00008)).toBe("8e-5");
    expect(en.significant(0.2134)).toBe("0.213");
    expect(en.significant(0)).toBe("0");
  });

  it("tells time from now in both languages", () => {
    const now = Date.UTC(2026, 0, 2);
    expect(en.relative("2026-01-01T23:57:00Z", now)).toBe("3 minutes ago");
    expect(zh.relative("2026-01-01T23:57:00Z", now)).toBe("3分钟前");
    expect(en.relative("2025-06-01T00:00:00Z", now)).toBe("Jun 1, 2025");
  });
});
