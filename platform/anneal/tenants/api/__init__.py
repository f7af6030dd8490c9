"""HTTP of tenants, and the base that every tenant's view of every app is built on."""
