"""What the API says and takes about models."""

from __future__ import annotations

from typing import Any

from django.core.validators import ProhibitNullCharactersValidator
from rest_framework import serializers

from anneal.common.api.naming import NameQuerySerializer, words_field
from anneal.common.api.paging import page_serializer
from anneal.tenants.api.base import StrictSerializer, base_field
from workers.contract.columns import TASKS

VERDICTS = ["better", "no_difference", "worse"]


class ArtifactSerializer(serializers.Serializer[Any]):
    """The files of a version in one form: `merged` opens with plain transformers, `adapter` needs its base model."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=["merged", "adapter"])
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField(help_text="What `sha256sum * | sha256sum` prints for the files of the artifact.")
    num_files = serializers.SerializerMethodField()

    def get_num_files(self, row: Any) -> int:
        return len(row.files)


class SummarySerializer(serializers.Serializer[Any]):
    """The outcome in a few figures; the job's evaluation has the rest."""

    primary = serializers.CharField(help_text="The metric that the verdict is about.")
    value = serializers.FloatField(help_text="Its value for the tuned model, on held-out rows.")
    metrics = serializers.DictField(child=serializers.FloatField())
    verdict = serializers.ChoiceField(choices=VERDICTS)

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        if "primary" not in instance:  # written when classification was the only task
            metrics = {name: instance[name] for name in ("accuracy", "macro_f1")}
            instance = {**instance, "primary": "accuracy", "value": metrics["accuracy"], "metrics": metrics}
        return super().to_representation(instance)


class ModelVersionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    model_id = serializers.UUIDField()
    number = serializers.IntegerField()
    job_id = serializers.UUIDField()
    dataset_version_id = serializers.UUIDField()
    labels = serializers.ListField(child=serializers.CharField())
    summary = SummarySerializer()
    artifacts = ArtifactSerializer(many=True, source="artifacts.all")
    created_at = serializers.DateTimeField()


class ModelVersionDetailSerializer(ModelVersionSerializer):
    """A version together with what its model is."""

    model_name = serializers.CharField(source="model.name")
    task = serializers.CharField(source="model.task")
    base_model = serializers.CharField(source="model.base_model")


class ModelVersionQuerySerializer(serializers.Serializer[Any]):
    task = serializers.CharField(required=False, max_length=40, validators=[ProhibitNullCharactersValidator()])
    dataset_id = serializers.UUIDField(required=False, help_text="Made from any version of this dataset.")
    q = words_field("Words of the model's name.", max_length=100)


class ModelQuerySerializer(NameQuerySerializer):
    task = serializers.ChoiceField(choices=TASKS, required=False, help_text="Those for this task.")


class ModelSerializer(serializers.Serializer[Any]):
    """A name under which jobs publish, with the newest version."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    task = serializers.CharField()
    base_model = serializers.CharField()
    latest_version = ModelVersionSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    deleted_at = serializers.DateTimeField(allow_null=True)
    restorable_until = serializers.DateTimeField(
        allow_null=True, help_text="Until when a deleted one can be brought back; null for the others."
    )


ModelVersionPageSerializer = page_serializer(ModelVersionSerializer)
ModelVersionDetailPageSerializer = page_serializer(ModelVersionDetailSerializer)
ModelPageSerializer = page_serializer(ModelSerializer)


class ModelInputSerializer(StrictSerializer):
    name = serializers.CharField(max_length=200, validators=[ProhibitNullCharactersValidator()])
    base_name = base_field("name")


class ModelRestoreSerializer(StrictSerializer):
    name = serializers.CharField(
        required=False,
        max_length=200,
        validators=[ProhibitNullCharactersValidator()],
        help_text="Another name, where its own is taken by now.",
    )


class ModelCardSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(
        allow_null=True, help_text="In Markdown. Null where the version has no card, or its storage has lost it."
    )


class NamesModelInputSerializer(StrictSerializer):
    """Which model tells names of people, and which of its types of spans are such."""

    model_version_id = serializers.UUIDField()
    types = serializers.ListField(
        child=serializers.CharField(max_length=200),
        allow_empty=False,
        max_length=100,
        help_text="Such as PER: tags without B- and I-.",
    )


class DownloadLinkSerializer(serializers.Serializer[Any]):
    """An address that anybody who has it may read until `expires_at`; `size_bytes` is the archive's."""

    url = serializers.CharField()
    expires_at = serializers.DateTimeField()
    filename = serializers.CharField()
    size_bytes = serializers.IntegerField()
