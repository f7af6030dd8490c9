"""Reads across the apps below: what no single one of them can answer. Owns no table."""
