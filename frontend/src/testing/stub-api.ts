/** A server of a few dozen lines for unit tests and for working on the page alone. It keeps what it is told. */
import type { ApiKey, Dataset, DatasetChange, DatasetVersion, DoctorReport, Evaluation, FindingEffect, Home, Invitation, Job, LabelSession, Model, Notification, NotificationSettings, PredictResponse, Row, SavedView, Session } from "@/lib/api-types.ts";
import { comparisonOf, disagreementsOf } from "@/testing/compare-fixtures.ts";
import * as doctor from "@/testing/doctor-fixtures.ts";
import { evaluationFor, multiLabelEvaluation, pairScoreEvaluation } from "@/testing/evaluation-fixtures.ts";
import * as fixtures from "@/testing/fixtures.ts";
import * as labelling from "@/testing/labelling-fixtures.ts";
import * as readings from "@/testing/reading-fixtures.ts";
import { runningSearch, searchJob, trialsOf } from "@/testing/search-fixtures.ts";
import * as settings from "@/testing/settings-fixtures.ts";

export interface StubRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  body: unknown;
}

export interface StubAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

type Handler = (request: StubRequest, id: string) => StubAnswer;

function ok(body: unknown, status = 200): StubAnswer {
  return { status, body };
}

function list(data: readonly unknown[]): StubAnswer {
  return ok({ data, next_cursor: null });
}

const A_PAGE = 50;

/** Rows of a list by words of their names and by their task, a page at a time. */
function page(rows: readonly { name: string; task: string }[], query: URLSearchParams): StubAnswer {
  const words = (query.get("q") ?? "").toLowerCase().split(/\s+/);
  const found = rows.filter(({ name, task }) => (query.get("task") ?? task) === task && words.every((word) => name.toLowerCase().includes(word)));
  const start = Number(query.get("cursor") ?? 0);
  const end = start + Number(query.get("limit") ?? A_PAGE);
  return ok({ data: found.slice(start, end), next_cursor: end < found.length ? String(end) : null });
}

function groupsOf(job: Job, by: string): (readonly [string, string])[] {
  const alone = (value: string) => [[value, value] as const];
  if (by === "dataset") return [[job.dataset.id, job.dataset.name]];
  if (by === "batch") return [];
  if (by === "tag") return job.tags.length === 0 ? alone("") : job.tags.map((tag) => [tag, tag] as const);
  return alone({ base_model: job.base_model, method: job.spec.method.type, task: job.spec.task.type, week: "2026-07-06" }[by] ?? job.state);
}

function bestOf(jobs: readonly Job[]): { metric: string; value: number } | null {
  const results = jobs.flatMap(({ summary }) => summary ?? []);
  const [first] = results;
  const isOne = first !== undefined && results.every(({ primary }) => primary === first.primary);
  return isOne ? { metric: first.primary, value: Math.max(...results.map(({ value }) => value)) } : null;
}

export function problem(status: number, code: string, message: string, param: string | null = null): StubAnswer {
  return { status, body: { error: { code, message, param, details: {}, request_id: "req_stub" } } };
}

function field(body: unknown, name: string): unknown {
  return typeof body === "object" && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}

function text(body: unknown, name: string): string {
  const value = field(body, name);
  return typeof value === "string" ? value : "";
}

/** A refusal where a base that is given is not what there is. */
function writtenOver(thing: { name: string; notes?: string }, body: unknown): StubAnswer | null {
  const isOther = (["name", "notes"] as const).some((part) => {
    const base = field(body, `base_${part}`);
    return typeof base === "string" && base !== thing[part];
  });
  return isOther ? problem(412, "request.changed_since", "Somebody changed this since you read it.") : null;
}

const NOT_DELETED = { deleted_at: null, restorable_until: null };

function deletedNow<T extends object>(thing: T): T {
  const now = Date.now();
  const iso = (time: number) => new Date(time).toISOString();
  return { ...thing, deleted_at: iso(now), restorable_until: iso(now + fixtures.session.restorable_days * 86_400_000) };
}

export class StubApi {
  session: Session = structuredClone(fixtures.session);
  datasets: Dataset[] = structuredClone([fixtures.dataset, fixtures.unmappedDataset, fixtures.readingDataset, fixtures.invalidDataset]);
  deletedDatasets: Dataset[] = [];
  models: Model[] = structuredClone([fixtures.model, fixtures.pairScoreModel]);
  deletedModels: Model[] = [];
  jobs: Job[] = structuredClone([
    fixtures.runningJob,
    fixtures.queuedJob,
    fixtures.finishedJob,
    fixtures.pairScoreJob,
    fixtures.multiLabelJob,
    fixtures.failedJob,
    searchJob,
    runningSearch,
  ]);
  /** By job; every other job is a classification of intents. */
  evaluations = new Map<string, Evaluation>([
    [fixtures.pairScoreJob.id, pairScoreEvaluation],
    [fixtures.multiLabelJob.id, multiLabelEvaluation],
  ]);
  /** Of every version; null where the doctor is off. */
  report: DoctorReport | null = structuredClone(doctor.report);
  /** Of every version. */
  rows: Row[] = doctor.rows;

