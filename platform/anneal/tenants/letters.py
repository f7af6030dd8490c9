"""What e-mails say, in the language in force: a subject and paragraphs of plain text, mostly with a link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import formats

from anneal.accounts.letters import KNOWN
from anneal.accounts.password_links import link_address, link_hours
from anneal.common.texts import text, texts_register
from anneal.tenants.models import Invitation, Notification, Tenant
from anneal.tenants.notification_kinds import kind_text, notification_text
from anneal.tenants.pages import address_of, page_of_notification

if TYPE_CHECKING:
    from anneal.accounts.letters import AccountLetter
    from anneal.accounts.models import User

texts_register(
    {
        "mail.notification.subject": ("{what}: {name}", "{what}：{name}"),
        "mail.settings": ("Choose what you are told of: {url}", "选择要接收的通知：{url}"),
        "mail.footer": ("Anneal · {organisation}", "Anneal · {organisation}（自动发送）"),
        "mail.invitation.subject": (
            "You are invited to {organisation} on Anneal",
            "邀请您加入 Anneal 上的“{organisation}”",
        ),
        "mail.invitation.body": (
            "{inviter} invites you to fine-tune language models together in {organisation}.",
            "{inviter} 邀请您加入“{organisation}”，一起微调语言模型。",
        ),
        "mail.invitation.somebody": ("Somebody", "有人"),
        "mail.invitation.how": (
            "Sign in or create an account with this e-mail address ({email}). The link works once, until {until}.",
            "请使用此邮箱地址（{email}）登录或注册。链接仅可使用一次，有效期至 {until}。",
        ),
        "mail.password_link.subject": ("A new password for Anneal", "设置 Anneal 的新密码"),
        "mail.password_link.body": (
            "Somebody, you most likely, asked for a new password for {email}. Choose it here:",
            "有人（很可能是您本人）为 {email} 申请了新密码。请在此设置：",
        ),
        "mail.password_link.how": (
            "The link works once, for {hours} hours. Nothing changes unless you use it.",
            "链接仅可使用一次，{hours} 小时内有效。如果不使用，一切保持不变。",
        ),
        "mail.account_code.subject": ("{code} is your code for Anneal", "{code} 是您的 Anneal 验证码"),
        "mail.account_code.body": (
            "Somebody, you most likely, signs in to Anneal as {email}. Enter this code there:",
            "有人（很可能是您本人）正以 {email} 登录 Anneal。请输入此验证码：",
        ),
        "mail.account_code.how": (
            "It works for {minutes} minutes. Give it to nobody. If it was not you, you need not do anything.",
            "验证码 {minutes} 分钟内有效，请勿告知他人。如非本人操作，请忽略本邮件。",
        ),
        "mail.account_known.subject": ("You have an account on Anneal already", "您已有 Anneal 账户"),
        "mail.account_known.body": (
            "Somebody, you most likely, wanted to create an account for {email}, which has one. Sign in, or choose a new password, here:",
            "有人（很可能是您本人）尝试用 {email} 注册，但该邮箱已有账户。请在此登录或设置新密码：",
        ),
        "mail.invitation.ignore": (
            "If you did not expect this, you need not do anything.",
            "如果您并未期待此邀请，请忽略本邮件。",
        ),
    }
)


@dataclass(frozen=True)
class Letter:
    """An e-mail without its envelope."""

    subject: str
    paragraphs: tuple[str, ...]
    organisation: str


def notification_letter(notification: Notification, tenant: Tenant) -> Letter:
    """What one member is told of."""
    kind = notification.kind
    subject = text("mail.notification.subject", what=kind_text(kind), name=notification.name)
    said = notification_text(kind, notification.code, notification.params)
    link = address_of(page_of_notification(kind, notification.opens), tenant.id)
    choose = text("mail.settings", url=address_of("/settings/notifications", tenant.id))
    return Letter(_one_line(subject), (_one_line(subject), said, link, choose), tenant.name)


def invitation_letter(invitation: Invitation, tenant: Tenant, token: str) -> Letter:
    """An offer of membership, with the only copy of its token."""
    by = invitation.invited_by
    inviter = by.email if by and not by.is_deleted else text("mail.invitation.somebody")
    until = formats.date_format(invitation.expires_at, "DATE_FORMAT")
    return Letter(
        _one_line(text("mail.invitation.subject", organisation=tenant.name)),
        (
            text("mail.invitation.body", inviter=inviter, organisation=tenant.name),
            f"{settings.PUBLIC_URL}/invitations/{token}",
            text("mail.invitation.how", email=invitation.email, until=until),
            text("mail.invitation.ignore"),
        ),
        tenant.name,
    )


def password_link_letter(user: User) -> Letter:
    """A link to choose a new password by: the only copy of it."""
    return Letter(
        text("mail.password_link.subject"),
        (
            text("mail.password_link.body", email=user.email),
            link_address(user),
            text("mail.password_link.how", hours=link_hours()),
        ),
        urlsplit(settings.PUBLIC_URL).netloc,
    )


def account_letter(letter: AccountLetter) -> Letter:
    """A code, or that there is an account already."""
    installation = urlsplit(settings.PUBLIC_URL).netloc
    if letter.kind == KNOWN:
        return Letter(
            text("mail.account_known.subject"),
            (
                text("mail.account_known.body", email=letter.email),
                f"{settings.PUBLIC_URL}/sign-in",
                text("mail.invitation.ignore"),
            ),
            installation,
        )
    return Letter(
        text("mail.account_code.subject", code=letter.code),
        (
            text("mail.account_code.body", email=letter.email),
            letter.code,
            text("mail.account_code.how", minutes=settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT // 60),
        ),
        installation,
    )


def _one_line(words: str) -> str:
    """A header has one line; names may have more."""
    return " ".join(words.split())
