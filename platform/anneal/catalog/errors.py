"""Texts of the catalogue's codes."""

from __future__ import annotations

from anneal.common.texts import texts_register

texts_register(
    {
        "base_model.unknown": (
            "There is no base model {slug!r}; this installation has: {known}.",
            "没有基座模型 {slug!r}；本系统提供：{known}。",
        ),
    }
)
