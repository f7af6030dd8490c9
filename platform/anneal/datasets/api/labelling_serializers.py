"""What the API says and takes about labelling."""

from __future__ import annotations

from typing import Any

from django.core.validators import ProhibitNullCharactersValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from anneal.common.api.paging import page_serializer
from anneal.common.errors import AnnealError
from anneal.datasets.api.serializers import PersonSerializer
from anneal.datasets.api.version_serializers import DatasetChangeSerializer, RowSerializer
from anneal.datasets.labelling.resolving import RESOLVES
from anneal.datasets.labelling.reviews import VERDICTS
from anneal.datasets.labelling.values import MEASURES, SIDES, form_of
from anneal.datasets.models import LABEL_ORDERS, LABEL_SESSION_STATES, SPLITS, LabelSession, RowScores
from anneal.datasets.services.labelling import MAX_ROWS
from anneal.tenants.api.base import StrictSerializer

ANSWER_FORMS = ("label", "labels", "spans", "score", "preferred", "target", "answers", "review")
AGREEMENT_METHODS = ("cohen_kappa", "fleiss_kappa", "span_f1", "mean_difference", "exact_match", "answer_f1")
WEIGHTS = ((0, "not learnt"), (1, "learnt"))
MAX_LABEL = 100
MAX_SECONDS = 86_400
_NO_NUL = [ProhibitNullCharactersValidator()]


class SpanSerializer(serializers.Serializer[Any]):
    """tokens[start:end] is of this type."""

    type = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()


class PassageSerializer(serializers.Serializer[Any]):
    """A passage of the context: context[start:start + length of text] is the text, in characters (Unicode code points)."""

    text = serializers.CharField(trim_whitespace=False)
    start = serializers.IntegerField(min_value=0)


class ReviewTurnSerializer(serializers.Serializer[Any]):
    """What a turn of the assistant is to be: a field that is left out stays as it is."""

    index = serializers.IntegerField(min_value=0, help_text="Of the message in its conversation, from 0.")
    content = serializers.CharField(required=False, trim_whitespace=False)
    weight = serializers.ChoiceField(choices=WEIGHTS, required=False, help_text="1: the turn is learnt; 0: it is not.")


class ReviewSerializer(serializers.Serializer[Any]):
    """What somebody says about a conversation."""

    verdict = serializers.ChoiceField(
        choices=VERDICTS,
        help_text="accept: it stays as it is; correct: with the turns below; drop: the row is taken out.",
    )
    turns = ReviewTurnSerializer(many=True)


class LabelValueSerializer(serializers.Serializer[Any]):
    """An answer: one field, the session's `form`."""

    label = serializers.CharField(required=False)  # type: ignore[assignment]  # the API's word; DRF uses the name for another thing
    labels = serializers.ListField(child=serializers.CharField(), required=False)
    spans = SpanSerializer(many=True, required=False)
    score = serializers.FloatField(required=False)
    preferred = serializers.ChoiceField(choices=SIDES, required=False)
    target = serializers.CharField(required=False, help_text="The text that was written.")
    answers = PassageSerializer(many=True, required=False, help_text="Empty: the context has no answer.")
    review = ReviewSerializer(required=False, help_text="Of a conversation.")


@extend_schema_field(LabelValueSerializer)
class LabelValueField(serializers.DictField):
    """An answer as it was sent; the session says what may be in it."""


class ScaleSerializer(StrictSerializer):
    min = serializers.FloatField()
    max = serializers.FloatField()


class RowScoresSerializer(serializers.Serializer[Any]):
    """How unsure a model is of rows of a version: what a session in the order uncertainty may go by."""

    id = serializers.UUIDField()
    version_id = serializers.UUIDField()
    model_version_id = serializers.UUIDField(source="source_id")
    model_name = serializers.CharField(source="source_name")
    measure = serializers.ChoiceField(choices=MEASURES)
    num_rows = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_num_rows(self, scores: RowScores) -> int:
        return len(scores.scores)


