"""Texts of the tenants' codes."""

from __future__ import annotations

from anneal.common.texts import texts_register
from anneal.tenants.roles import Role

texts_register(
    {
        "tenant.not_found": ("There is no such organisation.", "没有此组织。"),
        "tenant.is_deleted": (
            "This organisation was deleted, so nothing can be changed in it. An owner can bring it back until {until}.",
            "该组织已被删除，因此无法更改其中的内容。所有者可在 {until} 之前恢复它。",
        ),
        "tenant.other_name": (
            "Type the name of the organisation, {name}, to delete it.",
            "请输入组织名称“{name}”以确认删除。",
        ),
        "tenant.gone": (
            "This organisation was deleted more than {days} days ago and can no longer be brought back.",
            "该组织删除已超过 {days} 天，无法再恢复。",
        ),
        "notification.organisation_deleted.deleted": (
            "An owner deleted the organisation. Until {until} it can be looked at, and an owner can bring it back; then all of it goes.",
            "所有者删除了该组织。在 {until} 之前仍可查看，并可由所有者恢复；之后其中的一切都将被移除。",
        ),
        "notification.organisation_deleted.restored": (
            "An owner brought the organisation back. Its jobs are paused until somebody resumes them.",
            "所有者恢复了该组织。其任务处于暂停状态，需手动恢复。",
        ),
        "tenant.last_owner": (
            "An organisation needs an owner: make somebody else an owner first.",
            "组织必须有一名所有者：请先将其他人设为所有者。",
        ),
        "account.only_owner": (
            "You are the only owner of {names}. Make somebody else an owner there or delete the organisation, then delete your account.",
            "您是以下组织的唯一所有者：{names}。请先将其他人设为所有者或删除组织，再注销账号。",
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
