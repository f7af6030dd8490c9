import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { ForgottenPasswordPage } from "@/features/session/forgotten-password-page.tsx";
import { NewPasswordPage } from "@/features/session/new-password-page.tsx";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem, type StubApi } from "@/testing/stub-api.ts";

function signedOut(stub: StubApi): StubApi {
  stub.session.user = null;
  return stub;
}

const forgotten = { path: "/password/forgotten", at: "/password/forgotten?next=%2Fjobs" };
const fresh = (secret: string) => ({ path: "/password/new", at: `/password/new#${secret}` });

it("asks for a link and tells no more than that it may come", async () => {
  const stub = signedOut(useStubServer());
  renderApp(<ForgottenPasswordPage />, forgotten);
  const field = await screen.findByLabelText("Email");
  expect(field.getAttribute("autocomplete")).toBe("username");
  await userEvent.type(field, "mei@example.com");
  await userEvent.click(screen.getByRole("button", { name: "Send the link" }));
  expect((await screen.findByRole("status")).textContent).toContain("If mei@example.com has an account, a link is on its way there. It works once, for 4 hours.");
  expect(stub.requests.at(-1)?.body).toEqual({ email: "mei@example.com" });
  expect(screen.getByRole("link", { name: "Back to signing in" }).getAttribute("href")).toBe("/sign-in?next=%2Fjobs");
});

it("names the operator's command where no mail is sent", async () => {
  const stub = signedOut(useStubServer());
  stub.session.is_mail_sent = false;
  renderApp(<ForgottenPasswordPage />, forgotten);
  expect(await screen.findByText("manage.py password_link EMAIL")).toBeDefined();
  expect(screen.queryByRole("button", { name: "Send the link" })).toBeNull();
});

it("says that it was asked too often", async () => {
  const stub = signedOut(useStubServer());
  stub.on("POST", "/api/v1/password-links", () => problem(429, "auth.too_many_tries", "That was tried too often. Wait a few minutes, then try again."));
  renderApp(<ForgottenPasswordPage />, forgotten);
  await userEvent.type(await screen.findByLabelText("Email"), "mei@example.com");
  await userEvent.click(screen.getByRole("button", { name: "Send the link" }));
  expect((await screen.findByRole("alert")).textContent).toContain("That was tried too often.");
  expect(screen.queryByRole("status")).toBeNull();
});

it("sets the password of whoever the link is for, and goes to the sign-in with their address", async () => {
  const stub = signedOut(useStubServer());
  const { router } = renderApp(<NewPasswordPage />, fresh("good"));
  expect((await screen.findByLabelText<HTMLInputElement>("Email")).value).toBe("mei@example.com");
  const field = screen.getByLabelText("New password");
  expect(field.getAttribute("autocomplete")).toBe("new-password");
  await userEvent.type(field, "four quite unrelated words");
  await userEvent.click(screen.getByRole("button", { name: "Set the password" }));
  await waitFor(() => expect(router.state.location).toMatchObject({ pathname: "/sign-in", search: "?email=mei%40example.com", hash: "" }));
  expect(screen.getByText("The new password is set. Sign in with it.")).toBeDefined();
  expect(stub.requests.find(({ path }) => path.endsWith("/use"))?.body).toEqual({ secret: "good", password: "four quite unrelated words" });
});

it("puts what is wrong with the password at its field, and the link still works", async () => {
  const stub = signedOut(useStubServer());
  stub.on("POST", "/api/v1/password-links/use", () => problem(400, "request.invalid", "This is too short: a password has at least 10 characters.", "password"));
  renderApp(<NewPasswordPage />, fresh("good"));
  await userEvent.type(await screen.findByLabelText("New password"), "short");
  await userEvent.click(screen.getByRole("button", { name: "Set the password" }));
  expect(await screen.findByText(/This is too short/)).toBeDefined();
  expect(screen.getByLabelText("New password").getAttribute("aria-invalid")).toBe("true");
});

it("says at once that a link is used up, and where to ask for another", async () => {
  signedOut(useStubServer());
  renderApp(<NewPasswordPage />, fresh("bad"));
  expect((await screen.findByRole("alert")).textContent).toContain("This link was used, is too old, or is not whole.");
  expect(screen.queryByLabelText("New password")).toBeNull();
  expect(screen.getByRole("link", { name: "Ask for another link" }).getAttribute("href")).toBe("/password/forgotten");
});