class LabelSessionSerializer(serializers.Serializer[Any]):
    """Rows of a version that people look at one after the other, and what they are asked."""

    id = serializers.UUIDField()
    dataset_id = serializers.UUIDField()
    dataset_name = serializers.CharField(source="dataset.name")
    version_id = serializers.UUIDField()
    version_number = serializers.IntegerField(source="version.number")
    task = serializers.CharField(source="version.task")
    form = serializers.SerializerMethodField(help_text="The one field of an answer.")
    name = serializers.CharField()
    instructions = serializers.CharField()
    state = serializers.ChoiceField(choices=LABEL_SESSION_STATES)
    order = serializers.ChoiceField(
        choices=LABEL_ORDERS,
        help_text=(
            "suspected_errors: rows alone whose label (of conversations the turns, of questions the answers) the data doctor doubts, the "
            "most doubtful first. uncertainty: rows first of which "
            "the model of scored_by is least sure; without one, by the difficulty that the doctor's cross-validated model has with a "
            "row (1 minus the probability of its label)."
        ),
    )
    scored_by = RowScoresSerializer(allow_null=True, help_text="The model whose uncertainty made the order.")
    seed = serializers.IntegerField(help_text="Of the order random.")
    labels = serializers.ListField(child=serializers.CharField(), help_text="What may be chosen, in this order.")
    scale = ScaleSerializer(allow_null=True, help_text="The ends of a score; null for other forms.")
    labellers = serializers.ListField(child=serializers.UUIDField(), help_text="Who may label; empty: every member.")
    labels_per_row = serializers.IntegerField()
    overlap = serializers.FloatField(
        help_text="Share of the rows that labels_per_row people label; one does the others."
    )
    shows_present = serializers.BooleanField(help_text="Whether what the version says is shown as a suggestion.")
    num_rows = serializers.IntegerField()
    created_by = PersonSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    change = DatasetChangeSerializer(allow_null=True, help_text="What the session became, once it was finished.")

    @extend_schema_field(serializers.ChoiceField(choices=ANSWER_FORMS))
    def get_form(self, session: LabelSession) -> str:
        return form_of(session.version)


LabelSessionPageSerializer = page_serializer(LabelSessionSerializer)


def _labellers(**options: Any) -> serializers.ListField:
    return serializers.ListField(child=serializers.UUIDField(), max_length=100, **options)


class LabelSessionInputSerializer(StrictSerializer):
    name = serializers.CharField(max_length=200, validators=_NO_NUL)
    instructions = serializers.CharField(max_length=10_000, default="", allow_blank=True, validators=_NO_NUL)
    order = serializers.ChoiceField(choices=LABEL_ORDERS, default="given")
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    scores_id = serializers.UUIDField(
        required=False,
        help_text="Of the order uncertainty: what a model said about the rows (model-versions/…/row-scores).",
    )
    split = serializers.ChoiceField(choices=SPLITS, required=False, help_text="Rows of this split alone.")
    num_rows = serializers.IntegerField(
        min_value=1, max_value=MAX_ROWS, default=MAX_ROWS, help_text="At most so many rows, the first of the order."
    )
    new_labels = serializers.ListField(
        child=serializers.CharField(max_length=MAX_LABEL, validators=_NO_NUL),
        max_length=100,
        default=list,
        help_text="Labels, or types of spans, besides those of the version.",
    )
    scale = ScaleSerializer(required=False, help_text="By default from the smallest to the largest of the version.")
    labellers = _labellers(default=list)
    labels_per_row = serializers.IntegerField(min_value=1, max_value=5, default=1)
    overlap = serializers.FloatField(min_value=0, max_value=1, default=1.0)
    shows_present = serializers.BooleanField(default=False)


class LabelSessionUpdateSerializer(StrictSerializer):
    name = serializers.CharField(max_length=200, validators=_NO_NUL, required=False)
    instructions = serializers.CharField(max_length=10_000, allow_blank=True, validators=_NO_NUL, required=False)
    labellers = _labellers(required=False)
    shows_present = serializers.BooleanField(required=False)
    state = serializers.ChoiceField(choices=LABEL_SESSION_STATES, required=False)


class HandedRowSerializer(serializers.Serializer[Any]):
    """A row to label. Cells that are asked for are not among its cells; two answers to choose from are `left` and `right`."""

    row = RowSerializer()
    score = serializers.FloatField(allow_null=True, help_text="Why it has its turn, in the orders that have a reason.")
    present = LabelValueSerializer(allow_null=True, help_text="What the version says, if the session shows it.")


