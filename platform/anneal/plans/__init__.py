"""What a tenant may have: quotas, and how much of them is used. Knows no payment."""
