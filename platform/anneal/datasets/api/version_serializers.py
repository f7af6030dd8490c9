"""What the API says and takes about rows of versions and their changes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from pydantic import ValidationError
from rest_framework import serializers

from anneal.common.api.paging import page_serializer
from anneal.common.errors import AnnealError
from anneal.common.value_words import finding_words
from anneal.datasets.api.serializers import (
    MAX_FILES,
    AppendFileInputSerializer,
    ChangeCountsSerializer,
    DatasetVersionSerializer,
    FilterSerializer,
    PersonSerializer,
    ProblemSerializer,
    SplitCountsSerializer,
)
from anneal.datasets.files.difference import KINDS as DIFFERENCE_KINDS
from anneal.datasets.files.problems import KEPT
from anneal.datasets.models import CHANGE_KINDS, CHANGE_STATES, SPLITS
from anneal.tenants.api.base import StrictSerializer
from workers.contract.changes import RowChange

MAX_CHANGES = 10_000
ASKED_KINDS = ("edit", "fix", "relabel")


class RowSerializer(serializers.Serializer[Any]):
    """One row of a version, as it is kept."""

    id = serializers.IntegerField(help_text="Stays the same in every version that the row lives through.")
    row = serializers.IntegerField(help_text="Line of the uploaded file; for rows from no file, their number.")
    split = serializers.ChoiceField(choices=SPLITS)
    cells = serializers.DictField(
        child=serializers.JSONField(allow_null=True),
        help_text="By role. Lists of texts are lists; answers, candidates, messages and objects are their JSON text.",
    )
    long = serializers.ListField(
        child=serializers.CharField(),
        help_text="Roles whose cells are too long for a list of rows: null here, whole when the row is asked for by its id.",
    )


class RowWindowSerializer(serializers.Serializer[Any]):
    """Some rows, and how many there are in all."""

    roles = serializers.ListField(child=serializers.CharField())
    data = RowSerializer(many=True)  # type: ignore[assignment]  # the API's word; DRF uses the name for another thing
    total = serializers.IntegerField()


class DifferenceCountsSerializer(serializers.Serializer[Any]):
    added = serializers.IntegerField()
    removed = serializers.IntegerField()
    changed = serializers.IntegerField()


class RowPairSerializer(serializers.Serializer[Any]):
    """One row in both versions; null where it is not."""

    id = serializers.IntegerField()
    before = RowSerializer(allow_null=True)
    after = RowSerializer(allow_null=True)


class VersionDiffSerializer(serializers.Serializer[Any]):
    """What lies between two versions, and rows of one kind side by side."""

    against = serializers.UUIDField(help_text="The earlier version.")
    kind = serializers.ChoiceField(choices=DIFFERENCE_KINDS)
    counts = DifferenceCountsSerializer()
    data = RowPairSerializer(many=True)  # type: ignore[assignment]  # the API's word


class RowChangeSerializer(serializers.Serializer[Any]):
    """What becomes of one row."""

    id = serializers.IntegerField(required=False, help_text="The row; absent for one to add.")
    action = serializers.ChoiceField(choices=["drop", "set", "move", "add"])
    cells = serializers.DictField(
        child=serializers.JSONField(allow_null=True),
        required=False,
        help_text="By role. set: the cells that change; add: every cell.",
    )
    split = serializers.ChoiceField(
        choices=SPLITS,
        required=False,
        help_text="move: where the row belongs. add: the same; without it, the dataset's rule decides.",
    )


@extend_schema_field(RowChangeSerializer(many=True))
class RowChangesField(serializers.ListField):
    """Rows' changes, each checked as the contract says. Errors name the place in the list."""

    def to_internal_value(self, data: Any) -> list[RowChange]:
        """Raises DRF's ValidationError."""
        found = []
        for position, one in enumerate(super().to_internal_value(data)):
            try:
                found.append(RowChange.model_validate(one))
            except ValidationError as error:
                first = error.errors(include_url=False, include_input=False)[0]
                place = ".".join(str(part) for part in first["loc"]) or first.get("ctx", {}).get("field", "")
                told = serializers.ErrorDetail(
                    finding_words(first["type"], first.get("ctx", {}), first["msg"]), code="invalid"
                )
                raise serializers.ValidationError([*([{}] * position), {place: [told]}]) from error
        return found