class HandedRowsSerializer(serializers.Serializer[Any]):
    """Rows that are yours for a while. Ask again before that ends; the same rows come, and an answer that is late counts too."""

    data = HandedRowSerializer(many=True)  # type: ignore[assignment]  # the API's word
    num_left = serializers.IntegerField(help_text="Rows that are left for you, these among them.")
    seconds = serializers.IntegerField(help_text="For how long nobody else is handed them.")


class AnnotationInputSerializer(StrictSerializer):
    value = LabelValueField(required=False)
    is_skipped = serializers.BooleanField(default=False)
    seconds = serializers.FloatField(
        min_value=0, max_value=MAX_SECONDS, default=0, help_text="How long the row was looked at."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """An answer or none."""
        if ("value" in attrs) is attrs["is_skipped"]:
            raise AnnealError("labelling.value_or_skip", param="value")
        return attrs


class AnnotationSerializer(serializers.Serializer[Any]):
    """What you said about a row."""

    row_id = serializers.IntegerField()
    value = LabelValueSerializer(allow_null=True)
    is_skipped = serializers.BooleanField()
    seconds = serializers.FloatField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class LabellerProgressSerializer(serializers.Serializer[Any]):
    person = PersonSerializer()
    num_given = serializers.IntegerField()
    num_skipped = serializers.IntegerField()
    seconds_per_row = serializers.FloatField(allow_null=True, help_text="The median.")


class LabelAgreementSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]  # the API's word
    num_given = serializers.IntegerField()
    value = serializers.FloatField(allow_null=True, help_text="The same figure of this label against all others.")


class AgreementSerializer(serializers.Serializer[Any]):
    """How far people agree on rows that two or more of them labelled."""

    method = serializers.ChoiceField(
        choices=AGREEMENT_METHODS,
        help_text=(
            "cohen_kappa: two people; fleiss_kappa: more; of sets of labels, the mean over the labels. span_f1: spans in common, pair by "
            "pair. mean_difference: between two people's scores, 0 being the same. exact_match: the "
            "share of pairs of people who wrote the same. answer_f1: how much of two people's answers overlaps, 1 being all of it; of "
            "reviews, kappa is that of the verdicts."
        ),
    )
    value = serializers.FloatField(allow_null=True, help_text="null: cannot be told (yet).")
    num_rows = serializers.IntegerField(help_text="Rows that two or more people labelled.")
    num_disputed = serializers.IntegerField()
    labels = LabelAgreementSerializer(many=True)


class LabelProgressSerializer(serializers.Serializer[Any]):
    """How far a session is."""

    num_rows = serializers.IntegerField()
    num_done = serializers.IntegerField(help_text="Rows with as many labels as they want.")
    num_wanted = serializers.IntegerField(help_text="Labels in all.")
    num_given = serializers.IntegerField(help_text="Of those, labels that are there.")
    num_decided = serializers.IntegerField()
    seconds_per_row = serializers.FloatField(allow_null=True, help_text="The median over all answers.")
    labellers = LabellerProgressSerializer(many=True)
    agreement = AgreementSerializer()


class GivenAnswerSerializer(serializers.Serializer[Any]):
    person = PersonSerializer()
    value = LabelValueSerializer()


class DisagreementSerializer(serializers.Serializer[Any]):
    """A row on which people differ."""

    row = RowSerializer()
    present = LabelValueSerializer(help_text="What the version says.")
    answers = GivenAnswerSerializer(many=True)
    majority = LabelValueSerializer(allow_null=True, help_text="null: nobody has more than half.")
    decision = LabelValueSerializer(allow_null=True, help_text="What was decided, if it was.")


class DisagreementsSerializer(serializers.Serializer[Any]):
    """Rows on which people differ, in the order of the session."""

    data = DisagreementSerializer(many=True)  # type: ignore[assignment]  # the API's word
    total = serializers.IntegerField()


class DecisionInputSerializer(StrictSerializer):
    value = LabelValueField()


class DecisionSerializer(serializers.Serializer[Any]):
    row_id = serializers.IntegerField()
    decision = LabelValueSerializer()


class FinishInputSerializer(StrictSerializer):
    resolve = serializers.ChoiceField(
        choices=RESOLVES,
        help_text=(
            "What becomes of rows that nobody decided. majority: what more than half say (of scores the median), and rows without one "
            "stay; newest: the last answer; adjudicated: the answer of all, and rows on which people differ must be decided first."
        ),
    )