  /** Of every fix. */
  effect: FindingEffect = doctor.effectMissing;
  /** The newest first. A change that was asked for is over when it is looked at again. */
  changes: DatasetChange[] = [];
  /** Of every dataset, beside its latest one. */
  earlierVersions: DatasetVersion[] = [];
  views: SavedView[] = [];
  home: Home = { waiting: [], waiting_left: [], running: [], finished: [], first_steps: null };
  /** The newest first. */
  notifications: Notification[] = [];
  notificationSettings: NotificationSettings = structuredClone(fixtures.notificationSettings);
  keys: ApiKey[] = [];
  invitations: Invitation[] = [];
  readonly requests: StubRequest[] = [];
  private readonly uploads = new Map<string, { size: number; offset: number }>();
  private readonly routes: [string, RegExp, Handler][] = [];
  private readonly held = new Map<string, Promise<void>>();
  private number = 1000;

  constructor() {
    this.addSessionRoutes();
    this.addDatasetRoutes();
    this.addDoctorRoutes();
    this.addChangeRoutes();
    this.addLabellingRoutes();
    this.addJobRoutes();
    this.addModelRoutes();
    this.addSettingsRoutes();
    this.on("GET", "/api/v1/search", ({ query }) => {
      const q = query.get("q")?.toLowerCase() ?? "";
      const named = <T extends { name: string }>(all: readonly T[]) => all.filter(({ name }) => name.toLowerCase().includes(q)).slice(0, 8);
      return ok({ datasets: named(this.datasets), jobs: named(this.jobs), models: named([fixtures.model, fixtures.pairScoreModel]) });
    });
    this.addHomeRoutes();
    this.addNotificationRoutes();
  }

  /** A route of a test goes before the built-in ones. */
  on(method: string, path: string, handler: Handler): void {
    this.routes.unshift([method, new RegExp(`^${path.replace(/\{id\}/g, "([^/]+)")}$`), handler]);
  }

  /** Keeps every request of a method waiting until what this returns is called. */
  hold(method: string): () => void {
    let release = (): void => undefined;
    this.held.set(method, new Promise((resolve) => (release = resolve)));
    return () => {
      this.held.delete(method);
      release();
    };
  }

  /** When a request of the method is taken. */
  async turnOf(method: string): Promise<void> {
    await this.held.get(method);
  }

  handle(request: StubRequest): StubAnswer {
    this.requests.push(request);
    for (const [method, pattern, handler] of this.routes) {
      const match = method === request.method ? pattern.exec(request.path) : null;
      if (match) return handler(request, match[1] ?? "");
    }
    return problem(404, "not_found", `Nothing at ${request.path}`);
  }

  private nextId(): string {
    this.number += 1;
    return fixtures.uuid(this.number);
  }

  private job(id: string, then: (job: Job) => StubAnswer): StubAnswer {
    const job = this.jobs.find((entry) => entry.id === id);
    return job ? then(job) : problem(404, "job.not_found", "There is no such job.");
  }

  private dataset(id: string, then: (dataset: Dataset) => StubAnswer): StubAnswer {
    const dataset = this.datasets.find((entry) => entry.id === id);
    return dataset ? then(dataset) : problem(404, "dataset.not_found", "There is no such dataset.");
  }

