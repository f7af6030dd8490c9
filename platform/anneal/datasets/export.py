"""Versions as files to take away: plain tables, and the forms that other tools of the field read. Everything is written as it is sent."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from anneal.common.api.downloads import filename_stem
from anneal.common.csv_lines import csv_line
from anneal.common.storage import store
from anneal.datasets.files.stored import StoredFile, groups
from anneal.datasets.models import DatasetVersion
from anneal.datasets.open_document import MAX_SIZE, is_unspeakable, open_document_parts, row_of
from anneal.datasets.rows import stored, version_roles
from anneal.datasets.workbook import MAX_CHARACTERS, Cell, is_too_long, workbook_parts
from workers.contract.columns import Kind, are_messages, form_columns, is_judged
from workers.contract.tagged import DOCUMENT

_PIECE_BYTES = 256 * 1024
_PIECE_CHARACTERS = 64 * 1024
_IS_JSON: frozenset[Kind] = frozenset({"answers", "candidates", "messages", "json"})

_LINE = "row"
_UNCOMPRESSED = "mimetype"

Row = dict[str, Any]
# The rows of one split, as values of JSON, to the text of one file.
Write = Callable[[DatasetVersion, Iterator[Row]], Iterator[str]]
# The name of the first sheet, the header and the rows to the parts of a workbook.
Parts = Callable[[str, Sequence[str], Iterable[Sequence[Cell]]], Iterator[tuple[str, Iterator[str]]]]


@dataclass(frozen=True)
class ExportFormat:
    """One form. `tasks` None: any task."""

    suffix: str
    media_type: str
    write: Write | None
    """None: the files as they are kept, or a workbook."""
    tasks: frozenset[str] | None = None
    fits: Mapping[str, Callable[[Row], bool]] = field(default_factory=dict)
    """By task, whether the form can hold a row to the letter; it can hold every row of the tasks that are not named."""
    has_formulas: bool = False
    """Whether spreadsheets open it as text, so that what they would take for a formula is escaped."""
    parts: Parts | None = None
    """Of a workbook."""

    @property
    def is_open_document(self) -> bool:
        return self.parts is open_document_parts


@dataclass(frozen=True)
class Misfit:
    """A row that a form cannot hold; `row` is its line in the uploaded file. `code` is of the refusal, `params` what it says besides."""

    split: str
    row: int
    code: str = "export.row_does_not_fit"
    params: Mapping[str, str | int] = field(default_factory=dict)


def export_misfit(version: DatasetVersion, name: str, split: str | None) -> Misfit | None:
    """The first row that cannot be said in this form: once the first byte is out, it could only be left out or changed."""
    form = FORMATS[name]
    fits = form.fits.get(version.task)
    if fits is None and form.parts is None:
        return None
    with stored(version) as (files,):
        for file in files:
            if split not in {None, file.split}:
                continue
            size = 0
            for line, row in _lined_rows(version, file):
                if fits is not None and not fits(row):
                    return Misfit(file.split, line)
                if form.parts is not None:
                    cells = {role: _cell(value) for role, value in row.items()}
                    size += len(row_of(list(cells.values()))) if form.is_open_document else 0
                    misfit = _cells_misfit(form, cells, size)
                    if misfit is not None:
                        return Misfit(file.split, line, *misfit)
    return None


def _cells_misfit(
    form: ExportFormat, cells: Mapping[str, Cell], size: int
) -> tuple[str, Mapping[str, str | int]] | None:
    """Why a workbook cannot hold a row. `size`: of the rows up to this one, in characters, where they have to be in one part."""
    column = next((role for role, cell in cells.items() if is_too_long(cell)), None)
    if column is not None:
        return "export.cell_too_long", {"column": column, "limit": MAX_CHARACTERS}
    if form.is_open_document and any(map(is_unspeakable, cells.values())):
        return "export.row_does_not_fit", {}
    return ("export.too_large", {}) if size > MAX_SIZE else None


def export_formats(version: DatasetVersion) -> list[str]:
    """Names of the forms that fit a version. OpenAI's files have no single answers with a verdict."""
    has_verdicts = is_judged(version.task, version.mapping)
    return [
        name
        for name, form in FORMATS.items()
        if form.tasks is None or (version.task in form.tasks and not (name == "openai" and has_verdicts))
    ]


