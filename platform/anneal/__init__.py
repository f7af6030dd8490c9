"""Anneal: the platform. One package; its apps are listed, lowest first, in ARCHITECTURE.md."""
