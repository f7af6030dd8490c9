import { expect, it } from "vitest";

import { shareLink, tenantOf, withoutTenant } from "@/lib/share-link.ts";

it("carries the organisation, and keeps the place", () => {
  const place = { pathname: "/jobs/7", search: "?cell=2.0&q=a%20%26%20b", hash: "#try" };
  const link = new URL(shareLink(place, "t-1", "https://anneal.example.com"));
  expect([link.origin, link.pathname, link.hash, link.searchParams.get("cell"), link.searchParams.get("q"), tenantOf(link)]).toEqual([
    "https://anneal.example.com",
    "/jobs/7",
    "#try",
    "2.0",
    "a & b",
    "t-1",
  ]);
  expect(new URL(shareLink(link, "t-2", link.origin)).searchParams.getAll("tenant")).toEqual(["t-2"]);
  const left = withoutTenant(link);
  expect([left.pathname, new URLSearchParams(left.search).get("q"), left.hash, tenantOf(left)]).toEqual(["/jobs/7", "a & b", "#try", null]);
  expect(withoutTenant({ pathname: "/jobs", search: "?tenant=T-1", hash: "" })).toEqual({ pathname: "/jobs", search: "", hash: "" });
});