def export_filename(version: DatasetVersion, name: str, split: str | None) -> str:
    """How the file is called: after the dataset, with the version's number."""
    stem = f"{filename_stem(version.dataset.name, 'dataset')}-v{version.number}"
    form = FORMATS[name]
    return f"{stem}-{split}.{form.suffix}" if split else f"{stem}-{name}.zip"


def export_stream(version: DatasetVersion, name: str, split: str | None) -> Iterator[bytes]:
    """The bytes of one split's file, or of an archive with a file for each split. Needs no database."""
    form = FORMATS[name]
    with stored(version) as (files,):
        if split is not None:
            for file in files:
                if file.split == split:
                    yield from _content(version, form, file)
            return
        yield from _archive((f"{file.split}.{form.suffix}", _content(version, form, file)) for file in files)


def _archive(members: Iterable[tuple[str, Iterator[bytes]]], *, is_large: bool = True) -> Iterator[bytes]:
    """A ZIP archive, written to nowhere and passed on piece by piece. `is_large`: whether a member may have more than 2 GiB."""
    passing = _Passing()
    with zipfile.ZipFile(passing, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            # The same date in every archive, so that the same version gives the same bytes.
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_STORED if name == _UNCOMPRESSED else zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=is_large) as member:
                for piece in content:
                    member.write(piece)
                    yield from passing.taken()
            yield from passing.taken()
    yield from passing.taken()


class _Passing(io.RawIOBase):
    """A file that cannot be gone back in; what was written is taken from it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        """Take bytes in."""
        self._pieces.append(bytes(piece))
        return len(piece)

    def taken(self) -> Iterator[bytes]:
        """What was written since the last time."""
        pieces, self._pieces = self._pieces, []
        yield from pieces


def _content(version: DatasetVersion, form: ExportFormat, file: StoredFile) -> Iterator[bytes]:
    if form.parts is not None:
        rows = (list(map(_cell, row.values())) for row in _rows(version, file))
        parts = form.parts(file.split, version_roles(version), rows)
        yield from _archive(((name, _encoded(part)) for name, part in parts), is_large=False)
    elif form.write is not None:
        yield from _encoded(form.write(version, _rows(version, file)))
    else:
        with file.path.open("rb") as source:
            while piece := source.read(_PIECE_BYTES):
                yield piece


def _encoded(texts: Iterator[str]) -> Iterator[bytes]:
    waiting: list[str] = []
    characters = 0
    for text in texts:
        waiting.append(text)
        characters += len(text)
        if characters >= _PIECE_CHARACTERS:
            yield "".join(waiting).encode()
            waiting, characters = [], 0
    yield "".join(waiting).encode()


def _rows(version: DatasetVersion, file: StoredFile) -> Iterator[Row]:
    return (row for _, row in _lined_rows(version, file))


def _lined_rows(version: DatasetVersion, file: StoredFile) -> Iterator[tuple[int, Row]]:
    """Rows by role, each after its line; what is kept as JSON text is a value again."""
    roles = version_roles(version)
    kinds = {column.role: column.kind for column in form_columns(version.task, roles)}
    for group in groups([file]):
        for row in group.table([_LINE, *roles]).to_pylist():
            yield row[_LINE], {role: _value(row.get(role), kinds[role]) for role in roles}


def _value(cell: Any, kind: Kind) -> Any:
    if kind == "flag":
        return cell == "true"
    if cell is not None and (kind in _IS_JSON or (kind == "text_or_messages" and cell.lstrip().startswith("["))):
        try:
            value = json.loads(cell)
        except ValueError:
            return cell  # a text that begins like a list
        return value if kind in _IS_JSON or are_messages(value) else cell
    return cell


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


# --- tables


def _jsonl(_version: DatasetVersion, rows: Iterator[Row]) -> Iterator[str]:
    for row in rows:
        yield _line(_given(row))


def _json(_version: DatasetVersion, rows: Iterator[Row]) -> Iterator[str]:
    """One list, a row on each line of it."""
    separator = "[\n"
    for row in rows:
        yield separator + json.dumps(_given(row), ensure_ascii=False)
        separator = ",\n"
    yield "\n]\n"


def _given(row: Mapping[str, Any]) -> Row:
    return {role: value for role, value in row.items() if value is not None}


def _table(delimiter: str) -> Write:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers are left alone."""

    def write(version: DatasetVersion, rows: Iterator[Row]) -> Iterator[str]:
        yield csv_line(version_roles(version), delimiter=delimiter)
        for row in rows:
            yield csv_line(map(_cell, row.values()), delimiter=delimiter)

    return write


