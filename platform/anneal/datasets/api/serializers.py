"""What the API says and takes about uploads, datasets and their versions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.validators import ProhibitNullCharactersValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from anneal.common.api.paging import page_serializer
from anneal.common.errors import AnnealError
from anneal.datasets.errors import problem_text
from anneal.datasets.files.problems import KEPT
from anneal.datasets.models import (
    DATASET_STATES,
    FILE_SPLITS,
    UPLOAD_STATES,
    VERSION_KINDS,
    Dataset,
    DatasetVersion,
)
from anneal.datasets.selectors import version_statistics
from anneal.tenants.api.base import StrictSerializer
from workers.contract.columns import COLUMNS, KINDS, ROLES, TASKS

_FORMATS = ["csv", "tsv", "jsonl", "parquet"]
_MAX_FILES = 20
_MAX_SHARE = 0.5


class UploadSerializer(serializers.Serializer[Any]):
    """A file on its way in."""

    id = serializers.UUIDField()
    filename = serializers.CharField()
    split = serializers.CharField(help_text="train, validation, test, or empty when undecided.")
    size_bytes = serializers.IntegerField()
    offset_bytes = serializers.IntegerField(help_text="How many bytes have arrived.")
    state = serializers.ChoiceField(choices=UPLOAD_STATES)
    sha256 = serializers.CharField(allow_null=True, help_text="Known once a dataset has read the file.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text="An upload that no dataset uses by then is removed.")


class PersonSerializer(serializers.Serializer[Any]):
    """Who made something."""

    id = serializers.UUIDField()
    email = serializers.CharField()


class DatasetFileSerializer(serializers.Serializer[Any]):
    upload_id = serializers.UUIDField()
    filename = serializers.CharField()
    split = serializers.ChoiceField(choices=FILE_SPLITS)
    format = serializers.ChoiceField(choices=_FORMATS, allow_null=True)
    encoding = serializers.CharField(allow_null=True)
    size_bytes = serializers.IntegerField()
    num_rows = serializers.IntegerField(allow_null=True)
    columns = serializers.ListField(child=serializers.CharField())


class RolesMixin:
    """A field for every role of any task: the column that it is. Those of other tasks are absent."""

    role_options: ClassVar[dict[str, Any]] = {}

    def get_fields(self) -> dict[str, Any]:
        """The roles first, in the order of the tasks. Written as fields, some would hide attributes of DRF."""
        roles = {role: serializers.CharField(required=False, **self.role_options) for role in ROLES}
        return {**roles, **super().get_fields()}  # type: ignore[misc]  # of the serializer that this is mixed into


class MappingSerializer(RolesMixin, serializers.Serializer[Any]):
    """Which column of the files is which role of the task: a guess (confidence below 1) until somebody confirms it."""

    delimiter = serializers.CharField(required=False, help_text="Characters of which each separates labels in a cell.")
    confidence = serializers.FloatField(required=False, allow_null=True)
    split_seed = serializers.IntegerField(required=False)
    validation_share = serializers.FloatField(required=False)
    test_share = serializers.FloatField(required=False)
    skip_bad_rows = serializers.BooleanField(required=False)


class DatasetColumnSerializer(serializers.Serializer[Any]):
    """A column, judged by the first rows."""

    name = serializers.CharField()
    sample = serializers.ListField(child=serializers.CharField())
    num_distinct = serializers.IntegerField()
    num_empty = serializers.IntegerField()
    guess = serializers.ChoiceField(choices=[*ROLES, "other"], help_text="Its role, as far as can be told.")


class ProblemSerializer(serializers.Serializer[Any]):
    """One finding in a file."""

    code = serializers.CharField()
    severity = serializers.ChoiceField(choices=["error", "warning"])
    message = serializers.SerializerMethodField(
        help_text="What is wrong and what to do, in the language of the request."
    )
    file = serializers.CharField(allow_null=True)
    row = serializers.IntegerField(allow_null=True, help_text="Line of the file, from 1; for Parquet the row, from 1.")
    column = serializers.CharField(allow_null=True)
    value = serializers.CharField(allow_null=True)

    def get_message(self, problem: dict[str, Any]) -> str:
        return problem_text(problem["code"], problem["params"])


class ValidationProgressSerializer(serializers.Serializer[Any]):
    stage = serializers.CharField()
    rows_read = serializers.IntegerField()
    bytes_read = serializers.IntegerField()
    total_bytes = serializers.IntegerField()


class SplitCountsSerializer(serializers.Serializer[Any]):
    train = serializers.IntegerField()
    validation = serializers.IntegerField()
    test = serializers.IntegerField()


class LabelCountSerializer(SplitCountsSerializer):
    label = serializers.CharField()  # type: ignore[assignment]  # the API's word; DRF uses the name for another thing


class TextLengthSerializer(serializers.Serializer[Any]):
    p50 = serializers.IntegerField()
    p95 = serializers.IntegerField()
    max = serializers.IntegerField()
    unit = serializers.CharField()


class HistogramBinSerializer(SplitCountsSerializer):
    low = serializers.FloatField()
    high = serializers.FloatField()


class ColumnStatisticsSerializer(serializers.Serializer[Any]):
    """What is in one column of a version; which of it is there depends on the kind of the column."""

    role = serializers.ChoiceField(choices=ROLES)
    kind = serializers.ChoiceField(choices=KINDS)
    length = TextLengthSerializer(required=False, help_text="Of texts, lists and conversations.")
    labels = LabelCountSerializer(many=True, required=False, help_text="Rows with a label, or with a span of a type.")
    spans = LabelCountSerializer(many=True, required=False, help_text="Spans of each type.")
    num_empty = serializers.IntegerField(required=False, help_text="Rows with no label at all.")
    min = serializers.FloatField(required=False, allow_null=True)
    max = serializers.FloatField(required=False, allow_null=True)
    mean = serializers.FloatField(required=False, allow_null=True)
    deviation = serializers.FloatField(required=False, allow_null=True)
    histogram = HistogramBinSerializer(many=True, required=False)


class ChangeCountsSerializer(serializers.Serializer[Any]):
    """How many changes of each kind were asked for; those that do not apply are absent."""

    drop = serializers.IntegerField(required=False)
    set = serializers.IntegerField(required=False)
    move = serializers.IntegerField(required=False)
    add = serializers.IntegerField(required=False)


class VersionChangeSerializer(serializers.Serializer[Any]):
    """How a version came to be."""

    kind = serializers.ChoiceField(choices=VERSION_KINDS)
    change_id = serializers.UUIDField(required=False)
    counts = ChangeCountsSerializer(required=False)
    number = serializers.IntegerField(required=False, help_text="restore, merge: of the other version.")
    version_id = serializers.UUIDField(required=False, help_text="restore, merge: the other version.")
    finding_id = serializers.UUIDField(required=False, help_text="fix: the doctor's finding.")
    code = serializers.CharField(required=False, help_text="fix: of the finding, such as doctor:leakage.")
    fix = serializers.CharField(required=False)
    label_session_id = serializers.UUIDField(required=False, help_text="relabel: the labelling session.")
    resolve = serializers.CharField(required=False, help_text="relabel: how people's answers became one.")
    num_tied = serializers.IntegerField(
        required=False, help_text="relabel: rows without a majority, left as they were."
    )
    num_left_out = serializers.IntegerField(
        required=False, help_text="relabel: rows that were gone, or said something else by then, left as they were."
    )


class DatasetVersionSerializer(serializers.Serializer[Any]):
    """An immutable version: what jobs train on."""

    id = serializers.UUIDField()
    dataset_id = serializers.UUIDField()
    number = serializers.IntegerField()
    sha256 = serializers.CharField()
    num_rows = SplitCountsSerializer()
    task = serializers.ChoiceField(choices=TASKS)
    labels = LabelCountSerializer(many=True, help_text="Empty for tasks without labels.")
    text_length = TextLengthSerializer()
    statistics = serializers.SerializerMethodField()
    size_bytes = serializers.IntegerField()
    mapping = MappingSerializer()
    problems_count = serializers.IntegerField()
    parent_id = serializers.UUIDField(allow_null=True, help_text="The version that it was made from.")
    change = VersionChangeSerializer(
        allow_null=True, help_text="How it was made; null for versions older than changes are."
    )
    num_added = serializers.IntegerField(allow_null=True, help_text="Rows that the version before has not.")
    num_removed = serializers.IntegerField(allow_null=True)
    num_changed = serializers.IntegerField(allow_null=True, help_text="Rows with other cells, or in another split.")
    created_by = serializers.SerializerMethodField(help_text="Who asked for the change.")
    created_at = serializers.DateTimeField()

    @extend_schema_field(PersonSerializer(allow_null=True))
    def get_created_by(self, version: DatasetVersion) -> Any:
        person = version.origin.created_by if hasattr(version, "origin") else None
        return PersonSerializer(person).data if person else None

    @extend_schema_field(ColumnStatisticsSerializer(many=True))
    def get_statistics(self, version: DatasetVersion) -> Any:
        rows = [{"role": role, **entry} for role, entry in version_statistics(version).items()]
        return ColumnStatisticsSerializer(rows, many=True).data


class TaskRoleSerializer(serializers.Serializer[Any]):
    """A part of an example of the dataset's task."""

    role = serializers.ChoiceField(choices=ROLES)
    kind = serializers.ChoiceField(choices=KINDS)
    is_optional = serializers.BooleanField()


