"""Jobs: the state machine, leases and fences, dispatch, events, metrics, checkpoints. Postgres is the truth, Redis a hint."""