def _cell(value: Any) -> Cell:
    return value if value is None or isinstance(value, float | str) else json.dumps(value, ensure_ascii=False)


# --- forms of other tools


def _openai(version: DatasetVersion, rows: Iterator[Row]) -> Iterator[str]:
    """Files for fine-tuning in OpenAI's dialect: chat, preferences (DPO), and prompts with completions."""
    form = _OPENAI[version.task]
    for row in rows:
        yield _line(form(row))


def _chat(row: Row) -> Row:
    return {"messages": row["messages"], **({"tools": row["tools"]} if row.get("tools") else {})}


def _dpo(row: Row) -> Row:
    return {
        "input": {
            "messages": _messages(row["prompt"], "user"),
            **({"tools": row["tools"]} if row.get("tools") else {}),
        },
        "preferred_output": _messages(row["chosen"], "assistant"),
        "non_preferred_output": _messages(row["rejected"], "assistant"),
    }


def _messages(value: Any, speaker: str) -> Any:
    return value if isinstance(value, list) else [{"role": speaker, "content": value}]


def _completion(prompt: str, completion: str) -> Callable[[Row], Row]:
    return lambda row: {"prompt": row[prompt], "completion": row[completion]}


_OPENAI: Final[Mapping[str, Callable[[Row], Row]]] = {
    "chat": _chat,
    "preference": _dpo,
    "translation": _completion("source", "target"),
    "summarisation": _completion("source", "target"),
    "classification": _completion("text", "label"),
}


def _alpaca(version: DatasetVersion, rows: Iterator[Row]) -> Iterator[str]:
    forms = {"chat": _alpaca_talk, "preference": _alpaca_preference}
    form = forms.get(version.task, _alpaca_pair)
    for row in rows:
        yield _line(form(row))


def _alpaca_pair(row: Row) -> Row:
    return {"instruction": row["source"], "input": "", "output": row["target"]}


def _alpaca_talk(row: Row) -> Row:
    """Earlier turns are `history`, and what was said to the system is `system`, as LLaMA-Factory has them."""
    messages = row["messages"]
    has_system = messages[0]["role"] == "system"
    texts = [message["content"] for message in messages[has_system:]]
    *history, (asked, answered) = zip(texts[::2], texts[1::2], strict=True)
    return {
        "instruction": asked,
        "input": "",
        "output": answered,
        **({"system": messages[0]["content"]} if has_system else {}),
        **({"history": history} if history else {}),
    }


def _alpaca_preference(row: Row) -> Row:
    """Two answers, or one with a verdict on it (LLaMA-Factory, data/README.md)."""
    asked = {"instruction": row["prompt"], "input": ""}
    if "completion" in row:
        return {**asked, "output": row["completion"], "kto_tag": row["label"]}
    return {**asked, "chosen": row["chosen"], "rejected": row["rejected"]}


