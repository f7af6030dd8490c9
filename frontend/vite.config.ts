import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

import { stubPlugin } from "./src/testing/stub-plugin.ts";

const server = process.env["ANNEAL_API"] ?? "http://127.0.0.1:8000";
const isStubbed = process.env["ANNEAL_STUB"] === "1";
const proxy = Object.fromEntries(["/api", "/_allauth", "/downloads"].map((path) => [path, { target: server }]));

export default defineConfig({
  plugins: [react(), ...(isStubbed ? [stubPlugin()] : [])],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { host: "127.0.0.1", ...(isStubbed ? {} : { proxy }) },
  preview: { host: "127.0.0.1", ...(isStubbed ? {} : { proxy }) },
  build: {
    target: "es2022",
    // Nothing is inlined as data: URLs, so that `default-src 'self'` holds for fonts and images as well.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 400,
  },
  test: {
    // Pure code is tested without a browser's likeness, pages with one.
    projects: [
      { extends: true, test: { name: "code", environment: "node", include: ["src/**/*.test.ts"] } },
      {
        extends: true,
        test: { name: "pages", environment: "happy-dom", include: ["src/**/*.test.tsx"], setupFiles: ["src/testing/setup.ts"] },
      },
    ],
    restoreMocks: true,
    unstubGlobals: true,
    // On a busy machine everything takes longer; a test that waits for what never comes still ends.
    testTimeout: 60_000,
  },
});