  private addSessionRoutes(): void {
    this.on("GET", "/api/v1/session", () => ok(this.session));
    this.on("POST", "/_allauth/browser/v1/auth/login", ({ body }) => {
      if (text(body, "password") === "wrong") {
        return ok({ status: 400, errors: [{ message: "The email address and/or password are not correct.", code: "email_password_mismatch", param: "password" }] }, 400);
      }
      this.session.user = structuredClone(fixtures.session.user);
      return ok({ status: 200, data: {}, meta: { is_authenticated: true } });
    });
    this.on("POST", "/_allauth/browser/v1/auth/signup", ({ body }) => {
      if (text(body, "password").length < this.session.password_min_length) {
        return ok({ status: 400, errors: [{ message: "This password is too short.", code: "password_too_short", param: "password" }] }, 400);
      }
      this.session = { ...this.session, user: { id: fixtures.uuid(1), email: text(body, "email"), name: "", language: "en" }, tenants: [] };
      return ok({ status: 200, data: {}, meta: { is_authenticated: true } });
    });
    this.on("DELETE", "/_allauth/browser/v1/auth/session", () => {
      this.session.user = null;
      return ok({ status: 401, data: { flows: [{ id: "login" }] }, meta: { is_authenticated: false } }, 401);
    });
    this.on("POST", "/api/v1/account/delete", ({ body }) => {
      if (text(body, "password") === "wrong") return problem(400, "password.wrong", "This is not your password.", "password");
      this.session = { ...this.session, user: null, tenants: [] };
      return { status: 204 };
    });
    this.on("POST", "/api/v1/account/password", ({ body }) => (text(body, "current_password") === "wrong" ? problem(400, "password.wrong", "This is not your password.", "current_password") : { status: 204 }));
    this.on("POST", "/api/v1/invitations/look", ({ body }) =>
      text(body, "token") === "good" ? ok({ organisation: "Southwind", inviter: "Li Wei", email: "mei@example.com" }) : problem(404, "invitation.expired", "This invitation is too old. Ask whoever invited you for another."),
    );
    this.on("POST", "/api/v1/invitations/accept", () => ok({ id: fixtures.uuid(4), name: "Southwind", role: "member", created_at: fixtures.minutesAfter(0), restorable_until: null }));
    this.on("POST", "/api/v1/password-links", ({ body }) => ok({ email: text(body, "email"), valid_hours: 4 }, 202));
    const usedUp = () => problem(404, "password_link.invalid", "This link was used, is too old, or is not whole. Ask for a new one.");
    this.on("POST", "/api/v1/password-links/look", ({ body }) => (text(body, "secret") === "good" ? ok({ email: "mei@example.com" }) : usedUp()));
    this.on("POST", "/api/v1/password-links/use", ({ body }) => {
      if (text(body, "secret") !== "good") return usedUp();
      this.session.user = null;
      return { status: 204 };
    });
    this.on("POST", "/api/v1/tenants", ({ body }) => {
      const tenant = { id: this.nextId(), name: text(body, "name"), role: "owner" as const, created_at: fixtures.minutesAfter(0), restorable_until: null };
      this.session.tenants = [...this.session.tenants, tenant];
      return ok(tenant, 201);
    });
    this.on("PATCH", "/api/v1/tenant", ({ body }) => {
      const tenant = this.session.tenants[0];
      const refused = tenant && writtenOver(tenant, body);
      if (tenant && !refused) tenant.name = text(body, "name");
      return refused ?? ok(tenant);
    });
    const until = (at: string | null) => {
      const tenant = this.session.tenants[0];
      if (tenant) tenant.restorable_until = at;
      return ok(tenant);
    };
    this.on("POST", "/api/v1/tenant/delete", ({ body }) =>
      text(body, "name") === this.session.tenants[0]?.name ? until(fixtures.minutesAfter(7 * 1440)) : problem(400, "tenant.other_name", "Type the name of the organisation to delete it.", "name"),
    );
    this.on("POST", "/api/v1/tenant/restore", () => until(null));
  }

