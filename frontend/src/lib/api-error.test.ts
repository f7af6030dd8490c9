import { describe, expect, it } from "vitest";

import { ApiError, apiErrorFrom, asApiError } from "@/lib/api-error.ts";

describe("apiErrorFrom", () => {
  it("reads the error document and finds the sentence of a field", () => {
    const error = apiErrorFrom(400, {
      error: {
        code: "invalid",
        message: "Some fields need correcting.",
        param: null,
        details: [{ code: "unknown_key", message: "There is no such setting.", param: "optimisation.leraning_rate" }],
        request_id: "r1",
      },
    });
    expect(error.messageFor("optimisation.leraning_rate")).toBe("There is no such setting.");
    expect(error.messageFor("name")).toBeNull();
    expect(error.requestId).toBe("r1");
  });

  it("knows whether fields take all of it", () => {
    const detail = (param: string | null) => ({ code: "invalid", message: "No.", param, row: null });
    const of = (...params: (string | null)[]) => new ApiError({ status: 400, code: "x", message: "x", details: params.map(detail) });
    expect([of("a", "b"), of("a", "c"), of("a", null)].map((error) => error.isOnlyAbout(["a", "b"]))).toEqual([true, false, false]);
    const alone = (param: string | null) => new ApiError({ status: 400, code: "x", message: "x", param });
    expect([alone("a"), alone("c"), alone(null)].map((error) => error.isOnlyAbout(["a", "b"]))).toEqual([true, false, false]);
  });

  it.each([undefined, null, "<html>502</html>", { error: "no" }, []])("makes something readable of %j", (body) => {
    const error = apiErrorFrom(502, body);
    expect(error.code).toBe("client.unreadable");
    expect(error.isTemporary).toBe(true);
  });

  it("knows what may be tried again", () => {
    const statuses = [0, 400, 401, 403, 404, 409, 413, 429, 500, 503];
    const temporary = statuses.filter((status) => new ApiError({ status, code: "x", message: "x" }).isTemporary);
    expect(temporary).toEqual([0, 429, 500, 503]);
  });

  it("takes a failed fetch for a lost connection", () => {
    expect(asApiError(new TypeError("Failed to fetch")).code).toBe("client.offline");
  });
});
