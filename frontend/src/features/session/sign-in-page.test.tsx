import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { SignInPage } from "@/features/session/sign-in-page.tsx";
import { SignUpPage } from "@/features/session/sign-up-page.tsx";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";

it("signs in and goes where the reader wanted to go", async () => {
  const stub = useStubServer();
  stub.session.user = null;
  const { router } = renderApp(<SignInPage />, { path: "/sign-in", at: "/sign-in?next=%2Fjobs" });
  await userEvent.type(await screen.findByLabelText("Email"), "mei@example.com");
  await userEvent.type(screen.getByLabelText("Password"), "a good password");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/jobs"));
});

it("shows the server's sentence when it is refused, and keeps what was typed", async () => {
  const stub = useStubServer();
  stub.session.user = null;
  renderApp(<SignInPage />, { path: "/sign-in", at: "/sign-in" });
  await userEvent.type(await screen.findByLabelText("Email"), "mei@example.com");
  await userEvent.type(screen.getByLabelText("Password"), "wrong");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  expect((await screen.findByRole("alert")).textContent).toContain("The email address and/or password are not correct.");
  expect(screen.getByLabelText<HTMLInputElement>("Email").value).toBe("mei@example.com");
});

it("puts what is wrong with a new password beside the field", async () => {
  const stub = useStubServer();
  stub.session.user = null;
  renderApp(<SignUpPage />, { path: "/sign-up", at: "/sign-up" });
  await userEvent.type(await screen.findByLabelText("Work email"), "mei@example.com");
  await userEvent.type(screen.getByLabelText("Password"), "short");
  await userEvent.click(screen.getByRole("button", { name: "Create account" }));
  expect(await screen.findByText("This password is too short.")).toBeDefined();
  expect(screen.getByLabelText("Password").getAttribute("aria-invalid")).toBe("true");
});

it("says how long a password must be as the server does", async () => {
  const stub = useStubServer();
  stub.session.user = null;
  stub.session.password_min_length = 14;
  renderApp(<SignUpPage />, { path: "/sign-up", at: "/sign-up" });
  expect(await screen.findByText(/At least 14 characters/)).toBeDefined();
});