  private addDatasetRoutes(): void {
    this.on("POST", "/api/v1/uploads", ({ headers }) => {
      const id = this.nextId();
      this.uploads.set(id, { size: Number(headers["upload-length"] ?? 0), offset: 0 });
      return { status: 201, headers: { Location: `/api/v1/uploads/${id}`, "Tus-Resumable": "1.0.0" } };
    });
    this.on("HEAD", "/api/v1/uploads/{id}", (_, id) => {
      const upload = this.uploads.get(id);
      if (!upload) return { status: 404 };
      return { status: 200, headers: { "Upload-Offset": String(upload.offset), "Upload-Length": String(upload.size), "Tus-Resumable": "1.0.0" } };
    });
    this.on("PATCH", "/api/v1/uploads/{id}", ({ headers }, id) => {
      const upload = this.uploads.get(id);
      if (!upload) return { status: 404 };
      upload.offset += Number(headers["content-length"] ?? 0);
      return { status: 204, headers: { "Upload-Offset": String(upload.offset), "Tus-Resumable": "1.0.0" } };
    });
    this.on("DELETE", "/api/v1/uploads/{id}", () => ({ status: 204, headers: { "Tus-Resumable": "1.0.0" } }));
    this.on("GET", "/api/v1/datasets", ({ query }) => page(query.get("deleted") === "true" ? this.deletedDatasets : this.datasets, query));
    this.on("POST", "/api/v1/datasets", ({ body }) => {
      const dataset: Dataset = {
        ...structuredClone(fixtures.unmappedDataset),
        id: this.nextId(),
        name: text(body, "name"),
        task: text(body, "task") as Dataset["task"],
      };
      this.datasets.unshift(dataset);
      return ok(dataset, 201);
    });
    this.on("GET", "/api/v1/datasets/{id}", (_, id) => this.dataset(id, (dataset) => ok(dataset)));
    this.on("PATCH", "/api/v1/datasets/{id}", ({ body }, id) =>
      this.dataset(id, (dataset) => {
        const refused = writtenOver(dataset, body);
        if (refused !== null) return refused;
        if (text(body, "name") !== "") dataset.name = text(body, "name");
        if (text(body, "task") !== "") Object.assign(dataset, { task: text(body, "task"), state: "inspecting", mapping: null, suggestion: null });
        return ok(dataset);
      }),
    );
    this.on("DELETE", "/api/v1/datasets/{id}", (_, id) => {
      if (id === fixtures.dataset.id) return problem(409, "dataset.in_use", "The job “Customer service intents, LoRA” is using this dataset. Cancel it or wait for its end.");
      this.deletedDatasets = [...this.datasets.filter((entry) => entry.id === id).map(deletedNow), ...this.deletedDatasets];
      this.datasets = this.datasets.filter((entry) => entry.id !== id);
      return { status: 204 };
    });
    this.on("POST", "/api/v1/datasets/{id}/restore", (_, id) => {
      const dataset = [...this.datasets, ...this.deletedDatasets].find((entry) => entry.id === id);
      if (dataset === undefined) return problem(404, "dataset.not_found", "There is no such dataset.");
      this.deletedDatasets = this.deletedDatasets.filter((entry) => entry.id !== id);
      if (!this.datasets.includes(dataset)) this.datasets.unshift(Object.assign(dataset, NOT_DELETED));
      return ok(dataset);
    });
    this.on("PUT", "/api/v1/datasets/{id}/mapping", ({ body }, id) =>
      this.dataset(id, (dataset) => {
        dataset.mapping = Object.fromEntries(dataset.roles.map(({ role }) => [role, text(body, role)]));
        dataset.state = "ready";
        dataset.latest_version = { ...structuredClone(fixtures.version), id: this.nextId(), dataset_id: id };
        return ok(dataset);
      }),
    );
    this.on("GET", "/api/v1/datasets/{id}/preview", ({ query }) => {
      const offset = Number(query.get("offset") ?? 0);
      const rows = Array.from({ length: 20 }, (_, index) => ({
        row: offset + index + 2,
        text: index === 4 ? fixtures.HOSTILE_NAME : "Where is my parcel? It was due on Monday and nobody answers the phone.",
        label: query.get("label") ?? fixtures.INTENTS[index % fixtures.INTENTS.length],
        split: query.get("split") ?? "train",
      }));
      return ok({ columns: ["row", "text", "label"], data: rows, total: 1644 });
    });
    this.on("GET", "/api/v1/datasets/{id}/versions", (_, id) =>
      this.dataset(id, (dataset) => list(dataset.latest_version ? [dataset.latest_version, ...this.earlierVersions] : [])),
    );
  }

  private addDoctorRoutes(): void {
    const decide = (decision: "open" | "dismissed") => (_: StubRequest, id: string) => {
      const finding = this.report?.findings.find((one) => one.id === id);
      if (!finding) return problem(404, "finding.not_found", "There is no such finding.");
      finding.decision = decision;
      return ok(finding);
    };
    this.on("GET", "/api/v1/doctor-findings/{id}/effect", () => ok(this.effect));
    this.on("POST", "/api/v1/doctor-findings/{id}/effect", () => {
      this.effect = { ...this.effect, state: "under_way", sides: doctor.effectMeasured.sides, missing: [] };
      return ok(this.effect, 201);
    });
    this.on("GET", "/api/v1/dataset-versions/{id}/doctor", () => (this.report ? ok(this.report) : problem(404, "doctor.no_report", "The data doctor has not looked at this version.")));
    this.on("GET", "/api/v1/dataset-versions/{id}/map", () => ok(doctor.difficultyMap));
    this.on("GET", "/api/v1/doctor-findings/{id}/rows", () => ok({ data: doctor.rows.slice(0, 25).map((row) => ({ score: 1, row })), total: 40 }));
    this.on("POST", "/api/v1/doctor-findings/{id}/dismiss", decide("dismissed"));
    this.on("POST", "/api/v1/doctor-findings/{id}/reopen", decide("open"));
    this.on("POST", "/api/v1/doctor-findings/{id}/accept", () => this.ask({}));
  }

