"""What the API says and takes about the home page."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from anneal.datasets.api.serializers import NewestDatasetSerializer
from anneal.insights.selectors import LEFT_KINDS, WAITING_KINDS
from anneal.jobs.api.serializers import JobListItemSerializer
from anneal.tenants.api.base import StrictSerializer
from workers.contract.reasons import Fault


class WaitingSerializer(serializers.Serializer[Any]):
    """Something that waits for a decision."""

    kind = serializers.ChoiceField(choices=WAITING_KINDS)
    id = serializers.UUIDField(help_text="What to dismiss.")
    name = serializers.CharField()
    message = serializers.CharField(help_text="Why, and what to do, in the language of the request.")
    at = serializers.DateTimeField()
    opens = serializers.UUIDField(allow_null=True, help_text="The job, dataset or labelling session to look at.")
    fault = serializers.ChoiceField(choices=[fault.value for fault in Fault], allow_null=True, help_text="Of jobs.")
    more = serializers.IntegerField(help_text="How many others of its kind there are in the same place.")


class LeftSerializer(serializers.Serializer[Any]):
    """What waits beside the first five of a kind."""

    kind = serializers.ChoiceField(
        choices=LEFT_KINDS,
        help_text="`dataset_mapping` counts `dataset_invalid` too, and `upload_failed` `upload_stopped`.",
    )
    count = serializers.IntegerField()


class FinishedJobSerializer(JobListItemSerializer):
    """A job that came to a model."""

    is_new = serializers.SerializerMethodField(help_text="Whether it finished since your last visit.")

    def get_is_new(self, job: Any) -> bool:
        since = self.context["since"]
        return bool(since and job.finished_at and job.finished_at > since)


class FirstStepsSerializer(serializers.Serializer[Any]):
    """How far an organisation is that has no model yet."""

    dataset = NewestDatasetSerializer(allow_null=True)
    has_job = serializers.BooleanField()


class HomeSerializer(serializers.Serializer[Any]):
    """What a person should know at a glance."""

    waiting = WaitingSerializer(many=True, help_text="At most five of each kind.")
    waiting_left = LeftSerializer(many=True, help_text="How many more there are, of kinds with more than five.")
    running = JobListItemSerializer(many=True, help_text="The newest 20.")
    finished = FinishedJobSerializer(many=True, help_text="The last 6.")
    first_steps = FirstStepsSerializer(allow_null=True, help_text="Null once a job has come to a model.")


class DismissalInputSerializer(StrictSerializer):
    kind = serializers.ChoiceField(choices=WAITING_KINDS)
    id = serializers.UUIDField()
