import type { Plugin } from "vite";

export function stubPlugin(): Plugin {
  return { name: "anneal-stub" };
}