  private addChangeRoutes(): void {
    this.on("GET", "/api/v1/dataset-versions/{id}/rows", ({ query }) => {
      const ids = query.get("ids")?.split(",").map(Number);
      const contains = query.get("contains")?.toLowerCase() ?? "";
      const line = query.get("row");
      const found = this.rows.filter((row) => (line === null || row.row === Number(line)) && (ids?.includes(row.id) ?? true) && JSON.stringify(row.cells).toLowerCase().includes(contains));
      const offset = Number(query.get("offset") ?? 0);
      return ok({ roles: Object.keys(this.rows[0]?.cells ?? {}), data: found.slice(offset, offset + Number(query.get("limit") ?? 50)), total: found.length });
    });
    this.on("GET", "/api/v1/dataset-versions/{id}/diff", ({ query }) => {
      const kind = query.get("kind") ?? "changed";
      const pairs = {
        changed: [{ id: 1, before: doctor.row(1), after: doctor.row(1, { cells: { text: "I want my money back for order 4471, now.", label: "refund_request" } }) }],
        removed: [{ id: 2, before: doctor.row(2), after: null }],
        added: [{ id: 3, before: null, after: doctor.row(3) }],
      }[kind];
      return ok({ against: query.get("against"), kind, counts: { added: 1, removed: 1, changed: 1 }, data: pairs });
    });
    this.on("GET", "/api/v1/datasets/{id}/changes", () => {
      this.finishChange();
      return list(structuredClone(this.changes.slice(0, 1)));
    });
    this.on("GET", "/api/v1/datasets/[^/]+/changes/{id}", (_, id) => {
      const change = this.changes.find((one) => one.id === id);
      return change ? ok(structuredClone(change)) : problem(404, "dataset_change.not_found", "There is no such change.");
    });
    this.on("POST", "/api/v1/datasets/{id}/changes", () => this.ask({ kind: "edit" }));
    this.on("POST", "/api/v1/datasets/{id}/files", () => this.ask({ kind: "append" }));
    this.on("POST", "/api/v1/datasets/{id}/merge", () => this.ask({ kind: "merge" }));
    this.on("POST", "/api/v1/datasets/{id}/filter", ({ body }) => {
      if (field(body, "dry_run") !== true) return this.ask({ kind: "filter" });
      return ok({ total: 1600, num_rows: { train: 1300, validation: 150, test: 150 } });
    });
    this.on("POST", "/api/v1/datasets/{id}/undo", () => this.ask({ kind: "restore" }));
    this.on("POST", "/api/v1/dataset-versions/{id}/restore", () => this.ask({ kind: "restore" }));
  }

  private ask(over: Partial<DatasetChange>): StubAnswer {
    const change = { ...structuredClone(doctor.waitingChange), id: this.nextId(), ...over };
    this.changes.unshift(change);
    return ok(change, 202);
  }

  private finishChange(): void {
    const [change] = this.changes;
    const dataset = this.datasets.find(({ id }) => id === change?.dataset_id);
    if (change?.state !== "waiting" || !dataset?.latest_version) return;
    const made = doctor.versionAfter(dataset.latest_version, change.kind === "fix" ? {} : { change: { kind: change.kind, ...(change.kind === "restore" ? { number: dataset.latest_version.number - 1 } : {}) } });
    this.earlierVersions.unshift(dataset.latest_version);
    dataset.latest_version = made;
    Object.assign(change, { state: "applied", version: made, progress: null });
  }

  private jobsOf(query: URLSearchParams): Job[] {
    const states = query.get("state")?.split(",");
    const tags = query.get("tag")?.split(",") ?? [];
    const q = query.get("q")?.toLowerCase() ?? "";
    const only = (name: string, value: string) => (query.get(name) ?? value) === value;
    return this.jobs.filter(
      (job) =>
        (!states || states.includes(job.state)) &&
        tags.every((tag) => job.tags.includes(tag)) &&
        only("dataset_id", job.dataset.id) &&
        only("base_model", job.base_model) &&
        only("method", job.spec.method.type) &&
        only("task", job.spec.task.type) &&
        only("untagged", String(job.tags.length === 0)) &&
        (query.get("archived") === "true") === (job.archived_at !== null) &&
        job.name.toLowerCase().includes(q),
    );
  }

