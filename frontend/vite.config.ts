import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

import { compressPlugin } from "./compress-plugin.ts";
import { doorPlugin } from "./door-plugin.ts";
import { stubPlugin } from "./src/testing/stub-plugin.ts";

const server = process.env["ANNEAL_API"] ?? "http://127.0.0.1:8000";
const isStubbed = process.env["ANNEAL_STUB"] === "1";
const alias = { "@": fileURLToPath(new URL("./src", import.meta.url)) };
const proxy = Object.fromEntries(["/api", "/_allauth", "/downloads"].map((path) => [path, { target: server }]));

const pages = { environment: "happy-dom", setupFiles: ["src/testing/setup.ts"] };
const MOCKED = "src/**/*.mocked.test.tsx";

const brief = (name: string) => name.replace(/~.*|\.[a-z0-9]+$/, "");

export default defineConfig({
  plugins: [react(), doorPlugin(), compressPlugin(), ...(isStubbed ? [stubPlugin(alias)] : [])],
  resolve: { alias },
  server: { host: "127.0.0.1", ...(isStubbed ? {} : { proxy }) },
  preview: { host: "127.0.0.1", ...(isStubbed ? {} : { proxy }) },
  build: {
    target: "es2022",
    // Nothing is inlined as data: URLs, so that `default-src 'self'` holds for fonts and images as well.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 500,
    rolldownOptions: {
      output: {
        // Files of shared parts import one another in circles; each module still runs after those that it imports.
        strictExecutionOrder: true,
        // Named after every page that shares it, a file would have a long name.
        chunkFileNames: ({ name }) => `assets/${brief(name)}-[hash].js`,
        assetFileNames: ({ names }) => `assets/${brief(names[0] ?? "")}-[hash][extname]`,
        // A file costs a round trip, six at a time: what every visit needs is one file, and what several pages share is few.
        codeSplitting: {
          groups: [
            { name: "first", tags: ["$initial"], priority: 3 },
            { name: "door-parts", test: /features\/session\/(sign-in|sign-up|forgotten-password|new-password|new-organisation|accept-invitation)-page/, priority: 2 },
            { name: "shared", test: /^(?!.*\/i18n\/)/, minShareCount: 2, entriesAware: true, entriesAwareMergeThreshold: 20_000, priority: 1 },
          ],
        },
      },
    },
  },
  test: {
    // Pure code is tested without a browser's likeness, pages with one. Modules are loaded once for all pages, which halves the time; what is
    // kept in them is put back after each test. Only where a test puts another module in the place of one, files have modules of their own.
    projects: [
      { extends: true, test: { name: "code", environment: "node", include: ["src/**/*.test.ts"], isolate: false } },
      { extends: true, test: { ...pages, name: "pages", include: ["src/**/*.test.tsx"], exclude: [MOCKED], isolate: false } },
      { extends: true, test: { ...pages, name: "pages, mocked", include: [MOCKED] } },
    ],
    restoreMocks: true,
    unstubGlobals: true,
    // On a busy machine everything takes longer; a test that waits for what never comes still ends.
    testTimeout: 60_000,
  },
});
