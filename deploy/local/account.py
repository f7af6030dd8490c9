"""The user that the embedded Postgres runs as, and folders that this user can reach. Standard library only."""

from __future__ import annotations

import hashlib
import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FALLBACK = Path("/var/lib/anneal")


@dataclass(frozen=True)
class Account:
    """A user to start a program as; `uid` is None when that is simply us."""

    uid: int | None
    gid: int | None

    def popen_arguments(self) -> dict[str, Any]:
        """For `subprocess`: what makes the child this user, without our groups."""
        return {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}


def service_account() -> Account:
    """Ourselves, or `nobody` when we are root: Postgres refuses to run as root."""
    if os.geteuid() != 0:
        return Account(None, None)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def place_for(wanted: Path, account: Account) -> Path:
    """Where this folder really lies: as wanted, or under /var/lib when the account cannot get there.

    Root's own home is closed, and so is every folder made under a strict umask.
    """
    if account.uid is None or _can_reach(wanted.parent, account):
        return wanted
    mark = hashlib.sha256(os.fsencode(wanted.parent.resolve())).hexdigest()[:12]
    return FALLBACK / mark / wanted.name


def make_reachable(folder: Path) -> None:
    """Create a folder, and those above it that are missing, open to every user whatever the umask."""
    missing = [step for step in [folder, *folder.parents] if not step.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for step in missing:
        step.chmod(0o755)


def _can_reach(folder: Path, account: Account) -> bool:
    resolved = folder.resolve()
    return all(_may_enter(step, account) for step in [resolved, *resolved.parents])


def _may_enter(folder: Path, account: Account) -> bool:
    try:
        status = folder.stat()
    except FileNotFoundError:
        return True
    if status.st_uid == account.uid:
        return bool(status.st_mode & 0o100)
    return bool(status.st_mode & (0o010 if status.st_gid == account.gid else 0o001))
