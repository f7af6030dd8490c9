import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { NewOrganisationPage } from "@/features/session/new-organisation-page.tsx";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";

const PAGE = { path: "/organisations/new", at: "/organisations/new" };

it("lets who belongs to no organisation delete the account by its password", async () => {
  const stub = useStubServer();
  stub.session.tenants = [];
  const { router } = renderApp(<NewOrganisationPage />, PAGE);
  await userEvent.click(await screen.findByRole("button", { name: "Delete your account" }));
  expect(screen.getByRole("heading", { name: "Delete the account mei@example.com?" })).toBeDefined();
  expect(screen.getByText(/There is no undo/)).toBeDefined();
  const confirm = screen.getByRole<HTMLButtonElement>("button", { name: "Delete your account" });
  expect(confirm.disabled).toBe(true);
  const field = screen.getByLabelText(/Current password/);
  await userEvent.type(field, "wrong");
  await userEvent.click(confirm);
  expect(await screen.findByText("This is not your password.")).toBeDefined();
  stub.on("POST", "/api/v1/account/delete", () => {
    stub.session.user = null;
    return { status: 204 };
  });
  await userEvent.click(confirm);
  await waitFor(() => expect(router.state.location.pathname).toBe("/sign-in"));
  expect(screen.getByText("Your account is deleted.")).toBeDefined();
});

it("leaves that to the settings for who belongs to one, and goes back", async () => {
  useStubServer();
  const { router } = renderApp(<NewOrganisationPage />, PAGE);
  await userEvent.click(await screen.findByRole("button", { name: "Back" }));
  expect(screen.queryByRole("button", { name: "Delete your account" })).toBeNull();
  expect(router.state.location.pathname).toBe("/");
});
