/// <reference types="vite/client" />
import { describe, expect, it } from "vitest";

import { compareCode } from "@/features/compare/compare-code.ts";
import { datasetCode, datasetsCode, growCode } from "@/features/datasets/dataset-code.ts";
import { jobCode, jobsCode, newJobCode } from "@/features/jobs/job-code.ts";
import { sessionCode, sessionsCode } from "@/features/labelling/labelling-code.ts";
import { modelCode, modelsCode } from "@/features/models/model-code.ts";
import { overviewCode } from "@/features/overview/overview-code.ts";
import { auditCode, settingsCode, usageCode } from "@/features/settings/settings-code.ts";
import { type CodeGroup, curlCode, pythonCode } from "@/lib/api-call.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { labelSession } from "@/testing/labelling-fixtures.ts";
import { searchJob } from "@/testing/search-fixtures.ts";

import schema from "../../openapi.json";

interface Shape {
  $ref?: string;
  allOf?: Shape[];
  properties?: Record<string, unknown>;
  required?: string[];
}
interface Operation {
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: Record<string, { schema: Shape }> };
  responses: Record<string, unknown>;
}

const paths = schema.paths as unknown as Record<string, Record<string, Operation>>;
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, operation]) => ("responses" in operation ? [{ name: `${method.toUpperCase()} ${path}`, method: method.toUpperCase(), path, operation }] : [])),
);

const asKey: Translate = (key) => key;

/** Of every page, in the states in which it shows most. */
function groupsOf(isWriter: boolean): CodeGroup[] {
  return [
    ...overviewCode(isWriter, asKey),
    ...datasetsCode({ q: "a" }, isWriter, asKey),
    ...datasetCode(fixtures.dataset, isWriter, asKey),
    ...datasetCode(fixtures.unmappedDataset, isWriter, asKey),
    ...(isWriter ? growCode(fixtures.dataset, asKey) : []),
    ...sessionsCode(fixtures.dataset, isWriter, asKey),
    ...sessionCode(labelSession, isWriter, asKey),
    ...jobsCode({ state: "running,paused", q: "a'b" }, [fixtures.uuid(1), fixtures.uuid(2)], isWriter, asKey),
    ...newJobCode([], isWriter, asKey),
    ...jobCode(fixtures.finishedJob, isWriter, asKey),
    ...jobCode(searchJob, isWriter, asKey),
    ...compareCode({ ids: [fixtures.uuid(1), fixtures.uuid(2)], baseline: fixtures.uuid(1) }, asKey),
    ...modelsCode({ task: "classification" }, isWriter, asKey),
    ...modelCode(fixtures.model, fixtures.modelVersion, isWriter, asKey),
    ...settingsCode({ name: "Northwind", isManager: isWriter }, asKey),
    ...(isWriter ? [...auditCode({ action: "job.launched" }, asKey), ...usageCode(asKey)] : []),
  ];
}

const steps = groupsOf(true).flatMap((group) => group.steps);

/** Those that the schema does not describe: a signed address, and a stream. */
const isBesideSchema = (path: string) => path.startsWith("/downloads/") || /^\/api\/v1\/jobs\/[^/]+\/stream$/.test(path);

