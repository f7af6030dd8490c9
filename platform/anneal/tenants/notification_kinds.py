"""Every kind of thing that a member is told of: a closed list, with what everybody gets until they choose otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from anneal.common.texts import text, texts_register, texts_registered


@dataclass(frozen=True)
class Ways:
    """How somebody is told."""

    in_page: bool
    by_email: bool


_KINDS: Final = {
    # What takes long, or stands still until somebody acts, is worth an e-mail to whoever is away.
    "job_succeeded": (Ways(in_page=True, by_email=True), ("Job finished", "任务完成")),
    "job_failed": (Ways(in_page=True, by_email=True), ("Job failed", "任务失败")),
    "job_paused": (Ways(in_page=True, by_email=True), ("Job paused by a limit", "任务因限制而暂停")),
    "import_failed": (Ways(in_page=True, by_email=False), ("Import failed", "导入失败")),
    "findings_severe": (Ways(in_page=True, by_email=False), ("Serious findings in your data", "数据中有严重问题")),
    "quota_near": (Ways(in_page=True, by_email=True), ("Quota near its end", "配额即将用尽")),
    "role_changed": (Ways(in_page=True, by_email=True), ("Your role changed", "您的角色已更改")),
    "member_joined": (Ways(in_page=True, by_email=False), ("Invitation accepted", "邀请已被接受")),
    "organisation_deleted": (
        Ways(in_page=True, by_email=True),
        ("Organisation deleted or brought back", "组织被删除或恢复"),
    ),
}
NOTIFICATION_KINDS: Final = tuple(_KINDS)
JOB_KINDS: Final = frozenset({"job_succeeded", "job_failed", "job_paused"})

OPEN_TO_BILLING: Final = frozenset({"quota_near", "role_changed", "organisation_deleted"})
"""What billing members are told of: they may not look at data and jobs."""

texts_register({f"notification.{kind}": words for kind, (_, words) in _KINDS.items()})


def ways_of(chosen: Mapping[str, Any], kind: str) -> Ways:
    """How a member who has `chosen` so wants to be told of a kind."""
    usual, _ = _KINDS[kind]
    said = chosen.get(kind, {})
    return Ways(in_page=said.get("in_page", usual.in_page), by_email=said.get("by_email", usual.by_email))


def kind_text(kind: str) -> str:
    """What a kind is called, in the language of the request."""
    return text(f"notification.{kind}")


def notification_text(kind: str, code: str, params: Mapping[str, Any]) -> str:
    """What happened, in the language of the request; less of it where the words or a parameter of another version are unknown."""
    if code not in texts_registered():
        return kind_text(kind)
    try:
        return text(code, **params)
    except KeyError:
        return kind_text(kind)
