// The pages before the product, loaded together: they are small, and whoever sees one sees the next.
export { AcceptInvitationPage } from "@/features/session/accept-invitation-page.tsx";
export { ForgottenPasswordPage } from "@/features/session/forgotten-password-page.tsx";
export { NewOrganisationPage } from "@/features/session/new-organisation-page.tsx";
export { NewPasswordPage } from "@/features/session/new-password-page.tsx";
export { SignInPage } from "@/features/session/sign-in-page.tsx";
export { SignUpPage } from "@/features/session/sign-up-page.tsx";