/** The operation that a request is of; of several that fit, the one with the fewest open parts. */
function operationOf(method: string, address: string) {
  const path = address.split("?")[0] ?? "";
  return operations
    .filter((one) => one.method === method && new RegExp(`^${one.path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path))
    .sort((a, b) => a.path.split("{").length - b.path.split("{").length)[0];
}

function resolved(shape: Shape): Shape {
  const name = shape.$ref?.split("/").at(-1);
  if (name !== undefined) return resolved((schema.components.schemas as unknown as Record<string, Shape>)[name] ?? {});
  return shape.allOf?.length === 1 ? resolved(shape.allOf[0] ?? {}) : shape;
}

/** What the page sends that no code is shown of, and why. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  "it is about the person who is signed in, whom a key does not stand for": [
    "PATCH /api/v1/account",
    "POST /api/v1/account/delete",
    "POST /api/v1/account/password",
    "POST /api/v1/api-keys",
    "POST /api/v1/password-links",
    "POST /api/v1/password-links/look",
    "POST /api/v1/password-links/use",
    "GET /api/v1/session",
    "DELETE /api/v1/membership",
    "GET /api/v1/tenants",
    "POST /api/v1/tenants",
    "POST /api/v1/tenant/delete",
    "POST /api/v1/tenant/restore",
    "POST /api/v1/invitations/accept",
    "POST /api/v1/invitations/look",
    "GET /api/v1/home",
    "POST /api/v1/home/visit",
    "POST /api/v1/home/dismissals",
    "DELETE /api/v1/home/dismissals/{id}",
    "GET /api/v1/job-views",
    "POST /api/v1/job-views",
    "PATCH /api/v1/job-views/{id}",
    "DELETE /api/v1/job-views/{id}",
    "GET /api/v1/notifications",
    "GET /api/v1/notifications/unread-count",
    "POST /api/v1/notifications/read",
    "POST /api/v1/notifications/unread",
    "GET /api/v1/notifications/settings",
    "PUT /api/v1/notifications/settings",
    "GET /api/v1/label-sessions/{id}/next",
    "PUT /api/v1/label-sessions/{label_session_id}/annotations/{row_id}",
    "DELETE /api/v1/label-sessions/{label_session_id}/annotations/{row_id}",
  ],
  "it is a part of sending one file, which code sends in one piece": [
    "PATCH /api/v1/uploads/{id}",
    "POST /api/v1/uploads/direct",
    "GET /api/v1/uploads/{id}/parts",
    "POST /api/v1/uploads/{id}/parts",
    "POST /api/v1/uploads/{id}/finish",
  ],
};
const leftOut = Object.values(LEFT_OUT).flat();

const sources = Object.entries(import.meta.glob<string>(["/src/**/*.{ts,tsx}", "!/src/**/*.test.*", "!/src/generated/**", "!/src/testing/**"], { query: "?raw", import: "default", eager: true }));

describe("described calls", () => {
  it.each(steps.filter(({ call }) => !isBesideSchema(call.path)).map((step) => [`${step.label}: ${step.call.method} ${step.call.path}`, step] as const))("is an operation of the schema: %s", (_, { call }) => {
    const found = operationOf(call.method, call.path);
    if (found === undefined) throw new Error("The schema has no such operation.");
    const { operation } = found;
    const asked = [...new URLSearchParams(call.path.split("?")[1] ?? "").keys()];
    const known = operation.parameters?.filter((one) => one.in === "query") ?? [];
    expect(known.map(({ name }) => name)).toEqual(expect.arrayContaining(asked));
    expect(asked).toEqual(expect.arrayContaining(known.filter(({ required }) => required).map(({ name }) => name)));
    const needed = operation.parameters?.filter((one) => one.in === "header" && one.required).map(({ name }) => name) ?? [];
    expect([...Object.keys(call.headers ?? {}), ...(call.file === undefined ? [] : needed)]).toEqual(needed);

    const shape = operation.requestBody?.content["application/json"]?.schema;
    const { properties = {}, required = [] } = shape === undefined ? {} : resolved(shape);
    const sent = Object.keys(call.body ?? {});
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(sent));
    expect(sent).toEqual(expect.arrayContaining(required));
    // An empty answer is not read as JSON.
    expect(pythonCode("https://anneal.example.com", call).includes("answer.status")).toBe("204" in operation.responses);
  });

  it("cover every operation, or say why one is left out", () => {
    const described = new Set(steps.flatMap(({ call }) => operationOf(call.method, call.path)?.name ?? []));
    expect(operations.map(({ name }) => name).filter((name) => !described.has(name) && !leftOut.includes(name))).toEqual([]);
    expect(leftOut.filter((name) => described.has(name) || !operations.some((one) => one.name === name))).toEqual([]);
  });

  it("are what is sent: only what is left out goes another way", () => {
    const direct = sources.flatMap(([, text]) => [...text.matchAll(/\bapi\.(GET|POST|PUT|PATCH|DELETE)\(\s*(?:"([^"]+)"|(\w+))/g)].map(([, method, path, name]) => `${method ?? ""} ${path ?? new RegExp(`const ${name ?? ""} = "([^"]+)"`).exec(text)?.[1] ?? "?"}`));
    expect(direct.length).toBeGreaterThan(10);
    expect(direct.filter((name) => !leftOut.includes(name))).toEqual([]);
  });

  it("are all shown somewhere", () => {
    const labels = sources.flatMap(([, text]) => [...text.matchAll(/\b(?:call|fileCall|named)\("(code\.\w+)"/g)].map(([, label]) => label ?? ""));
    const shown = new Set(steps.map(({ label }) => label));
    expect(labels.length).toBeGreaterThan(70);
    // Files of a model are named in words of their own.
    expect(labels.filter((label) => !shown.has(label) && label !== "code.download_link")).toEqual([]);
  });

  it("show a reader nothing that only writers may do", () => {
    const methods = groupsOf(false).flatMap((group) => group.steps.filter(({ call }) => call.method !== "GET").map(({ call }) => `${call.method} ${call.path}`));
    expect(methods.filter((name) => !/^POST \/api\/v1\/(model-versions|artifacts)\//.test(name))).toEqual([]);
  });

  it("hold no key", () => {
    for (const { call } of steps) expect(curlCode("https://anneal.example.com", call) + pythonCode("https://anneal.example.com", call)).not.toMatch(/ann_live|Bearer [a-z0-9]/);
  });
});