class SuggestionSerializer(serializers.Serializer[Any]):
    """Another task that the columns look like more than like the chosen one."""

    task = serializers.ChoiceField(choices=TASKS)
    confidence = serializers.FloatField()


class DatasetSerializer(serializers.Serializer[Any]):
    """A dataset with everything that is known about it. Lists leave `columns` and `problems` empty."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    task = serializers.ChoiceField(choices=TASKS)
    state = serializers.ChoiceField(choices=DATASET_STATES)
    files = DatasetFileSerializer(many=True, source="files.all")
    roles = serializers.SerializerMethodField()
    mapping = MappingSerializer(allow_null=True)
    suggestion = SuggestionSerializer(allow_null=True)
    columns = DatasetColumnSerializer(many=True)
    progress = ValidationProgressSerializer(allow_null=True)
    problems = ProblemSerializer(many=True, help_text=f"The first {KEPT}; num_problems counts all.")
    num_problems = serializers.IntegerField()
    latest_version = DatasetVersionSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    created_by = PersonSerializer(allow_null=True)

    @extend_schema_field(TaskRoleSerializer(many=True))
    def get_roles(self, dataset: Dataset) -> Any:
        return TaskRoleSerializer(COLUMNS.get(dataset.task, ()), many=True).data


class DatasetListItem(DatasetSerializer):
    """For lists, where a thousand findings for each row would be too much."""

    columns = serializers.SerializerMethodField()  # type: ignore[assignment]  # always empty
    problems = serializers.SerializerMethodField()  # type: ignore[assignment]  # always empty

    def get_columns(self, _dataset: Any) -> list[Any]:
        return []

    def get_problems(self, _dataset: Any) -> list[Any]:
        return []


DatasetPageSerializer = page_serializer(DatasetSerializer)
DatasetVersionPageSerializer = page_serializer(DatasetVersionSerializer)


def _name_field(**options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=200, validators=[ProhibitNullCharactersValidator()], **options)


class DatasetFileInputSerializer(StrictSerializer):
    upload_id = serializers.UUIDField()
    split = serializers.ChoiceField(choices=FILE_SPLITS, default="auto")


class DatasetInputSerializer(StrictSerializer):
    name = _name_field()
    task = serializers.ChoiceField(choices=TASKS, default="classification")
    files = serializers.ListField(child=DatasetFileInputSerializer(), allow_empty=False, max_length=_MAX_FILES)


class DatasetUpdateSerializer(StrictSerializer):
    name = _name_field(required=False)
    task = serializers.ChoiceField(
        choices=TASKS, required=False, help_text="As long as there is no version; the files are inspected again."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Nothing at all is a mistake."""
        if not attrs:
            raise AnnealError("dataset.nothing_to_change", param="name")
        return attrs


class MappingInputSerializer(RolesMixin, StrictSerializer):
    """The column of every role of the dataset's task."""

    role_options: ClassVar[dict[str, Any]] = {"max_length": 220, "trim_whitespace": False, "allow_null": True}
    delimiter = serializers.CharField(
        min_length=1,
        max_length=10,
        trim_whitespace=False,
        allow_null=True,
        default=None,
        help_text="Characters of which each separates labels in a cell, such as `,;`; without one, cells are lists.",
    )
    split_seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    validation_share = serializers.FloatField(min_value=0, max_value=_MAX_SHARE, default=0.1)
    test_share = serializers.FloatField(min_value=0, max_value=_MAX_SHARE, default=0.1)
    skip_bad_rows = serializers.BooleanField(
        default=False, help_text="Leave rows with errors out (they become warnings) instead of refusing the files."
    )


class PreviewSerializer(serializers.Serializer[Any]):
    """A window onto rows: `row`, the roles of the task and `split` of the latest version, or raw columns of the first file before."""

    columns = serializers.ListField(child=serializers.CharField())
    data = serializers.ListField(child=serializers.DictField(child=serializers.JSONField()))  # type: ignore[assignment]  # the API's word
    total = serializers.IntegerField()
