"""Addresses of sessions, passwords, tenants, members, invitations, API keys, the audit log and notifications."""

from __future__ import annotations

from django.urls import path

from anneal.tenants.api import audit, notifications, passwords, views

urlpatterns = [
    path("account", notifications.AccountView.as_view()),
    path("account/delete", passwords.AccountDeleteView.as_view()),
    path("account/password", passwords.PasswordView.as_view()),
    path("password-links", passwords.PasswordLinksView.as_view()),
    path("password-links/look", passwords.PasswordLinkLookView.as_view()),
    path("password-links/use", passwords.PasswordLinkUseView.as_view()),
    path("notifications", notifications.NotificationsView.as_view()),
    path("notifications/read", notifications.NotificationsReadView.as_view()),
    path("notifications/settings", notifications.NotificationSettingsView.as_view()),
    path("notifications/unread", notifications.NotificationsUnreadView.as_view()),
    path("notifications/unread-count", notifications.UnreadCountView.as_view()),
    path("session", views.SessionView.as_view()),
    path("tenants", views.TenantsView.as_view()),
    path("tenant", views.TenantDetailView.as_view()),
    path("tenant/delete", views.TenantDeleteView.as_view()),
    path("tenant/restore", views.TenantRestoreView.as_view()),
    path("members", views.MembersView.as_view()),
    path("members/<uuid:member_id>", views.MemberView.as_view()),
    path("membership", views.OwnMembershipView.as_view()),
    path("invitations", views.InvitationsView.as_view()),
    path("invitations/accept", views.InvitationAcceptView.as_view()),
    path("invitations/look", views.InvitationLookView.as_view()),
    path("invitations/<uuid:invitation_id>", views.InvitationView.as_view()),
    path("api-keys", views.ApiKeysView.as_view()),
    path("api-keys/<uuid:key_id>", views.ApiKeyView.as_view()),
    path("audit-log", audit.AuditLogView.as_view()),
    path("audit-log/actions", audit.AuditActionsView.as_view()),
    path("audit-log.csv", audit.AuditCsvView.as_view()),
]