def _is_alpaca_preference(row: Row) -> bool:
    """Whether it is asked and answered in plain texts."""
    parts = [row[name] for name in ("prompt", "completion", "chosen", "rejected") if name in row]
    return all(isinstance(part, str) for part in parts) and not row.get("tools")


def _is_alpaca(row: Row) -> bool:
    """A user and an assistant in turn, of whom nothing but a text is known."""
    messages = row["messages"]
    turns = messages[messages[0]["role"] == "system" :]
    speakers = [message["role"] for message in turns]
    is_in_turn = bool(turns) and speakers == ["user", "assistant"] * (len(turns) // 2)
    return is_in_turn and all(map(_is_said, messages)) and not row.get("tools")


def _is_said(message: Mapping[str, Any]) -> bool:
    """Whether a message is a speaker and a text, and nothing beside."""
    return _given(message).keys() == {"role", "content"}


_SHAREGPT: Final = {"system": "system", "user": "human", "assistant": "gpt", "tool": "observation"}


def _sharegpt(version: DatasetVersion, rows: Iterator[Row]) -> Iterator[str]:
    form = _sharegpt_preference if version.task == "preference" else _sharegpt_talk
    for row in rows:
        yield _line(form(row))


def _sharegpt_talk(row: Row) -> Row:
    turns = [turn for message in row["messages"] for turn in _turns(message)]
    return {"conversations": turns, **({"tools": json.dumps(row["tools"])} if row.get("tools") else {})}


def _is_sharegpt_talk(row: Row) -> bool:
    """Whether messages are no more than who says what or calls which tools: ShareGPT has no weights, names and ids."""
    return all(_given(message).keys() <= {"role", "content", "tool_calls"} for message in row["messages"])


def _sharegpt_preference(row: Row) -> Row:
    """What was asked, and either answer as one turn; a single answer is the last turn, with a verdict (LLaMA-Factory, data/README.md)."""
    asked = _messages(row["prompt"], "user")
    if "completion" in row:
        answered = _messages(row["completion"], "assistant")
        return {"conversations": list(map(_said, [*asked, *answered])), "kto_tag": row["label"]}
    answers = {name: _messages(row[name], "assistant")[0] for name in ("chosen", "rejected")}
    return {
        "conversations": list(map(_said, asked)),
        **{name: _said(message) for name, message in answers.items()},
    }


def _said(message: Mapping[str, Any]) -> dict[str, str]:
    return {"from": _SHAREGPT[message["role"]], "value": message["content"]}


def _is_sharegpt_preference(row: Row) -> bool:
    answers = [_messages(row[name], "assistant") for name in ("completion", "chosen", "rejected") if name in row]
    is_one_each = all([message["role"] for message in answer] == ["assistant"] for answer in answers)
    parts = [*_messages(row["prompt"], "user"), *(message for answer in answers for message in answer)]
    return is_one_each and all(map(_is_said, parts)) and not row.get("tools")


def _turns(message: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """One message; calls of tools are turns of their own, whatever versions of before these were checked hold there."""
    if message.get("content"):
        yield {"from": _SHAREGPT[message["role"]], "value": message["content"]}
    calls = message.get("tool_calls") or []
    single = [message["function_call"]] if message.get("function_call") else []
    for call in [*(calls if isinstance(calls, list) else [calls]), *single]:
        called = call.get("function", call) if isinstance(call, dict) else call
        value = called if isinstance(called, str) else json.dumps(called, ensure_ascii=False)
        yield {"from": "function_call", "value": value}


def _conll(_version: DatasetVersion, rows: Iterator[Row]) -> Iterator[str]:
    """A token and its tag on a line, an empty line after each row (CoNLL-2003)."""
    for row in rows:
        for token, tag in zip(row["tokens"], row["tags"], strict=True):
            yield f"{token} {tag}\n"
        yield "\n"


def _paragraphs(_version: DatasetVersion, rows: Iterator[Row]) -> Iterator[str]:
    for row in rows:
        yield f"{row['text']}\n\n"


def _is_paragraph(row: Row) -> bool:
    """A text whose end nobody would look for within it."""
    lines = row["text"].split("\n")
    return "\r" not in row["text"] and not any(not line or line.isspace() for line in lines)


def _is_conll(row: Row) -> bool:
    """Whether no token has white space, at which it would be read as ended, and none begins a document."""
    parts = [*row["tokens"], *row["tags"]]
    return all(part.split() == [part] for part in parts) and not any(
        token.startswith(DOCUMENT) for token in row["tokens"]
    )


def _squad(version: DatasetVersion, rows: Iterator[Row]) -> Iterator[str]:
    """SQuAD 2.0: one paragraph for each row, so that nothing has to be kept in memory."""
    title = json.dumps(version.dataset.name, ensure_ascii=False)
    yield f'{{"version": "v2.0", "data": [{{"title": {title}, "paragraphs": ['
    for number, row in enumerate(rows, start=1):
        answers = row["answers"]
        question = {
            "id": str(number),
            "question": row["question"],
            "answers": [
                {"text": text, "answer_start": start}
                for text, start in zip(answers["text"], answers["answer_start"], strict=True)
            ],
            "is_impossible": not answers["text"],
        }
        separator = ", " if number > 1 else ""
        yield separator + json.dumps({"context": row["context"], "qas": [question]}, ensure_ascii=False)
    yield "]}]}\n"


FORMATS: Final[Mapping[str, ExportFormat]] = {
    "jsonl": ExportFormat("jsonl", "application/x-ndjson", _jsonl),
    "json": ExportFormat("json", "application/json", _json),
    "csv": ExportFormat("csv", "text/csv; charset=utf-8", _table(","), has_formulas=True),
    "tsv": ExportFormat("tsv", "text/tab-separated-values; charset=utf-8", _table("\t"), has_formulas=True),
    "xlsx": ExportFormat(
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        None,
        parts=workbook_parts,
    ),
    "ods": ExportFormat("ods", "application/vnd.oasis.opendocument.spreadsheet", None, parts=open_document_parts),
    "parquet": ExportFormat("parquet", "application/vnd.apache.parquet", None),
    "openai": ExportFormat("jsonl", "application/x-ndjson", _openai, frozenset(_OPENAI)),
    "text": ExportFormat(
        "txt",
        "text/plain; charset=utf-8",
        _paragraphs,
        frozenset({"causal_lm", "masked_lm"}),
        fits={"causal_lm": _is_paragraph, "masked_lm": _is_paragraph},
    ),
    "conll": ExportFormat(
        "conll",
        "text/plain; charset=utf-8",
        _conll,
        frozenset({"token_classification"}),
        fits={"token_classification": _is_conll},
    ),
    "squad": ExportFormat("json", "application/json", _squad, frozenset({"question_answering"})),
    "alpaca": ExportFormat(
        "jsonl",
        "application/x-ndjson",
        _alpaca,
        frozenset({"translation", "summarisation", "chat", "preference"}),
        fits={"chat": _is_alpaca, "preference": _is_alpaca_preference},
    ),
    "sharegpt": ExportFormat(
        "jsonl",
        "application/x-ndjson",
        _sharegpt,
        frozenset({"chat", "preference"}),
        fits={"chat": _is_sharegpt_talk, "preference": _is_sharegpt_preference},
    ),
}


def export_check(version: DatasetVersion) -> bool:
    """Whether every file is there: once the first byte is out, a missing one can only break the connection."""
    try:
        return all(store().size_bytes(file["key"]) == file["size_bytes"] for file in version.files)
    except FileNotFoundError:
        return False
