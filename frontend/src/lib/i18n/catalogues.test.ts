/// <reference types="vite/client" />
import { describe, expect, it } from "vitest";

import { en } from "@/lib/i18n/en.ts";
import { enDoor } from "@/lib/i18n/en-door.ts";
import { type Catalogue, makeTranslate, type Message, type MessageKey } from "@/lib/i18n/translate.ts";
import { zh } from "@/lib/i18n/zh.ts";

const english: Catalogue = en;
const keys = Object.keys(en) as MessageKey[];
const sources = Object.entries(
  import.meta.glob<string>(["/src/**/*.{ts,tsx}", "!/src/lib/i18n/{en,zh}{,-door}.ts", "!/src/generated/**", "!/src/**/*.test.*"], {
    query: "?raw",
    import: "default",
    eager: true,
  }),
);

function forms(message: Message): string[] {
  return typeof message === "string" ? [message] : Object.values(message);
}

function placeholders(message: Message): string[] {
  return [...new Set(forms(message).flatMap((text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "")))].sort();
}

describe("catalogues", () => {
  it("have the same keys in both languages", () => {
    expect(Object.keys(zh).sort()).toEqual([...keys].sort());
  });

  it.each(keys)("%s has words and the same parameters in both languages", (key) => {
    for (const text of [...forms(english[key]), ...forms(zh[key])]) expect(text.trim()).not.toBe("");
    // An English singular may drop what it does not need; the union of the forms must agree.
    expect(placeholders(zh[key])).toEqual(placeholders(english[key]).filter((name) => placeholders(zh[key]).includes(name)));
    expect(placeholders(english[key]).filter((name) => name !== "count")).toEqual(placeholders(zh[key]).filter((name) => name !== "count"));
  });

  it("are Chinese where they say so", () => {
    const alike = keys.filter((key) => forms(zh[key]).every((text) => !/\p{Script=Han}/u.test(text)));
    expect(alike.filter((key) => !["classes.f1", "expert.alpha", "expert.r_drop", "expert.use_dora", "expert.use_rslora", "method.adalora", "method.bitfit", "method.lora", "method.p_tuning", "metric.chrf"].includes(key)).filter((key) => /[a-z]{3}/.test(forms(english[key]).join("").replace(/\{\w+\}/g, "")))).toEqual([]);
  });

  it("hold no sentence that nothing says", () => {
    const text = sources.map(([, source]) => source).join("\n");
    const unused = keys.filter((key) => {
      if (text.includes(`"${key}"`)) return false;
      const dot = key.lastIndexOf(".");
      // `role.${role}_hint`: a template that begins with the key's area.
      return !text.includes(`\`${key.slice(0, dot + 1)}\${`) && !new RegExp(`\`${key.slice(0, dot + 1).replaceAll(".", "\\.")}[a-z_]*\\$\\{`).test(text);
    });
    expect(unused).toEqual([]);
  });

  it("leave no text for readers in the components", () => {
    const offenders = sources
      .filter(([path]) => path.endsWith(".tsx") && !path.includes("/testing/"))
      .filter(([, source]) => />\s*[A-Z][a-z]+ [a-z]+[^<{]*</.test(source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")))
      .map(([path]) => path);
    // The switch to English is written in English on purpose.
    expect(offenders.filter((path) => !path.endsWith("account-menu.tsx"))).toEqual([]);
  });
});

/** Sources that are loaded with one of these: what they import statically, and so on. */
function loadedWith(...paths: string[]): [string, string][] {
  const bySource = new Map(sources);
  const found = new Map<string, string>();
  const visit = (path: string) => {
    const source = bySource.get(path);
    if (source === undefined || found.has(path)) return;
    found.set(path, source);
    for (const [, from] of source.matchAll(/^(?:import|export)\s(?!type\b)(?:[^;"]*?\sfrom\s)?"@(\/[^"]+)"/gm)) visit(`/src${from ?? ""}`);
  };
  paths.forEach(visit);
  return [...found];
}

describe("the door's catalogue", () => {
  const loaded = loadedWith("/src/app/main.tsx", "/src/features/session/door.ts");

  it("is asked about what is really loaded", () => {
    const paths = loaded.map(([path]) => path);
    expect(paths).toContain("/src/features/session/code-form.tsx");
    expect(paths).toContain("/src/lib/describe-error.ts");
    expect(paths).not.toContain("/src/app/shell.tsx");
  });

  it("has every sentence of the pages before the product", () => {
    const asked = loaded.flatMap(([path, source]) => {
      const words = [...source.matchAll(/\bt\((?:[^()]*?\? )?["`]([^"`$]+)(["`$])/g)].map((match) => [match[1] ?? "", match[2]] as const);
      const more = [...source.matchAll(/["`]([a-z_]+\.[a-z_.]+)["`]/g)].map((match) => [match[1] ?? "", '"'] as const);
      return [...words, ...more.filter(([key]) => key in en)].map(([key, end]) => ({ path, key, isWhole: end !== "$" }));
    });
    const missing = asked.filter(({ key, isWhole }) =>
      isWhole ? !(key in enDoor) : keys.some((one) => one.startsWith(key) && !(one in enDoor)),
    );
    expect(asked.length).toBeGreaterThan(40);
    expect(missing).toEqual([]);
  });
});

describe("makeTranslate", () => {
  it("chooses the plural form and groups digits by language", () => {
    const t = makeTranslate(english, "en");
    expect(t("artifact.files", { count: 1 })).toBe("1 file");
    expect(t("artifact.files", { count: 1234 })).toBe("1,234 files");
    expect(makeTranslate(zh, "zh-CN")("artifact.files", { count: 1 })).toBe("1 个文件");
  });

  it("inserts names as they are, whatever they contain", () => {
    expect(makeTranslate(english, "en")("dataset.deleted", { name: "{count} $& <b>" })).toBe("“{count} $& <b>” was deleted.");
  });
});
