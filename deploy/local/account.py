"""The user that the embedded Postgres runs as, and folders that this user can reach. Standard library only."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.home import Home

FALLBACK = Path("/var/lib/anneal")
OWNER = "home"


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


def place_for(home: Home, name: str, account: Account) -> Path:
    """Where this folder of a home really lies: in it, or under /var/lib when the account cannot get there.

    Root's own home is closed, and so is every folder made under a strict umask.
    """
    if account.uid is None or _can_reach(home.path, account):
        return home.path / name
    return FALLBACK / home.mark() / name


def note_owner(place: Path, home: Home) -> None:
    """Write beside a folder that lies outside its home which home that is: nobody else could tell."""
    if not place.is_relative_to(home.path):
        (place.parent / OWNER).write_text(f"{home.path}\n", encoding="utf-8")


def abandoned() -> dict[Path, Path]:
    """What lies under /var/lib for homes that are gone, each with where its home was."""
    found = {}
    for note in FALLBACK.glob(f"*/{OWNER}"):
        owner = Home(Path(note.read_text(encoding="utf-8").strip()))
        if not owner.path.is_dir() or owner.mark() != note.parent.name:
            found[note.parent] = owner.path
    return found


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
