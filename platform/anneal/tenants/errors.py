"""Texts of the tenants' codes."""

from __future__ import annotations

from anneal.common.texts import texts_register
from anneal.tenants.roles import Role

texts_register(
    {
        "tenant.not_found": ("There is no such organisation.", "没有此组织。"),
        "tenant.last_owner": (
            "An organisation needs an owner: make somebody else an owner first.",
            "组织必须有一名所有者：请先将其他人设为所有者。",
        ),
        "tenant.owner_only": (
            "Only an owner may give or take the role of owner.",
            "只有所有者可以授予或撤销所有者角色。",
        ),
        "tenant.too_many": (
            "You already belong to {limit} organisations that you own.",
            "您拥有的组织已达 {limit} 个上限。",
        ),
        "member.not_found": ("There is no such member.", "没有此成员。"),
        "invitation.not_found": ("There is no such invitation.", "没有此邀请。"),
        "invitation.invalid": (
            "This invitation was used, withdrawn or replaced by a newer one, or its link is not whole. Ask for another.",
            "此邀请已被使用、已撤回、已被新邀请取代，或链接不完整。请重新索取。",
        ),
        "invitation.expired": (
            "This invitation is too old. Ask whoever invited you for another.",
            "此邀请已过期，请联系邀请人重新发送。",
        ),
        "invitation.other_address": (
            "This invitation was made for {email}. Sign in with that address to take it up.",
            "此邀请发给 {email}。请使用该邮箱登录后再接受。",
        ),
        "invitation.unproved_address": (
            "You have not shown yet that {email} is your address. Sign out and in again: a code is sent to it.",
            "尚未验证 {email} 是您的邮箱。请退出后重新登录，系统会向该邮箱发送验证码。",
        ),
        "notification.not_found": ("There is no such notification.", "没有此通知。"),
        "notification.nothing_meant": (
            "Say which notifications are meant: their ids, the newest one that is (until), or the thing that they are about (about).",
            "请指明通知：提供其编号（ids）、其中最新一条的编号（until）或其所涉对象的编号（about），三者选一。",
        ),
        "invitation.already_member": ("{email} is a member already.", "{email} 已是成员。"),
    }
)

_ROLES = {
    Role.VIEWER: ("viewer", "查看者"),
    Role.MEMBER: ("member", "成员"),
    Role.ADMIN: ("admin", "管理员"),
    Role.OWNER: ("owner", "所有者"),
    Role.BILLING: ("billing", "财务"),
}
texts_register(
    {
        **{
            f"notification.role_changed.{role.value}": (f"You are now: {english}.", f"您现在的角色：{chinese}。")
            for role, (english, chinese) in _ROLES.items()
        },
        **{
            f"notification.member_joined.{role.value}": (
                f"Your invitation was accepted. New in the organisation as: {english}.",
                f"您的邀请已被接受。新成员的角色：{chinese}。",
            )
            for role, (english, chinese) in _ROLES.items()
        },
    }
)
