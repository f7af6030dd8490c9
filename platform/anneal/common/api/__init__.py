"""HTTP plumbing without a model in it: errors, paging, idempotency, documentation, health, the page."""