  private addJobRoutes(): void {
    const steer = (state: Job["state"]) => (_: StubRequest, id: string) =>
      this.job(id, (job) => {
        job.state = state;
        return ok(job);
      });
    this.on("GET", "/api/v1/base-models", () => list([fixtures.baseModel]));
    this.on("GET", "/api/v1/jobs", ({ query }) => list(this.jobsOf(query).map(fixtures.asListItem)));
    const shelve = (at: string | null) => (_: StubRequest, id: string) => this.job(id, (job) => ok(Object.assign(job, { archived_at: at })));
    this.on("POST", "/api/v1/jobs/{id}/archive", shelve(fixtures.minutesAfter(20)));
    this.on("POST", "/api/v1/jobs/{id}/unarchive", shelve(null));
    this.on("POST", "/api/v1/jobs", ({ body }) => {
      const name = text(body, "name");
      const job: Job = { ...structuredClone(fixtures.runningJob), id: this.nextId(), ...(name === "" ? {} : { name }) };
      this.jobs.unshift(job);
      return ok(job, 201);
    });
    this.on("POST", "/api/v1/jobs/estimate", () => ok(readings.estimate));
    this.on("GET", "/api/v1/jobs/{id}", (_, id) => this.job(id, (job) => ok(job)));
    this.on("GET", "/api/v1/jobs/groups", ({ query }) => {
      const by = query.get("by") ?? "dataset";
      const counted = new Map<string, { name: string; jobs: Job[] }>();
      for (const job of this.jobsOf(query)) {
        for (const [value, name] of groupsOf(job, by)) counted.set(value, { name, jobs: [...(counted.get(value)?.jobs ?? []), job] });
      }
      return list([...counted].map(([value, { name, jobs }]) => ({ value, name, num_jobs: jobs.length, newest_at: jobs[0]?.created_at, best: bestOf(jobs) })));
    });
    // The first pattern that fits counts, and the last one that is added is tried first.
    this.on("GET", "/api/v1/jobs/compare", ({ query }) => {
      const ids = (query.get("ids") ?? "").split(",");
      const jobs = this.jobs.filter(({ id }) => ids.includes(id));
      return jobs.length < ids.length ? problem(404, "job.not_found", "There is no such job.") : ok(comparisonOf(jobs, query.get("baseline") ?? jobs[0]?.id ?? ""));
    });
    this.on("GET", "/api/v1/jobs/compare/rows", ({ query }) => ok(disagreementsOf((query.get("ids") ?? "").split(","), Number(query.get("offset") ?? 0))));
    this.on("PATCH", "/api/v1/jobs/{id}", ({ body }, id) =>
      this.job(id, (job) => {
        const told = Object.entries(body ?? {}).filter(([part]) => !part.startsWith("base_"));
        return writtenOver(job, body) ?? ok(Object.assign(job, Object.fromEntries(told)));
      }),
    );
    this.on("GET", "/api/v1/jobs/tags", () => {
      const tags = this.jobs.flatMap((job) => job.tags);
      return ok({ data: [...new Set(tags)].map((name) => ({ name, num_jobs: tags.filter((tag) => tag === name).length })) });
    });
    this.on("GET", "/api/v1/job-views", () => ok({ data: this.views }));
    this.on("POST", "/api/v1/job-views", ({ body }) => {
      const view: SavedView = { id: this.nextId(), name: text(body, "name"), filters: field(body, "filters") as SavedView["filters"], created_at: fixtures.minutesAfter(0) };
      this.views.push(view);
      return ok(view, 201);
    });
    this.on("PATCH", "/api/v1/job-views/{id}", ({ body }, id) => ok(Object.assign(this.views.find((view) => view.id === id) ?? {}, body)));
    this.on("DELETE", "/api/v1/job-views/{id}", (_, id) => {
      this.views = this.views.filter((view) => view.id !== id);
      return { status: 204 };
    });
    this.on("POST", "/api/v1/jobs/{id}/pause", steer("paused"));
    this.on("POST", "/api/v1/jobs/{id}/resume", steer("running"));
    this.on("POST", "/api/v1/jobs/{id}/cancel", steer("cancelled"));
    this.on("GET", "/api/v1/jobs/{id}/events", (_, id) => list(id === fixtures.finishedJob.id ? fixtures.events : fixtures.events.slice(0, 3)));
    this.on("GET", "/api/v1/jobs/{id}/log", () => ok({ lines: fixtures.LOG_LINES }));
    this.on("GET", "/api/v1/jobs/{id}/metrics", (_, id) => this.job(id, (job) => ok(fixtures.metricsOf(job))));
    this.on("GET", "/api/v1/jobs/{id}/trials", (_, id) => this.job(id, (job) => list(trialsOf(job))));
    this.on("GET", "/api/v1/jobs/{id}/evaluation", (_, id) => ok(this.evaluations.get(id) ?? evaluationFor(fixtures.INTENTS)));
    this.on("POST", "/api/v1/checkpoints/{id}/download-link", (_, id) =>
      ok({ url: "/downloads/stub", expires_at: fixtures.minutesAfter(15), filename: `customer-service-intents-${id}.zip`, size_bytes: 272_001_204 }),
    );
    this.on("GET", "/api/v1/jobs/{id}/checkpoints", (_, id) => {
      const epoch = this.jobs.find((job) => job.id === id)?.progress.committed_step === 82 ? 2 : 5;
      return list([
        { id: fixtures.uuid(51), step: 41 * epoch, epoch, is_best: true, size_bytes: 272_000_000, created_at: fixtures.minutesAfter(8.6), attempt: 2 },
        { id: fixtures.uuid(50), step: 41 * (epoch - 1), epoch: epoch - 1, is_best: false, size_bytes: 272_000_000, created_at: fixtures.minutesAfter(8.1), attempt: 2 },
      ]);
    });
  }

