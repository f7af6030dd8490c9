"""Words in the language of the person at the terminal. Of Django only its settings of language are needed, and set here."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

LANGUAGES = {"en": "en", "zh": "zh-hans"}


def language_of(variables: Mapping[str, str]) -> str:
    """As the environment says: LC_ALL, LC_MESSAGES, LANG; English when it says nothing that we speak."""
    said = next((variables[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if variables.get(name)), "en")
    return "zh" if said.lower().startswith("zh") else "en"


def language_use(name: str) -> None:
    """Speak this language from here on. Does nothing inside of a program that has settings of its own."""
    if not settings.configured:
        settings.configure(USE_I18N=False, LANGUAGE_CODE=LANGUAGES[name])
