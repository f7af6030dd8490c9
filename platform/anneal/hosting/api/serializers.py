"""What the API says and takes about predictions."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema_field
from pydantic import Field
from rest_framework import serializers

from anneal.hosting.questions import MAX_CHARACTERS
from anneal.tenants.api.base import StrictSerializer
from workers.contract.base import Value
from workers.contract.serving import MOST_NEW_TOKENS, Prediction

MAX_TEXTS = 64


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {
            "oneOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}},
                {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "role": {"type": "string", "enum": ["system", "user", "assistant"]},
                            "content": {"type": "string"},
                        },
                        "required": ["role", "content"],
                    },
                },
            ],
        },
    }
)
class QuestionField(serializers.DictField):
    """Fields of a task by name; which ones, the model's task says."""


class PredictInputSerializer(StrictSerializer):
    """What a model should answer: texts for tasks that read one text, inputs for all. Nothing of it is stored."""

    texts = serializers.ListField(
        child=serializers.CharField(max_length=MAX_CHARACTERS, trim_whitespace=False),
        min_length=1,
        max_length=MAX_TEXTS,
        required=False,
    )
    inputs = serializers.ListField(
        child=QuestionField(),
        min_length=1,
        max_length=MAX_TEXTS,
        required=False,
        help_text="Objects with `text`; with `text_a` and `text_b` for tasks on pairs; for token classification with "
        "`text` or with `tokens`, a list; for question answering with `question` and `context`; for ranking with `query` and "
        "`candidates`, a list; for masked_lm with `text` in which the model's mask token stands for each hidden word; for causal_lm "
        "with `prompt`; for chat and preference with `prompt` or with `messages`, a list of objects with `role` and `content`.",
    )
    top_k = serializers.IntegerField(
        min_value=1,
        max_value=1000,
        default=5,
        help_text="For answers that are one of several labels, and for hidden words.",
    )
    max_new_tokens = serializers.IntegerField(
        min_value=1, max_value=MOST_NEW_TOKENS, default=128, help_text="For models that write."
    )


class PredictOutput(Value):
    """An answer to each question, in their order; its `kind` depends on the model's task."""

    model_version_id: uuid.UUID
    predictions: tuple[Prediction, ...]
    is_cold: bool = Field(description="The model had to be loaded for this request.")
    milliseconds: float
