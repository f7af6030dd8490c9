"""What the API says and takes about people's own accounts and passwords."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from anneal.tenants.api.base import StrictSerializer

# Longer ones are no better, and hashing them takes as long as they are.
_MOST = 256


class PasswordChangeSerializer(StrictSerializer):
    current_password = serializers.CharField(max_length=_MOST)
    new_password = serializers.CharField(max_length=_MOST)


class AccountDeleteSerializer(StrictSerializer):
    password = serializers.CharField(max_length=_MOST, help_text="Yours, so that nobody else does it.")


class PasswordLinkInputSerializer(StrictSerializer):
    email = serializers.EmailField()


class PasswordLinkSerializer(serializers.Serializer[Any]):
    """The same whether or not somebody has the address."""

    email = serializers.CharField()
    valid_hours = serializers.IntegerField(help_text="For how long the link works.")


class PasswordSecretSerializer(StrictSerializer):
    secret = serializers.CharField(max_length=200, help_text="What stands behind the `#` of the link.")


class PasswordOwnerSerializer(serializers.Serializer[Any]):
    email = serializers.CharField(help_text="Whose password the link sets.")


class PasswordNewSerializer(PasswordSecretSerializer):
    password = serializers.CharField(max_length=_MOST)
