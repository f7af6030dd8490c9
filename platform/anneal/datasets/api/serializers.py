"""What the API says and takes about uploads, datasets and their versions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.validators import ProhibitNullCharactersValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from anneal.common.api.paging import page_serializer
from anneal.common.errors import AnnealError
from anneal.common.outbound import MAX_URL
from anneal.common.texts import text
from anneal.datasets.errors import problem_text
from anneal.datasets.files.choices import ENCODINGS, HEADER_ROWS, MOST_SHEETS, TAG_COLUMNS, is_delimiter
from anneal.datasets.files.packed import PACKINGS
from anneal.datasets.files.problems import KEPT
from anneal.datasets.files.reading import DIALECTS, FORMATS, LAYOUTS, MAX_NAME_CHARACTERS, QUOTINGS, Reading
from anneal.datasets.files.split import SPLIT_MODES
from anneal.datasets.models import (
    DATASET_STATES,
    FILE_SPLITS,
    REPORT_STATES,
    SPLITS,
    UPLOAD_STATES,
    VERSION_KINDS,
    Dataset,
    DatasetFile,
    DatasetVersion,
    Upload,
)
from anneal.datasets.selectors import version_statistics
from anneal.tenants.api.base import StrictSerializer, base_field
from workers.contract.columns import COLUMNS, KINDS, ROLES, TASKS, form_columns

MAX_FILES = 20
MAX_LENGTH = 10**9 - 1
_MAX_SHARE = 0.5


class UploadProblemSerializer(serializers.Serializer[Any]):
    """Why a file could not be fetched."""

    code = serializers.CharField()
    message = serializers.CharField()


class UploadSerializer(serializers.Serializer[Any]):
    """A file on its way in."""

    id = serializers.UUIDField()
    filename = serializers.CharField()
    split = serializers.CharField(help_text="train, validation, test, or empty when undecided.")
    size_bytes = serializers.IntegerField(help_text="0 while a file is fetched whose length is not known yet.")
    offset_bytes = serializers.IntegerField(help_text="How many bytes have arrived.")
    state = serializers.ChoiceField(choices=UPLOAD_STATES)
    problem = serializers.SerializerMethodField()
    sha256 = serializers.CharField(allow_null=True, help_text="Known once a dataset has read the file.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text="An upload that no dataset uses by then is removed.")

    @extend_schema_field(UploadProblemSerializer(allow_null=True))
    def get_problem(self, upload: Upload) -> dict[str, str] | None:
        """The finding in the reader's language."""
        found = upload.problem
        return None if found is None else {"code": found["code"], "message": text(found["code"], **found["params"])}


class DirectUploadInputSerializer(StrictSerializer):
    """A file that goes straight to the object store."""

    filename = serializers.CharField(max_length=255)
    split = serializers.ChoiceField(choices=FILE_SPLITS, default="auto")
    size_bytes = serializers.IntegerField(min_value=0, max_value=2**62)


class DirectUploadSerializer(serializers.Serializer[Any]):
    """An upload that goes straight to the object store, and how it is cut."""

    upload = UploadSerializer()
    part_bytes = serializers.IntegerField(help_text="The length of every part but the last.")
    num_parts = serializers.IntegerField()
    received = serializers.ListField(child=serializers.IntegerField(), help_text="Numbers of the parts that are there.")


class UploadPartsInputSerializer(StrictSerializer):
    """Which parts are about to be sent."""

    numbers = serializers.ListField(child=serializers.IntegerField(), min_length=1, max_length=100)


class UploadPartUrlSerializer(serializers.Serializer[Any]):
    """Where one part goes, by PUT, with exactly its length."""

    number = serializers.IntegerField()
    url = serializers.CharField()


class UploadPartUrlsSerializer(serializers.Serializer[Any]):
    parts = UploadPartUrlSerializer(many=True)
    expires_s = serializers.IntegerField(help_text="Seconds for which the addresses take parts.")


class S3AccessSerializer(StrictSerializer):
    """What an object in a bucket is opened with. Kept sealed until the file is here or the upload is removed, two days at most."""

    access_key_id = serializers.CharField(max_length=256)
    secret_access_key = serializers.CharField(max_length=256, trim_whitespace=False)
    session_token = serializers.CharField(max_length=4096, required=False)
    region = serializers.RegexField(r"^[a-z0-9-]{1,40}$", required=False, help_text="By default us-east-1.")
    endpoint_url = serializers.CharField(max_length=500, required=False, help_text="Of services beside Amazon's.")


