"""What every app stands on: errors, ids, tenancy, storage, outbox, HTTP plumbing. Knows no app above it."""
