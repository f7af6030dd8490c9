"""The parameter `q` of lists whose rows have names."""

from __future__ import annotations

from typing import Any

from django.core.validators import ProhibitNullCharactersValidator
from rest_framework import serializers


class NameQuerySerializer(serializers.Serializer[Any]):
    q = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=200,
        default="",
        validators=[ProhibitNullCharactersValidator()],
        help_text="Words of the name, or parts of them.",
    )
