import { expect, it } from "vitest";

import { methodName } from "@/features/jobs/method-name.ts";
import { en } from "@/lib/i18n/en.ts";
import { makeTranslate } from "@/lib/i18n/translate.ts";

it("calls last layers of which none learns what the choice calls them", () => {
  const t = makeTranslate(en, "en");
  expect(methodName({ type: "last_layers", layers: 0 }, t)).toBe("Output layer alone");
  expect(methodName({ type: "last_layers", layers: 1 }, t)).toBe("Last layer");
  expect(methodName({ type: "last_layers", layers: 2 }, t)).toBe("Last 2 layers");
  expect(methodName({ type: "last_layers" }, t)).toBe("Last layers");
  expect(methodName({ type: "lora", layers: "all" }, t)).toBe("LoRA");
});
