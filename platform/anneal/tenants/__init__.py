"""Tenants, their members and roles, invitations, the audit log; and who a request acts for."""
