"""Writes of jobs, one module for each concern. `leases`, `reports`, `files` and `workers` are the door of the supervisor."""
