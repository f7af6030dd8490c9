"""What the API says and takes about the audit log."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from anneal.common.api.paging import page_serializer
from anneal.tenants.api.serializers import UserSerializer
from anneal.tenants.audit_actions import AUDIT_ACTIONS, action_text
from anneal.tenants.models import AuditEntry


class AuditFilterSerializer(serializers.Serializer[Any]):
    person = serializers.UUIDField(required=False, help_text="Acts of this person, also with their API keys.")
    action = serializers.ChoiceField(choices=AUDIT_ACTIONS, required=False)
    since = serializers.DateTimeField(required=False, help_text="At this time or later.")
    until = serializers.DateTimeField(required=False, help_text="Before this time.")


class AuditEntrySerializer(serializers.Serializer[Any]):
    """Who did what to which thing. `person` is null when nobody of that id is left; `api_key` names the key that was used."""

    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    person = UserSerializer(source="actor_user", allow_null=True)
    api_key = serializers.CharField(source="actor_api_key_name", allow_null=True)
    action = serializers.ChoiceField(choices=AUDIT_ACTIONS)
    words = serializers.SerializerMethodField(help_text="What was done, in the language of the request.")
    target = serializers.CharField(help_text="The id of the thing, or an e-mail address.")
    target_name = serializers.CharField(allow_null=True)
    target_page = serializers.CharField(
        allow_null=True, help_text="The path of its page; null when it has none any more."
    )
    details = serializers.JSONField(source="data", help_text="Particulars of the act.")

    def get_words(self, entry: AuditEntry) -> str:
        return action_text(entry.action)


AuditEntryPageSerializer = page_serializer(AuditEntrySerializer)


class AuditActSerializer(serializers.Serializer[Any]):
    """An act that the audit log knows."""

    action = serializers.ChoiceField(choices=AUDIT_ACTIONS)
    words = serializers.CharField(help_text="In the language of the request.")


AuditActPageSerializer = page_serializer(AuditActSerializer)
