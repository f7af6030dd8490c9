"""What the API says and takes about the data doctor's reports."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from anneal.common.texts import text
from anneal.datasets.api.serializers import PersonSerializer
from anneal.datasets.api.version_serializers import BegunSerializer, RowSerializer
from anneal.datasets.finding_texts import finding_text, fix_text
from anneal.datasets.models import DECISIONS, REPORT_STATES, SEVERITIES, SPLITS, DoctorFinding, DoctorReport
from anneal.tenants.api.base import StrictSerializer
from workers.contract.doctor import FIXES, SKIP_REASONS

FIX_NAMES = tuple(sorted(FIXES))


class FoundRowSerializer(serializers.Serializer[Any]):
    """One row among the examples of a finding."""

    id = serializers.IntegerField()
    split = serializers.ChoiceField(choices=SPLITS)
    row = serializers.IntegerField()
    cells = serializers.DictField(
        child=serializers.CharField(), help_text="By role; long texts are cut around the place."
    )
    note = serializers.DictField(
        child=serializers.JSONField(allow_null=True),
        help_text="What is particular about this row, such as a suggested label.",
    )


class FixInColumnsSerializer(serializers.Serializer[Any]):
    """A fix made in some of the columns alone that a finding is about."""

    columns = serializers.ListField(child=serializers.CharField())
    num_changes = serializers.IntegerField()
    num_dropped = serializers.IntegerField(help_text="Of the changes, rows that go.")


class FixSerializer(serializers.Serializer[Any]):
    """A change that mends a finding."""

    name = serializers.ChoiceField(choices=FIX_NAMES)
    message = serializers.SerializerMethodField(help_text="What it does, in the language of the request.")
    num_changes = serializers.IntegerField()
    by_columns = serializers.SerializerMethodField(
        help_text="Choices of columns that it can be made in alone; empty where it is about one column."
    )

    def get_message(self, fix: dict[str, Any]) -> str:
        return fix_text(fix["name"])

    @extend_schema_field(FixInColumnsSerializer(many=True))
    def get_by_columns(self, fix: dict[str, Any]) -> Any:
        return FixInColumnsSerializer(fix.get("by_columns", []), many=True).data


class DoctorFindingSerializer(serializers.Serializer[Any]):
    """One kind of trouble in a version, and what somebody decided about it."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    severity = serializers.ChoiceField(choices=SEVERITIES)
    message = serializers.SerializerMethodField(
        help_text="What was found and what to do, in the language of the request."
    )
    num_rows = serializers.IntegerField()
    params = serializers.DictField(
        child=serializers.JSONField(allow_null=True), help_text="Figures behind the message."
    )
    examples = FoundRowSerializer(many=True)
    has_rows = serializers.SerializerMethodField(help_text="Whether /rows lists all rows concerned.")
    fixes = FixSerializer(many=True)
    decision = serializers.ChoiceField(choices=DECISIONS)
    fix = serializers.CharField(help_text="The one that was accepted; empty otherwise.")
    change_id = serializers.UUIDField(allow_null=True, help_text="What the accepted fix became.")
    version_id = serializers.SerializerMethodField(
        help_text="The version that the accepted fix made, once it is there."
    )
    decided_by = PersonSerializer(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    is_carried = serializers.BooleanField(
        help_text="Dismissed on an earlier version, and about no other rows than there."
    )
    num_joined = serializers.IntegerField(
        allow_null=True,
        help_text="Rows that have joined since it was dismissed, on an earlier version or before another look.",
    )

    def get_message(self, finding: DoctorFinding) -> str:
        told = finding_text(finding.code, finding.num_rows, finding.params)
        return f"{told} {text('finding.came_back', num_rows=finding.num_joined)}" if finding.num_joined else told

    def get_has_rows(self, finding: DoctorFinding) -> bool:
        return bool(finding.rows_key)

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_version_id(self, finding: DoctorFinding) -> Any:
        return finding.change.result_id if finding.change else None


class DoctorProgressSerializer(BegunSerializer):
    stage = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()


class DoctorErrorSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.SerializerMethodField()

    def get_message(self, error: dict[str, Any]) -> str:
        return text(error["code"], **error["params"])


class LengthBinSerializer(serializers.Serializer[Any]):
    """Rows whose longest text has at least `low` and less than `high` tokens."""

    low = serializers.IntegerField()
    high = serializers.IntegerField()
    num_rows = serializers.IntegerField()


class LengthLimitSerializer(serializers.Serializer[Any]):
    """What a base model that reads so many tokens would not read."""

    max_tokens = serializers.IntegerField()
    num_rows = serializers.IntegerField(help_text="Rows of which something would be cut off.")
    share_of_tokens = serializers.FloatField(help_text="Of all tokens, those that would be cut off.")


class TokenLengthsSerializer(serializers.Serializer[Any]):
    """How many tokens texts have, for tasks in which a long text loses its end."""

    bins = LengthBinSerializer(many=True)
    limits = LengthLimitSerializer(many=True, help_text="One for each limit of the base models for the task.")
    num_counted = serializers.IntegerField(help_text="Rows that were counted: of many, a sample.")
    num_rows = serializers.IntegerField()
    counted_by = serializers.CharField(
        help_text="The base model whose tokens these are; another one's differ a little."
    )


class DoctorReportSerializer(serializers.Serializer[Any]):
    """What the data doctor says about a version. Findings come while it runs: ask again until `state` is done or failed."""

    version_id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=REPORT_STATES)
    progress = DoctorProgressSerializer(allow_null=True)
    seconds = serializers.FloatField(allow_null=True)
    skipped = serializers.DictField(
        child=serializers.ChoiceField(choices=SKIP_REASONS),
        help_text="Checks that could not be made, with why: {code: reason}.",
    )
    error = DoctorErrorSerializer(allow_null=True)
    has_map = serializers.SerializerMethodField()
    token_lengths = TokenLengthsSerializer(
        allow_null=True, help_text="null where nothing is cut, or nothing was there to count by."
    )
    findings = DoctorFindingSerializer(many=True, source="told")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_has_map(self, report: DoctorReport) -> bool:
        return report.difficulty_map is not None


class ScoredRowSerializer(serializers.Serializer[Any]):
    """A row of a finding; the larger the score, the more suspicious."""

    score = serializers.FloatField()
    row = RowSerializer()


class FindingRowsSerializer(serializers.Serializer[Any]):
    """Rows that a finding points at, the most suspicious first."""

    data = ScoredRowSerializer(many=True)  # type: ignore[assignment]  # the API's word; DRF uses the name for another thing
    total = serializers.IntegerField()


class MapPointSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    x = serializers.FloatField()
    y = serializers.FloatField()
    difficulty = serializers.FloatField(allow_null=True, help_text="0 easy to 1 hard; null without labels.")
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # the API's word


class DifficultyMapSerializer(serializers.Serializer[Any]):
    """Rows as points: those that are alike lie together."""

    total = serializers.IntegerField(help_text="Points of the whole map; of many, some are left out.")
    method = serializers.CharField(help_text="How vectors became points: tsne, discriminant or pca.")
    vectors = serializers.CharField(help_text="What a text was read by: base_model or ngrams.")
    points = MapPointSerializer(many=True)


class FindingAcceptSerializer(StrictSerializer):
    fix = serializers.ChoiceField(choices=FIX_NAMES)
    columns = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        allow_empty=False,
        help_text="By role: one of the choices in `by_columns`; without it, all columns.",
    )
