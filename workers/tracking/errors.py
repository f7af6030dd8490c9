"""Why a run is not exported."""

from __future__ import annotations


class ExportError(Exception):
    """In words for whoever gave the command."""