  private addHomeRoutes(): void {
    this.on("GET", "/api/v1/home", () => ok(this.home));
    this.on("POST", "/api/v1/home/visit", () => ({ status: 204 }));
    this.on("POST", "/api/v1/home/dismissals", ({ body }) => {
      this.home.waiting = this.home.waiting.filter((item) => item.id !== text(body, "id"));
      return { status: 204 };
    });
    this.on("DELETE", "/api/v1/home/dismissals/{id}", () => ({ status: 204 }));
  }

  private addNotificationRoutes(): void {
    const numUnread = () => this.notifications.filter((one) => !one.is_read).length;
    const mark = (isRead: boolean) => ({ body }: StubRequest) => {
      const until = this.notifications.findIndex(({ id }) => id === field(body, "until"));
      const ids = field(body, "ids") as string[] | undefined;
      const about = field(body, "about") as string | undefined;
      const isMeant = ({ id, page }: Notification, index: number) => (about === undefined ? (ids?.includes(id) ?? index >= until) : page.includes(about));
      const meant = this.notifications.filter((one, index) => one.is_read !== isRead && isMeant(one, index));
      this.notifications = this.notifications.map((one) => (meant.includes(one) ? { ...one, is_read: isRead } : one));
      return ok({ ids: meant.map(({ id }) => id), num_lines: meant.length });
    };
    this.on("GET", "/api/v1/notifications", () => ok({ data: structuredClone(this.notifications), next_cursor: null, num_unread: numUnread() }));
    this.on("GET", "/api/v1/notifications/unread-count", () => ok({ num_unread: numUnread() }));
    this.on("POST", "/api/v1/notifications/read", mark(true));
    this.on("POST", "/api/v1/notifications/unread", mark(false));
    this.on("GET", "/api/v1/notifications/settings", () => ok(this.notificationSettings));
    this.on("PUT", "/api/v1/notifications/settings", ({ body }) => {
      const kinds = field(body, "kinds") as NotificationSettings["kinds"];
      this.notificationSettings = {
        ...this.notificationSettings,
        follows_all_jobs: field(body, "follows_all_jobs") === true,
        kinds: this.notificationSettings.kinds.map((old) => kinds.find(({ kind }) => kind === old.kind) ?? old),
      };
      return ok(this.notificationSettings);
    });
    this.on("PATCH", "/api/v1/account", () => ({ status: 204 }));
  }

  private addModelRoutes(): void {
    const model = (id: string) => this.models.find((entry) => entry.id === id) ?? fixtures.model;
    this.on("GET", "/api/v1/models", ({ query }) => page(query.get("deleted") === "true" ? this.deletedModels : this.models, query));
    this.on("PATCH", "/api/v1/models/{id}", ({ body }, id) => writtenOver(model(id), body) ?? ok(Object.assign(model(id), { name: text(body, "name") })));
    this.on("DELETE", "/api/v1/models/{id}", (_, id) => {
      this.deletedModels = [...this.models.filter((entry) => entry.id === id).map(deletedNow), ...this.deletedModels];
      this.models = this.models.filter((entry) => entry.id !== id);
      return { status: 204 };
    });
    this.on("POST", "/api/v1/models/{id}/restore", ({ body }, id) => {
      const gone = this.deletedModels.find((entry) => entry.id === id);
      if (gone === undefined) return ok(model(id));
      const name = text(body, "name") || gone.name;
      if (this.models.some((entry) => entry.name === name)) return problem(409, "model.name_taken", `Another model on the same base model is already called '${name}'.`, "name");
      this.deletedModels = this.deletedModels.filter((entry) => entry !== gone);
      this.models.unshift(Object.assign(gone, NOT_DELETED, { name }));
      return ok(gone);
    });
    this.on("GET", "/api/v1/models/{id}", (_, id) => ok(model(id)));
    this.on("GET", "/api/v1/models/{id}/versions", (_, id) => list([model(id).latest_version]));
    this.on("GET", "/api/v1/models/{id}/lineage", () => ok(fixtures.lineage));
    this.on("GET", "/api/v1/model-versions", () => list([fixtures.modelVersion, fixtures.otherVersion]));
    this.on("GET", "/api/v1/model-versions/{id}/card", () => ok({ text: fixtures.modelCard }));
    this.on("GET", "/api/v1/model-versions/{id}", (_, id) => ok(id === fixtures.otherVersion.id ? fixtures.otherVersion : fixtures.modelVersion));
    this.on("POST", "/api/v1/artifacts/{id}/download-link", () =>
      ok({ url: "/downloads/stub", expires_at: fixtures.minutesAfter(15), filename: "customer-service-intents-v1.zip", size_bytes: 91_882_004 }),
    );
    this.on("POST", "/api/v1/model-versions/{id}/predict", (_, id) =>
      ok({
        model_version_id: id,
        predictions: [
          id === fixtures.pairScoreModel.latest_version?.id
            ? { kind: "number", value: 3.4167, num_tokens: 14, is_truncated: false }
            : {
                kind: "labels",
                labels: [
                  { label: "delivery_status", score: 0.914 },
                  { label: "complaint", score: 0.052 },
                  { label: "refund_request", score: 0.021 },
                  { label: "cancel_order", score: 0.008 },
                  { label: "change_address", score: 0.005 },
                ],
                num_tokens: 14,
                is_truncated: false,
              },
        ],
        is_cold: false,
        milliseconds: 12.4,
      } satisfies PredictResponse),
    );
  }

