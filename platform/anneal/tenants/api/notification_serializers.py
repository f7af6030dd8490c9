"""What the API says and takes about notifications."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from anneal.accounts.languages import LANGUAGES
from anneal.common.errors import AnnealError
from anneal.tenants.api.base import StrictSerializer
from anneal.tenants.notification_kinds import NOTIFICATION_KINDS, notification_text
from anneal.tenants.pages import page_of_notification

MOST_IDS = 10_000


class NotificationSerializer(serializers.Serializer[Any]):
    """Something that you are told of; the newest where it is several of one kind about one thing."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=NOTIFICATION_KINDS)
    name = serializers.CharField(help_text="What it is about.")
    message = serializers.SerializerMethodField(help_text="What happened, in the language of the request.")
    page = serializers.SerializerMethodField(help_text="The path of the page to look at.")
    count = serializers.SerializerMethodField(
        help_text="How many it stands for: the unread ones while there are any, else all."
    )
    is_read = serializers.SerializerMethodField(help_text="Whether all that it stands for are read.")
    created_at = serializers.DateTimeField()

    def get_message(self, row: Any) -> str:
        return notification_text(row.kind, row.code, row.params)

    def get_page(self, row: Any) -> str:
        return page_of_notification(row.kind, row.opens)

    def get_count(self, row: Any) -> int:
        return int(row.num_unread or row.num_alike)

    def get_is_read(self, row: Any) -> bool:
        return not row.num_unread


class UnreadSerializer(serializers.Serializer[Any]):
    num_unread = serializers.IntegerField(help_text="How many entries of the list, counted to 100.")


class NotificationPageSerializer(UnreadSerializer):
    """One page, newest first."""

    data = NotificationSerializer(many=True)  # type: ignore[assignment]  # a field of this name, as every page has
    next_cursor = serializers.CharField(allow_null=True)


class MarkedSerializer(serializers.Serializer[Any]):
    """Which of the notifications were changed by it: what an undo has to name."""

    ids = serializers.ListField(child=serializers.UUIDField())
    num_lines = serializers.IntegerField(help_text="How many entries of the list that is.")


class UnreadInputSerializer(StrictSerializer):
    ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST_IDS)


class ReadInputSerializer(StrictSerializer):
    """One of the three."""

    ids = serializers.ListField(child=serializers.UUIDField(), required=False, min_length=1, max_length=MOST_IDS)
    until = serializers.UUIDField(required=False, help_text="This notification and all before it.")
    about = serializers.UUIDField(required=False, help_text="All about the job or the dataset with this id.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise AnnealError("notification.nothing_meant", param="ids")
        return attrs


class WaysSerializer(serializers.Serializer[Any]):
    """How you are told of one kind."""

    kind = serializers.ChoiceField(choices=NOTIFICATION_KINDS)
    in_page = serializers.BooleanField()
    by_email = serializers.BooleanField()


class WaysInputSerializer(StrictSerializer, WaysSerializer):
    pass


class NotificationSettingsSerializer(serializers.Serializer[Any]):
    """How you are told, in this organisation."""

    kinds = WaysSerializer(many=True)
    follows_all_jobs = serializers.BooleanField(help_text="Of jobs: of everybody's, not only those that you launched.")
    email = serializers.CharField(help_text="Where e-mails go.")
    is_mail_sent = serializers.BooleanField(help_text="Whether this installation has a mail server.")


class NotificationSettingsInputSerializer(StrictSerializer):
    kinds = WaysInputSerializer(many=True, required=False, default=list)
    follows_all_jobs = serializers.BooleanField()


class AccountInputSerializer(StrictSerializer):
    language = serializers.ChoiceField(choices=LANGUAGES, help_text="What e-mails to you are written in.")