class UploadImportSerializer(StrictSerializer):
    """A file that is fetched from where it lies."""

    url = serializers.CharField(max_length=MAX_URL, help_text="https://, http:// or s3://bucket/key.")
    split = serializers.ChoiceField(choices=FILE_SPLITS, default="auto")
    filename = serializers.CharField(max_length=255, required=False, help_text="By default as the source names it.")
    s3 = S3AccessSerializer(required=False, help_text="For s3:// only.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Access belongs to s3:// and to nothing else."""
        if attrs["url"].startswith("s3://") != ("s3" in attrs):
            missing = "s3" not in attrs
            raise AnnealError("import.credentials_missing" if missing else "import.credentials_unused", param="s3")
        return attrs


class BucketListInputSerializer(StrictSerializer):
    """A bucket, and how the names of the objects begin that are asked for."""

    url = serializers.RegexField(r"^s3://", max_length=MAX_URL, help_text="s3://bucket/prefix; `folder/` for a folder.")
    s3 = S3AccessSerializer(help_text="Used for this question and not kept.")


class BucketFileSerializer(serializers.Serializer[Any]):
    """An object in a bucket."""

    url = serializers.CharField(help_text="What `POST uploads/import` fetches it from.")
    name = serializers.CharField(help_text="Below the folder that was asked for.")
    size_bytes = serializers.IntegerField()


class BucketListingSerializer(serializers.Serializer[Any]):
    files = BucketFileSerializer(many=True)
    is_cut = serializers.BooleanField(help_text="True where there are more than the 1,000 that are listed.")


class PersonSerializer(serializers.Serializer[Any]):
    """Who made something."""

    id = serializers.UUIDField()
    email = serializers.CharField(source="shown_email", help_text="“a deleted account” once there is none any more.")


class FileChoicesSerializer(serializers.Serializer[Any]):
    """What somebody said about how a file is to be read; what is absent was left to what is found."""

    encoding = serializers.ChoiceField(choices=ENCODINGS, required=False)
    delimiter = serializers.CharField(required=False)
    quoting = serializers.ChoiceField(choices=QUOTINGS, required=False)
    has_header = serializers.BooleanField(required=False)
    sheet = serializers.CharField(required=False)
    sheet_column = serializers.CharField(required=False)
    header_row = serializers.IntegerField(required=False)
    tag_column = serializers.IntegerField(required=False)
    layout = serializers.ChoiceField(choices=LAYOUTS, required=False)


class FileReadingSerializer(serializers.Serializer[Any]):
    """How a file is read. What does not belong to its format is null."""

    delimiter = serializers.CharField(allow_null=True)
    quoting = serializers.ChoiceField(choices=QUOTINGS, help_text="Of CSV and TSV: how a quote in a cell is written.")
    has_header = serializers.BooleanField()
    sheet = serializers.CharField(allow_null=True)
    sheets = serializers.ListField(child=serializers.CharField(), help_text="Every sheet that is not hidden.")
    header_row = serializers.IntegerField(allow_null=True, help_text="Row of the sheet with the columns' names.")
    records = serializers.CharField(allow_null=True, help_text="Key of the list of records in a JSON document.")
    tag_column = serializers.IntegerField(allow_null=True, help_text="From 1; null for the last.")
    layout = serializers.ChoiceField(choices=LAYOUTS, allow_null=True, help_text="What one example of a text is.")
    dialect = serializers.ChoiceField(choices=DIALECTS, allow_null=True)
    derived = serializers.ListField(child=serializers.CharField(), help_text="Columns that are made of others.")


class DatasetFileSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    upload_id = serializers.UUIDField()
    filename = serializers.CharField()
    member = serializers.CharField(help_text="Name in the uploaded archive, else empty.")
    split = serializers.ChoiceField(choices=FILE_SPLITS)
    format = serializers.ChoiceField(choices=FORMATS, allow_null=True)
    compression = serializers.ChoiceField(choices=PACKINGS, allow_null=True)
    encoding = serializers.CharField(allow_null=True)
    reading = serializers.SerializerMethodField()
    choices = FileChoicesSerializer()
    size_bytes = serializers.IntegerField()
    num_rows = serializers.IntegerField(allow_null=True)
    columns = serializers.ListField(child=serializers.CharField())

    @extend_schema_field(FileReadingSerializer(allow_null=True))
    def get_reading(self, file: DatasetFile) -> Any:
        return FileReadingSerializer(Reading.from_json(file.reading)).data if file.reading else None


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
    split_mode = serializers.ChoiceField(choices=SPLIT_MODES, required=False)
    split_column = serializers.CharField(required=False)
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


class FilterSerializer(StrictSerializer):
    """Rows that meet every condition that is given. Lengths are characters, or tokens, of what rows are compared by."""

    split = serializers.ChoiceField(choices=SPLITS, required=False)
    label = serializers.CharField(required=False, max_length=200, help_text="The label, or a type of its spans.")  # type: ignore[assignment]  # the API's word
    contains = serializers.CharField(required=False, max_length=1000, help_text="In any cell, whatever the case.")
    shorter_than = serializers.IntegerField(required=False, min_value=0, max_value=MAX_LENGTH)
    longer_than = serializers.IntegerField(required=False, min_value=0, max_value=MAX_LENGTH)
    row = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_LENGTH, help_text="The line of the uploaded file; each file has one."
    )
    finding_id = serializers.UUIDField(required=False, help_text="Rows of this finding of the version's doctor.")
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=2**53), required=False, max_length=10_000
    )