  private addLabellingRoutes(): void {
    const answered = new Map<string, Set<number>>();
    const answersOf = (path: string) => {
      const [, , , , session = "", , row = ""] = path.split("/");
      const rows = answered.get(session) ?? new Set<number>();
      answered.set(session, rows);
      return { rows, row: Number(row) };
    };
    const one = (id: string, answer: (session: LabelSession) => StubAnswer) => {
      const found = labelling.labelSessions.find((session) => session.id === id);
      return found ? answer(found) : problem(404, "label_session.not_found", "There is no such labelling session.");
    };
    this.on("GET", "/api/v1/datasets/{id}/label-sessions", () => list(labelling.labelSessions));
    this.on("GET", "/api/v1/label-sessions/{id}", (_, id) => one(id, (session) => ok(session)));
    this.on("GET", "/api/v1/label-sessions/{id}/next", ({ path }, id) => {
      const data = labelling.handedRowsOf(id).filter(({ row }) => !answersOf(path).rows.has(row.id));
      return ok({ data, num_left: data.length, seconds: 600 });
    });
    this.on("PUT", "/api/v1/label-sessions/{id}/annotations/\\d+", ({ path }) => {
      const { rows, row } = answersOf(path);
      rows.add(row);
      return ok({});
    });
    this.on("DELETE", "/api/v1/label-sessions/{id}/annotations/\\d+", ({ path }) => {
      const { rows, row } = answersOf(path);
      rows.delete(row);
      return { status: 204 };
    });
    this.on("GET", "/api/v1/label-sessions/{id}/progress", () => ok(labelling.labelProgress));
    this.on("GET", "/api/v1/label-sessions/{id}/disagreements", () => ok({ total: 1, data: [labelling.disagreement] }));
  }

  private addSettingsRoutes(): void {
    this.on("GET", "/api/v1/quotas", () => ok({ data: settings.quotas }));
    this.on("GET", "/api/v1/usage", () => ok(settings.usage));
    this.on("GET", "/api/v1/audit-log", () => list(settings.auditEntries));
    this.on("GET", "/api/v1/audit-log/actions", () => list(settings.auditActions));
    this.on("GET", "/api/v1/members", () =>
      list([
        { id: fixtures.uuid(60), user: fixtures.session.user, role: "owner", created_at: fixtures.minutesAfter(0) },
        { id: fixtures.uuid(61), user: { id: fixtures.uuid(62), email: "omar@example.com", name: "Omar" }, role: "member", created_at: fixtures.minutesAfter(1) },
      ]),
    );
    this.on("GET", "/api/v1/invitations", () => list(this.invitations));
    this.on("POST", "/api/v1/invitations", ({ body }) => {
      const invitation: Invitation = {
        id: this.nextId(),
        email: text(body, "email"),
        role: "member",
        expires_at: fixtures.minutesAfter(10_000),
        created_at: fixtures.minutesAfter(0),
      };
      this.invitations.push(invitation);
      return ok({ ...invitation, accept_url: "/invitations/accept?token=stub", is_mailed: this.notificationSettings.is_mail_sent }, 201);
    });
    this.on("DELETE", "/api/v1/invitations/{id}", (_, id) => {
      this.invitations = this.invitations.filter((entry) => entry.id !== id);
      return { status: 204 };
    });
    this.on("GET", "/api/v1/api-keys", () => list(this.keys));
    this.on("POST", "/api/v1/api-keys", ({ body }) => {
      const key: ApiKey = {
        id: this.nextId(),
        name: text(body, "name"),
        prefix: "ann_live_4Fq8",
        last4: "9xTz",
        role: "member",
        created_at: fixtures.minutesAfter(0),
        expires_at: null,
        last_used_at: null,
        revoked_at: null,
      };
      this.keys.unshift(key);
      return ok({ ...key, secret: "ann_live_4Fq8_0123456789abcdef0123456789abcdef9xTz" }, 201);
    });
    this.on("DELETE", "/api/v1/api-keys/{id}", (_, id) => {
      this.keys = this.keys.map((key) => (key.id === id ? { ...key, revoked_at: fixtures.minutesAfter(1) } : key));
      return { status: 204 };
    });
  }
}
