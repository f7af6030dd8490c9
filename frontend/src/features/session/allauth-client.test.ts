import { describe, expect, it } from "vitest";

import { nextStep } from "@/features/session/allauth-client.ts";
import { safeNext } from "@/features/session/safe-next.ts";

describe("nextStep", () => {
  it("reads 401 as one more step, not as a failure", () => {
    expect(nextStep({ status: 200 })).toBe("signed_in");
    expect(nextStep({ status: 401, data: { flows: [{ id: "login" }, { id: "verify_email", is_pending: true }] } })).toBe("verify_email");
    expect(nextStep({ status: 401, data: { flows: [{ id: "mfa_authenticate", is_pending: true }] } })).toBe("second_factor");
    expect(nextStep({ status: 401, data: { flows: [{ id: "login" }] } })).toBe("signed_out");
    expect(nextStep({ status: 410 })).toBe("signed_out");
  });

  it("throws what was wrong with the input, with its field", () => {
    expect(() => nextStep({ status: 400, errors: [{ message: "Too short.", code: "password_too_short", param: "password" }] })).toThrow("Too short.");
  });
});

describe("safeNext", () => {
  it("only ever leads to a path of this page", () => {
    expect(safeNext("/jobs/1?x=2")).toBe("/jobs/1?x=2");
    for (const evil of [null, "", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]) {
      expect(safeNext(evil)).toBe("/");
    }
  });
});
