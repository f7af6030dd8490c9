"""What acts of the audit log were about, as it is called now and where the page has it.

Things belong to apps that stand above this one; each registers how its own are looked up.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class AuditTarget:
    """A thing that there is, and the path of its page, None where it has none (any more)."""

    name: str
    page: str | None


Look = Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, AuditTarget]]
_looks: dict[str, Look] = {}


def audit_targets_register(act: str, look: Look) -> None:
    """Have `look` find the targets of an act (`dataset.exported`), or of all acts of an area (`dataset`) that have no other."""
    _looks[act] = look


def audit_targets_of(targets: Collection[tuple[str, str]]) -> dict[tuple[str, str], AuditTarget]:
    """What is found of `(act, target)` in the tenant in force: one query for each kind of thing."""
    asked: dict[str, dict[uuid.UUID, list[tuple[str, str]]]] = {}
    for act, target in targets:
        key = act if act in _looks else act.split(".")[0]
        if key in _looks and (target_id := _id(target)):
            asked.setdefault(key, {}).setdefault(target_id, []).append((act, target))
    return {
        pair: found
        for key, pairs in asked.items()
        for target_id, found in _looks[key](pairs).items()
        for pair in pairs[target_id]
    }


def _id(target: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(target)
    except ValueError:
        return None
