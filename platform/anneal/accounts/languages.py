"""The languages that people are written to in, by the names that browsers give them."""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = ("en", "zh-CN")
