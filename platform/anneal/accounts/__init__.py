"""Users, sessions, second factors, API keys. Knows tenants only as an id on a key."""
