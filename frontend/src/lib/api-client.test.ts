// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from "vitest";

import { api, unwrap } from "@/lib/api-client.ts";
import { rememberTenant, requestContext, withTenant } from "@/lib/request-context.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { useStubServer } from "@/testing/render-app.tsx";
import { problem } from "@/testing/stub-api.ts";

describe("api client", () => {
  afterEach(() => rememberTenant(null));

  it("sends tenant, language and, for writes only, the CSRF token", async () => {
    const stub = useStubServer();
    rememberTenant("t-1");
    requestContext.locale = "zh-CN";
    document.cookie = "csrftoken=abc%3D";
    await unwrap(api.GET("/api/v1/datasets"));
    await unwrap(api.PATCH("/api/v1/tenant", { body: { name: "New" } }));
    expect(stub.requests[0]?.headers).toMatchObject({ "x-tenant": "t-1", "accept-language": "zh-CN" });
    expect(stub.requests[0]?.headers["x-csrftoken"]).toBeUndefined();
    expect(stub.requests[1]?.headers["x-csrftoken"]).toBe("abc=");
  });

  it("throws the server's error", async () => {
    const stub = useStubServer();
    stub.on("GET", "/api/v1/jobs/{id}", () => problem(404, "job.not_found", "There is no such job."));
    await expect(unwrap(api.GET("/api/v1/jobs/{id}", { params: { path: { id: fixtures.uuid(99) } } }))).rejects.toMatchObject({
      code: "job.not_found",
      status: 404,
    });
  });

  it("takes an answer without a body as done", async () => {
    useStubServer();
    await expect(unwrap(api.DELETE("/api/v1/api-keys/{id}", { params: { path: { id: fixtures.uuid(99) } } }))).resolves.toBeUndefined();
  });

  it("names the tenant in addresses that carry no headers", () => {
    rememberTenant("t-1");
    expect(withTenant("/api/v1/jobs/x/stream", { after: 3 })).toBe("/api/v1/jobs/x/stream?tenant=t-1&after=3");
  });
});