class RenamedFileSerializer(serializers.Serializer[Any]):
    """A file whose columns are called otherwise than the dataset's."""

    file = serializers.CharField()
    columns = serializers.DictField(child=serializers.CharField(), help_text="Role -> the file's name for its column.")


class VersionChangeSerializer(serializers.Serializer[Any]):
    """How a version came to be."""

    kind = serializers.ChoiceField(choices=VERSION_KINDS)
    change_id = serializers.UUIDField(required=False)
    counts = ChangeCountsSerializer(required=False)
    number = serializers.IntegerField(required=False, help_text="restore, merge: of the other version.")
    version_id = serializers.UUIDField(required=False, help_text="restore, merge: the other version.")
    dataset = serializers.CharField(required=False, help_text="merge: name of the other dataset.")
    files = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="append: names of the files."
    )
    renamed = RenamedFileSerializer(
        many=True, required=False, help_text="append: files whose columns are called otherwise."
    )
    drop = FilterSerializer(required=False, help_text="filter: which rows were dropped.")
    keep = FilterSerializer(required=False, help_text="filter: which rows alone stayed.")
    finding_id = serializers.UUIDField(required=False, help_text="fix: the doctor's finding.")
    code = serializers.CharField(
        required=False, help_text="fix, filter by a finding: of the finding, such as doctor:leakage."
    )
    fix = serializers.CharField(required=False)
    num_rows = serializers.IntegerField(required=False, help_text="fix: rows that the finding was about.")
    columns = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="fix: the columns that it was made in, where some were chosen.",
    )
    label_session_id = serializers.UUIDField(required=False, help_text="relabel: the labelling session.")
    resolve = serializers.CharField(required=False, help_text="relabel: how people's answers became one.")
    num_tied = serializers.IntegerField(
        required=False, help_text="relabel: rows without a majority, left as they were."
    )
    num_left_out = serializers.IntegerField(
        required=False, help_text="relabel: rows that were gone, or said something else by then, left as they were."
    )


# Made once and not for every row of a list.
_COLUMN_STATISTICS = ColumnStatisticsSerializer(many=True)


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
        return _COLUMN_STATISTICS.to_representation(rows)


class TaskRoleSerializer(serializers.Serializer[Any]):
    """A part of an example of the dataset's task."""

    role = serializers.ChoiceField(choices=ROLES)
    kind = serializers.ChoiceField(choices=KINDS)
    is_optional = serializers.BooleanField()


_TASK_ROLES = TaskRoleSerializer(many=True)


class SuggestionSerializer(serializers.Serializer[Any]):
    """Another task that the columns look like more than like the chosen one."""

    task = serializers.ChoiceField(choices=TASKS)
    confidence = serializers.FloatField()


class NamesModelSerializer(serializers.Serializer[Any]):
    """The model that the data doctor tells names of people by."""

    model_version_id = serializers.UUIDField()
    title = serializers.CharField(help_text="Name and version of the model when it was chosen.")
    types = serializers.ListField(
        child=serializers.CharField(), help_text="Of its types of spans, those that are names."
    )
    is_gone = serializers.BooleanField(help_text="The model was deleted since; no names are looked for.")


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
    problems = ProblemSerializer(
        many=True,
        source="problems_so_far",
        help_text=f"The first {KEPT}; num_problems counts all. While files are read: the first of those found so far.",
    )
    num_problems = serializers.IntegerField(source="num_problems_so_far")
    latest_version = DatasetVersionSerializer(allow_null=True)
    names_model = NamesModelSerializer(allow_null=True, help_text="null where no names of people are looked for.")
    created_at = serializers.DateTimeField()
    created_by = PersonSerializer(allow_null=True)
    deleted_at = serializers.DateTimeField(allow_null=True)
    restorable_until = serializers.DateTimeField(
        allow_null=True, help_text="Until when a deleted one can be brought back; null for the others."
    )

    @extend_schema_field(TaskRoleSerializer(many=True))
    def get_roles(self, dataset: Dataset) -> Any:
        known = form_columns(dataset.task, dataset.mapping or ()) if dataset.task in COLUMNS else ()
        return _TASK_ROLES.to_representation(known)


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


class AppendFileInputSerializer(DatasetFileInputSerializer):
    columns = serializers.DictField(
        child=serializers.CharField(max_length=220, trim_whitespace=False),
        required=False,
        help_text="Role of the task -> the file's name for its column, where the dataset calls it otherwise.",
    )


