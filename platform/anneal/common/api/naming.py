"""The parameter `q` of lists whose rows are found by their names."""

from __future__ import annotations

from typing import Any

from django.core.validators import ProhibitNullCharactersValidator
from rest_framework import serializers


def words_field(help_text: str, *, max_length: int) -> serializers.CharField:
    """Words to look for in names; nothing asks for all."""
    return serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=max_length,
        default="",
        validators=[ProhibitNullCharactersValidator()],
        help_text=help_text,
    )


class NameQuerySerializer(serializers.Serializer[Any]):
    q = words_field("Words of the name, or parts of them.", max_length=200)
    deleted = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Those that were deleted and can be brought back, instead of the others.",
    )
