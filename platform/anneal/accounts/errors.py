"""Texts of the accounts' codes."""

from __future__ import annotations

from anneal.common.texts import texts_register

texts_register(
    {
        "account.deleted_person": ("a deleted account", "已注销的账号"),
        "api_key.not_found": ("There is no such API key.", "没有此 API 密钥。"),
        "api_key.too_many": (
            "There are already {limit} API keys; revoke one that is not used.",
            "API 密钥已达 {limit} 个上限，请先撤销不用的密钥。",
        ),
        "api_key.expired_already": ("The expiry lies in the past.", "过期时间已过。"),
        "auth.too_many_tries": (
            "That was tried too often. Wait a few minutes, then try again.",
            "尝试过于频繁，请等待几分钟后再试。",
        ),
        "password.wrong": ("This is not your password.", "密码不正确。"),
        "password_link.invalid": (
            "This link was used, is too old, or is not whole. Ask for a new one.",
            "此链接已被使用、已过期或不完整，请重新获取。",
        ),
        "password_link.no_mail_server": (
            "This installation sends no e-mails. Its operator can make a link: manage.py password_link {email}",
            "此系统不发送邮件。请联系管理员生成链接：manage.py password_link {email}",
        ),
        "password.password_too_short": (
            "This is too short: a password has at least {min_length} characters.",
            "太短：密码至少需要 {min_length} 个字符。",
        ),
        "password.password_too_common": (
            "Many people have this password, so it is guessed first. Choose another one.",
            "这是常见密码，很容易被猜中，请换一个。",
        ),
        "password.password_entirely_numeric": (
            "This has digits alone. Add letters or words.",
            "不能全是数字，请加入字母或单词。",
        ),
        "password.password_too_similar": (
            "This is too much like your e-mail address. Choose another one.",
            "与您的邮箱地址太相似，请换一个。",
        ),
    }
)
