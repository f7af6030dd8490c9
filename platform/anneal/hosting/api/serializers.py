"""What the API says and takes about predictions."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from anneal.tenants.api.base import StrictSerializer

MAX_TEXTS = 64
MAX_CHARACTERS = 20_000


class PredictInputSerializer(StrictSerializer):
    """Texts to label. Nothing of them is stored."""

    texts = serializers.ListField(
        child=serializers.CharField(max_length=MAX_CHARACTERS, trim_whitespace=False),
        min_length=1,
        max_length=MAX_TEXTS,
    )
    top_k = serializers.IntegerField(min_value=1, max_value=1000, default=5)


class LabelScoreSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]  # the API's word; DRF uses the name for another thing
    score = serializers.FloatField()


class PredictionSerializer(serializers.Serializer[Any]):
    """Labels by falling probability."""

    labels = LabelScoreSerializer(many=True)
    num_tokens = serializers.IntegerField()
    is_truncated = serializers.BooleanField(help_text="The text is longer than the model reads; its end was not seen.")


class PredictOutputSerializer(serializers.Serializer[Any]):
    model_version_id = serializers.UUIDField()
    predictions = PredictionSerializer(many=True)
    is_cold = serializers.BooleanField(help_text="The model had to be loaded for this request.")
    milliseconds = serializers.FloatField()
