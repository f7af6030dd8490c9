"""Texts of the accounts' codes."""

from __future__ import annotations

from anneal.common.texts import texts_register

texts_register(
    {
        "api_key.not_found": ("There is no such API key.", "没有此 API 密钥。"),
        "api_key.too_many": (
            "There are already {limit} API keys; revoke one that is not used.",
            "API 密钥已达 {limit} 个上限，请先撤销不用的密钥。",
        ),
        "api_key.expired_already": ("The expiry lies in the past.", "过期时间已过。"),
    }
)
