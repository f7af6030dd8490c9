"""What the API says and takes about uploads, datasets and their versions."""

from __future__ import annotations

from typing import Any

from django.core.validators import ProhibitNullCharactersValidator
from rest_framework import serializers

from anneal.common.api.paging import page_serializer
from anneal.datasets.errors import problem_text
from anneal.datasets.files.problems import KEPT
from anneal.datasets.models import DATASET_STATES, FILE_SPLITS, UPLOAD_STATES
from anneal.tenants.api.base import StrictSerializer

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


class MappingSerializer(serializers.Serializer[Any]):
    """Which columns are used: a guess (confidence below 1) until somebody confirms it."""

    text = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the API's word; DRF uses the name for another thing
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
    guess = serializers.ChoiceField(choices=["text", "label", "other"])


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


class DatasetVersionSerializer(serializers.Serializer[Any]):
    """An immutable version: what jobs train on."""

    id = serializers.UUIDField()
    dataset_id = serializers.UUIDField()
    number = serializers.IntegerField()
    sha256 = serializers.CharField()
    num_rows = SplitCountsSerializer()
    labels = LabelCountSerializer(many=True)
    text_length = TextLengthSerializer()
    size_bytes = serializers.IntegerField()
    mapping = MappingSerializer()
    problems_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class DatasetSerializer(serializers.Serializer[Any]):
    """A dataset with everything that is known about it. Lists leave `columns` and `problems` empty."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    task = serializers.CharField()
    state = serializers.ChoiceField(choices=DATASET_STATES)
    files = DatasetFileSerializer(many=True, source="files.all")
    mapping = MappingSerializer(allow_null=True)
    columns = DatasetColumnSerializer(many=True)
    progress = ValidationProgressSerializer(allow_null=True)
    problems = ProblemSerializer(many=True, help_text=f"The first {KEPT}; num_problems counts all.")
    num_problems = serializers.IntegerField()
    latest_version = DatasetVersionSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    created_by = PersonSerializer(allow_null=True)


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


def _name_field() -> serializers.CharField:
    return serializers.CharField(max_length=200, validators=[ProhibitNullCharactersValidator()])


class DatasetFileInputSerializer(StrictSerializer):
    upload_id = serializers.UUIDField()
    split = serializers.ChoiceField(choices=FILE_SPLITS, default="auto")


class DatasetInputSerializer(StrictSerializer):
    name = _name_field()
    task = serializers.ChoiceField(choices=["classification"], default="classification")
    files = serializers.ListField(child=DatasetFileInputSerializer(), allow_empty=False, max_length=_MAX_FILES)


class DatasetNameInputSerializer(StrictSerializer):
    name = _name_field()


class MappingInputSerializer(StrictSerializer):
    text = serializers.CharField(max_length=220, trim_whitespace=False)
    label = serializers.CharField(max_length=220, trim_whitespace=False)  # type: ignore[assignment]  # the API's word
    split_seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    validation_share = serializers.FloatField(min_value=0, max_value=_MAX_SHARE, default=0.1)
    test_share = serializers.FloatField(min_value=0, max_value=_MAX_SHARE, default=0.1)
    skip_bad_rows = serializers.BooleanField(
        default=False, help_text="Leave rows with errors out (they become warnings) instead of refusing the files."
    )


class PreviewSerializer(serializers.Serializer[Any]):
    """A window onto rows: `row`, `text`, `label` and `split` of the latest version, or raw columns of the first file before."""

    columns = serializers.ListField(child=serializers.CharField())
    data = serializers.ListField(child=serializers.DictField(child=serializers.JSONField()))  # type: ignore[assignment]  # the API's word
    total = serializers.IntegerField()
