"""HTTP of quotas."""
