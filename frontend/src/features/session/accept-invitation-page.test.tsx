import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { AcceptInvitationPage } from "@/features/session/accept-invitation-page.tsx";
import { SignUpPage } from "@/features/session/sign-up-page.tsx";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import type { StubApi } from "@/testing/stub-api.ts";

function signedInAs(stub: StubApi, email: string | null): StubApi {
  if (email === null) stub.session.user = null;
  else if (stub.session.user) stub.session.user.email = email;
  return stub;
}

const at = (token: string) => ({ path: "/invitations/:token", at: `/invitations/${token}` });

it("names who invites whom to what before anything is asked, and keeps the address", async () => {
  signedInAs(useStubServer(), null);
  renderApp(<AcceptInvitationPage />, at("good"));
  expect(await screen.findByRole("heading", { name: "Join Southwind" })).toBeDefined();
  expect(screen.getByText("Li Wei invites mei@example.com to fine-tune language models together in Southwind.")).toBeDefined();
  const where = "next=%2Finvitations%2Fgood&invited=mei%40example.com";
  expect(screen.getByRole("link", { name: "Create an account" }).getAttribute("href")).toBe(`/sign-up?${where}`);
  expect(screen.getByRole("link", { name: "Sign in" }).getAttribute("href")).toBe(`/sign-in?${where}`);
});

it("signs up with the address that is invited and no other", async () => {
  const stub = signedInAs(useStubServer(), null);
  const { router } = renderApp(<SignUpPage />, { path: "/sign-up", at: "/sign-up?next=%2Finvitations%2Fgood&invited=mei%40example.com" });
  const field = await screen.findByLabelText<HTMLInputElement>("Work email");
  await userEvent.type(field, "x");
  expect(field.value).toBe("mei@example.com");
  await userEvent.type(screen.getByLabelText("Password"), "four quite unrelated words");
  await userEvent.click(screen.getByRole("button", { name: "Create account" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/invitations/good"));
  expect(stub.session.user?.email).toBe("mei@example.com");
});

it("is taken up by whom it was made for", async () => {
  const stub = signedInAs(useStubServer(), "Mei@example.com");
  const { router } = renderApp(<AcceptInvitationPage />, at("good"));
  await userEvent.click(await screen.findByRole("button", { name: "Join the organisation" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/"));
  expect(stub.requests.find(({ path }) => path.endsWith("/accept"))?.body).toEqual({ token: "good" });
});

it("tells somebody else so, who signs out and goes on", async () => {
  signedInAs(useStubServer(), "li@example.com");
  renderApp(<AcceptInvitationPage />, at("good"));
  expect(await screen.findByText("You are signed in as li@example.com, but this invitation is for mei@example.com.")).toBeDefined();
  expect(screen.queryByRole("button", { name: "Join the organisation" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Sign out and go on" }));
  expect(await screen.findByRole("link", { name: "Create an account" })).toBeDefined();
});

it("says in the server's words why an invitation is none any more", async () => {
  signedInAs(useStubServer(), null);
  renderApp(<AcceptInvitationPage />, at("old"));
  expect((await screen.findByRole("alert")).textContent).toContain("This invitation is too old.");
  expect(screen.queryByRole("link", { name: "Create an account" })).toBeNull();
});
