// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { api, unwrap } from "@/lib/api-client.ts";
import { ApiError } from "@/lib/api-error.ts";
import { makeQueryClient, retryDelayMs, shouldRetry } from "@/lib/query-client.ts";
import { useStubServer } from "@/testing/render-app.tsx";
import { problem } from "@/testing/stub-api.ts";

const tooMany = (retryAfterS: number | null, status = 429) => new ApiError({ status, code: "rate_limit.caller", message: "Later.", retryAfterS });

describe("a read that is asked too often", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("waits for as long as the server says, then is asked again", async () => {
    const stub = useStubServer();
    let times = 0;
    stub.on("GET", "/api/v1/tenant", () => (++times === 1 ? { ...problem(429, "rate_limit.caller", "Later."), headers: { "Retry-After": "7" } } : { status: 200, body: { name: "Ours" } }));
    const client = makeQueryClient();
    const read = client.query({ queryKey: ["tenant"], queryFn: () => unwrap(api.GET("/api/v1/tenant")), ...client.getDefaultOptions().queries });
    await vi.advanceTimersByTimeAsync(6900);
    expect(times).toBe(1);
    await vi.advanceTimersByTimeAsync(1200);
    await expect(read).resolves.toMatchObject({ name: "Ours" });
    expect(times).toBe(2);
  });
});

describe("when to try again", () => {
  it("leaves a refusal and a long wait to the reader", () => {
    expect([tooMany(5), tooMany(null), tooMany(5, 503), tooMany(600), tooMany(null, 404)].map((error) => shouldRetry(0, error))).toEqual([true, true, true, false, false]);
    expect(shouldRetry(2, tooMany(5))).toBe(false);
  });

  it("keeps to what the server says, and else waits longer each time", () => {
    const delay = retryDelayMs(0, tooMany(5));
    expect(delay).toBeGreaterThanOrEqual(5000);
    expect(delay).toBeLessThan(6000);
    expect([0, 1].map((failures) => retryDelayMs(failures, tooMany(null)))).toEqual([1000, 2000]);
  });
});
