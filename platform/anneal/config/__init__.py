"""Wiring only: settings, environment, URLs, processes."""