class ChangesInputSerializer(StrictSerializer):
    base_version_id = serializers.UUIDField(help_text="The latest version, as the rows were looked at.")
    kind = serializers.ChoiceField(choices=ASKED_KINDS, default="edit")
    changes = RowChangesField(allow_empty=False, max_length=MAX_CHANGES)


class AppendInputSerializer(StrictSerializer):
    files = serializers.ListField(child=AppendFileInputSerializer(), allow_empty=False, max_length=MAX_FILES)
    skip_bad_rows = serializers.BooleanField(
        default=False, help_text="Leave rows with errors out instead of refusing the files."
    )


class MergeInputSerializer(StrictSerializer):
    version_id = serializers.UUIDField(help_text="A version of another dataset of the same task.")
    base_version_id = serializers.UUIDField(required=False, help_text="By default the latest.")


class FilterInputSerializer(StrictSerializer):
    drop = FilterSerializer(required=False, help_text="Which rows go.")
    keep = FilterSerializer(required=False, help_text="Which rows stay; all others go. Either this or drop.")
    base_version_id = serializers.UUIDField(required=False, help_text="By default the latest.")
    dry_run = serializers.BooleanField(default=False, help_text="Only say how many rows that would be.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Everything at once is a mistake."""
        if ("drop" in attrs) is ("keep" in attrs):
            raise AnnealError("change.drop_or_keep", param="drop")
        name = "drop" if "drop" in attrs else "keep"
        if "finding_id" in attrs[name]:
            attrs[name]["finding_id"] = str(attrs[name]["finding_id"])  # It is kept as JSON.
        if not attrs[name]:
            known = ", ".join(FilterSerializer().fields)
            raise AnnealError("change.empty_filter", param=name, params={"known": known})
        return attrs


class FilterCountSerializer(serializers.Serializer[Any]):
    """How many rows a filter would drop."""

    total = serializers.IntegerField()
    num_rows = SplitCountsSerializer()


class ChangeProblemSerializer(ProblemSerializer):
    """One finding in a change. `row_id` names the row; for a row to add, `addition` is its number among those, from 1."""

    row_id = serializers.IntegerField(source="params.row_id", default=None, allow_null=True)
    addition = serializers.IntegerField(source="params.addition", default=None, allow_null=True)


class BegunSerializer(serializers.Serializer[Any]):
    def get_attribute(self, instance: Any) -> Any:
        """None while the work has only waited for the store."""
        progress = super().get_attribute(instance)
        return progress if progress and progress.keys() != {"store_away_since"} else None


class ChangeProgressSerializer(BegunSerializer):
    stage = serializers.CharField()
    rows_read = serializers.IntegerField()


class DatasetChangeSerializer(serializers.Serializer[Any]):
    """A change of a dataset: the way from one version to the next."""

    id = serializers.UUIDField()
    dataset_id = serializers.UUIDField()
    base_version_id = serializers.UUIDField(source="base_id")
    kind = serializers.ChoiceField(choices=CHANGE_KINDS)
    state = serializers.ChoiceField(
        choices=CHANGE_STATES, help_text="waiting: being made; applied: `version` is there; failed: `problems` say why."
    )
    counts = ChangeCountsSerializer()
    progress = ChangeProgressSerializer(allow_null=True)
    problems = ChangeProblemSerializer(many=True, help_text=f"The first {KEPT}; num_problems counts all.")
    num_problems = serializers.IntegerField()
    version = DatasetVersionSerializer(source="result", allow_null=True)
    created_at = serializers.DateTimeField()
    created_by = PersonSerializer(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


DatasetChangePageSerializer = page_serializer(DatasetChangeSerializer)
