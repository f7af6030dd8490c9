// The pages before the product, loaded together: they are small, and whoever sees one sees the next.
export { AcceptInvitationPage } from "@/features/session/accept-invitation-page.tsx";
export { NewOrganisationPage } from "@/features/session/new-organisation-page.tsx";
export { SignInPage } from "@/features/session/sign-in-page.tsx";
export { SignUpPage } from "@/features/session/sign-up-page.tsx";
