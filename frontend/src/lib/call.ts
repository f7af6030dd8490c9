import { createFinalURL, createQuerySerializer, defaultPathSerializer, type FetchResponse, type ParamsOption, type RequestBodyOption } from "openapi-fetch";

import type { ApiCall, CodeStep } from "@/lib/api-call.ts";
import { api, type Answer, unwrap } from "@/lib/api-client.ts";
import type { paths } from "@/lib/api-types.ts";
import type { MessageKey, Translate } from "@/lib/i18n/translate.ts";
import { withTenant } from "@/lib/request-context.ts";

type Method = "get" | "post" | "put" | "patch" | "delete";
type PathOf<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, object> ? P : never }[keyof paths];
type Operation<M extends Method, P extends keyof paths> = paths[P] extends Record<M, infer O extends Record<string | number, unknown>> ? O : never;
type Options<O> = ParamsOption<O> & RequestBodyOption<O>;
type Given<O> = object extends Options<O> ? [Options<O>?] : [Options<O>];
type AnswerTo<O extends Record<string | number, unknown>> = NonNullable<FetchResponse<O, object, "application/json">["data"]>;

interface Params {
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  header?: Record<string, unknown>;
}

/** One request of the API. `T` is what the server answers. */
export interface ApiRequest<T = unknown> {
  method: Method;
  /** As the schema writes it, with the names of its parts in braces. */
  path: string;
  params: Params;
  body: unknown;
  /** The answer is a file to keep under this name. */
  saveAs: string | null;
  /** Of the type alone: nothing is kept here. */
  readonly answer?: T;
}

/**
 * A request that is described once: `send` sends it, and `stepOf` writes it as code to paste, so that what is copied is what the page does.
 */
export interface Call<T = unknown> extends ApiRequest<T> {
  /** What it does, in words. */
  label: MessageKey;
}

/** Typed by the schema: what it does not know cannot be described. */
export function request<M extends Method, P extends PathOf<M>>(method: M, path: P, ...[options]: Given<Operation<M, P>>): ApiRequest<AnswerTo<Operation<M, P>>> {
  const { params = {}, body } = (options ?? {}) as { params?: Params; body?: unknown };
  return { method, path, params, body, saveAs: null };
}

/** The request, with what it does. */
export function named<T>(label: MessageKey, asked: ApiRequest<T>): Call<T> {
  return { ...asked, label };
}

export function call<M extends Method, P extends PathOf<M>>(label: MessageKey, method: M, path: P, ...given: Given<Operation<M, P>>): Call<AnswerTo<Operation<M, P>>> {
  return named(label, request(method, path, ...given));
}

/** The same where the answer is a file. */
export function fileCall<P extends PathOf<"get">>(label: MessageKey, saveAs: string, path: P, params: ParamsOption<Operation<"get", P>>["params"]): Call<Blob> {
  return { label, method: "get", path, params: params ?? {}, body: undefined, saveAs };
}

type Send = (method: Method, path: string, init: Record<string, unknown>) => Promise<Answer<unknown>>;

/** The body of a good answer; every other outcome is thrown as an ApiError. */
export function send<T>({ method, path, params, body, saveAs }: ApiRequest<T>, signal?: AbortSignal): Promise<T> {
  const init = { params, ...(body === undefined ? {} : { body }), ...(saveAs === null ? {} : { parseAs: "blob" }), ...(signal === undefined ? {} : { signal }) };
  return unwrap((api.request as Send)(method, path, init)) as Promise<T>;
}

/** Below the origin, with its query. */
function addressOf({ path, params: { path: parts = {}, query = {} } }: ApiRequest): string {
  return createFinalURL(path, { baseUrl: "", params: { path: parts, query }, querySerializer: createQuerySerializer(), pathSerializer: defaultPathSerializer });
}

/** For the browser to follow by itself: it sends no headers then. */
export function hrefOf(described: ApiRequest): string {
  return withTenant(addressOf(described));
}

/** Of a second try and of nothing else: code that is run again is meant again. */
const RETRY_HEADER = "Idempotency-Key";

/** Of a request about the one thing with this id. */
export function one(id: string): { params: { path: { id: string } } } {
  return { params: { path: { id } } };
}

/** Of a list, from there on where the page before it ended; null for its beginning. */
export function pageAt(cursor: string | null): { cursor?: string } {
  return cursor === null ? {} : { cursor };
}

/** Parameters of a request that does its work once, however often it is sent with the same key. */
export function once(key: string | undefined): { header?: { [RETRY_HEADER]: string } } {
  return key === undefined ? {} : { header: { [RETRY_HEADER]: key } };
}

/** The request as it would be typed. */
export function apiCallOf(described: ApiRequest): ApiCall {
  const { method, params, body, saveAs } = described;
  const headers = Object.entries(params.header ?? {}).flatMap(([name, value]) => (name === RETRY_HEADER || typeof value !== "string" ? [] : [[name, value] as const]));
  return {
    method: method.toUpperCase() as ApiCall["method"],
    path: addressOf(described),
    ...(body === undefined ? {} : { body }),
    ...(saveAs === null ? {} : { saveAs }),
    ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers) }),
  };
}

/** What it does and its request, for code to be shown of it. */
export function stepOf(described: Call, t: Translate): CodeStep {
  return { label: t(described.label), call: apiCallOf(described) };
}

export function stepsOf(described: readonly Call[], t: Translate): CodeStep[] {
  return described.map((one) => stepOf(one, t));
}