class DatasetInputSerializer(StrictSerializer):
    name = _name_field()
    task = serializers.ChoiceField(choices=TASKS, default="classification")
    files = serializers.ListField(child=DatasetFileInputSerializer(), allow_empty=False, max_length=MAX_FILES)


class DatasetUpdateSerializer(StrictSerializer):
    name = _name_field(required=False)
    base_name = base_field("name")
    task = serializers.ChoiceField(
        choices=TASKS, required=False, help_text="As long as there is no version; the files are inspected again."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Nothing at all is a mistake."""
        if not attrs:
            raise AnnealError("dataset.nothing_to_change", param="name")
        return attrs


class FileChoicesInputSerializer(StrictSerializer):
    """How a file is to be read. null leaves a thing to what is found; what is absent stays as it was."""

    encoding = serializers.ChoiceField(choices=ENCODINGS, required=False, allow_null=True)
    delimiter = serializers.CharField(
        trim_whitespace=False, required=False, allow_null=True, help_text="Between the fields of a row: one character."
    )
    quoting = serializers.ChoiceField(
        choices=QUOTINGS,
        required=False,
        allow_null=True,
        help_text="Of a quote inside of a cell: written twice, or behind a backslash. none: quotes enclose nothing.",
    )
    has_header = serializers.BooleanField(
        required=False, allow_null=True, help_text="Whether the first row names the columns; else they are numbered."
    )
    sheet = serializers.CharField(
        max_length=255, trim_whitespace=False, required=False, allow_null=True, help_text="Of a spreadsheet."
    )
    sheets = serializers.ListField(
        child=serializers.CharField(max_length=255, trim_whitespace=False),
        min_length=1,
        max_length=MOST_SHEETS,
        required=False,
        help_text="In place of `sheet`: each of these becomes a file of the dataset, as members of an archive do.",
    )
    sheet_column = serializers.CharField(
        max_length=MAX_NAME_CHARACTERS,
        required=False,
        allow_null=True,
        help_text="Of a spreadsheet: the name of a further column that holds the name of the sheet.",
    )
    header_row = serializers.IntegerField(
        min_value=HEADER_ROWS[0],
        max_value=HEADER_ROWS[-1],
        required=False,
        allow_null=True,
        help_text="Of a spreadsheet, from 1.",
    )
    tag_column = serializers.IntegerField(
        min_value=TAG_COLUMNS[0],
        max_value=TAG_COLUMNS[-1],
        required=False,
        allow_null=True,
        help_text="Of lines of tokens, from 1.",
    )
    layout = serializers.ChoiceField(choices=LAYOUTS, required=False, allow_null=True, help_text="Of plain text.")

    def validate_delimiter(self, value: str | None) -> str | None:
        """One character that can separate."""
        if value is not None and not is_delimiter(value):
            raise AnnealError("dataset.bad_delimiter", param="delimiter")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Nothing at all is a mistake."""
        if not attrs:
            raise AnnealError("dataset.nothing_to_change", param="encoding")
        if {"sheet", "sheets"} <= attrs.keys():
            raise AnnealError("dataset.sheet_or_sheets", param="sheets")
        return attrs

    def validate_sheets(self, value: list[str]) -> list[str]:
        """Each once."""
        return list(dict.fromkeys(value))


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
    split_mode = serializers.ChoiceField(
        choices=SPLIT_MODES,
        default="stratified",
        help_text=(
            "How files with the split auto (and train, where a split is missing) are divided. stratified: every label in every split; "
            "random: by text alone; grouped: rows with the same split_column together; time: the newest by split_column to test; "
            "given: split_column says train, validation or test of each row, in the usual spellings, and shares do not matter. "
            "Rows with the same text always stay together but for grouped, time and given."
        ),
    )
    split_column = serializers.CharField(max_length=220, trim_whitespace=False, allow_null=True, default=None)
    skip_bad_rows = serializers.BooleanField(
        default=False, help_text="Leave rows with errors out (they become warnings) instead of refusing the files."
    )


class PreviewSerializer(serializers.Serializer[Any]):
    """A window onto rows: `row`, the roles of the task and `split` of the latest version, or raw columns of the first file before."""

    columns = serializers.ListField(child=serializers.CharField())
    data = serializers.ListField(child=serializers.DictField(child=serializers.JSONField()))  # type: ignore[assignment]  # the API's word
    total = serializers.IntegerField()


class NewestDatasetSerializer(serializers.Serializer[Any]):
    """The newest dataset that has a version, or else the newest: where somebody stands who has just begun."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=DATASET_STATES)
    version_id = serializers.UUIDField(allow_null=True)
    doctor_state = serializers.ChoiceField(choices=REPORT_STATES, allow_null=True)
    num_findings = serializers.IntegerField()
