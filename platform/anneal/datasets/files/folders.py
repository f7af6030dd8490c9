"""Archives whose folders are labels and whose files are one text each, as `reviews/train/positive/0_9.txt`: read as rows of JSON lines.

Only what is in the archive's table decides whether it is one, so that nothing is read twice or half.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from anneal.datasets.files.encoding import BOMS, encoding_guess
from anneal.datasets.files.problems import Problem, ProblemLog, UnreadableError, shown
from anneal.datasets.files.reading import MAX_FIELD_CHARACTERS, Source

TEXT, LABEL, FILE = "text", "label", "file"
_SUFFIX = ".txt"
_FEWEST_LABELS = 2
_FEWEST_PER_LABEL = 3
_NAMED = 5
_EVIDENCE_BYTES = 512 * 1024
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\x28\xb5\x2f\xfd")


@dataclass(frozen=True)
class LabelledText:
    """One file: its name in the archive, the folder that it lies in, and the split that a folder above that speaks of."""

    member: str
    label: str
    split: str


def labelled_texts(members: Sequence[str], split_of: Callable[[str], str]) -> list[LabelledText] | None:
    """What the files of an archive are, all of them; None where folders are no labels.

    Text files alone, all equally deep, in two folders or more of at least three files on average, none of which is called after a split.
    """
    paths = [PurePosixPath(member) for member in members]
    if {path.suffix.lower() for path in paths} != {_SUFFIX} or len({len(path.parts) for path in paths}) > 1:
        return None
    labels = {path.parent.name for path in paths}
    if len(labels) < _FEWEST_LABELS or len(paths) < _FEWEST_PER_LABEL * len(labels):
        return None
    if any(not label or split_of(label) != "auto" for label in labels):
        return None
    return [
        LabelledText(member, path.parent.name, split_of(str(path.parent.parent)))
        for member, path in zip(members, paths, strict=True)
    ]


def rows_write(
    source: Source, texts: Sequence[LabelledText], read: Callable[[int], bytes], folder: Path, log: ProblemLog
) -> Iterator[tuple[str, Path]]:
    """One file of rows for each split, with the split. `read` gives the bytes of a text by its number. Files without text are left out
    and told.

    Raises UnreadableError, naming the file that cannot be read.
    """
    codec = _codec_of_others(source, texts, read, log)
    empty: list[str] = []
    paths = {split: folder / f"{source.path.name}.{split}.rows" for split in dict.fromkeys(one.split for one in texts)}
    for split, path in paths.items():
        with path.open("w", encoding="utf-8") as out:
            for number, one in enumerate(texts):
                if one.split != split:
                    continue
                text = _text(source, one, read(number), codec)
                if not text.strip():
                    empty.append(one.member)
                    continue
                out.write(json.dumps({TEXT: text, LABEL: one.label, FILE: one.member}, ensure_ascii=True) + "\n")
    labels = sorted({one.label for one in texts})
    _tell(source, log, "data:folders_read", len(texts) - len(empty), labels, total=len(labels))
    if empty:
        _tell(source, log, "data:texts_empty", len(empty), empty)
    yield from paths.items()


def _tell(source: Source, log: ProblemLog, code: str, found: int, names: Sequence[str], **more: int) -> None:
    named = ", ".join(map(shown, names[:_NAMED])) + (", …" if len(names) > _NAMED else "")
    log.add(Problem(code, "warning", file=source.name, params={"found": found, "names": named, **more}))


def _codec_of_others(
    source: Source, texts: Sequence[LabelledText], read: Callable[[int], bytes], log: ProblemLog
) -> str | None:
    """The encoding of files that are no UTF-8, which is one for all of them; None where there are none."""
    evidence, first = bytearray(), None
    for number, one in enumerate(texts):
        data = read(number)
        if data.startswith(_PACKED):
            raise UnreadableError(
                Problem("data:archive_nested", file=source.name, params={"member": shown(one.member)})
            )
        if len(evidence) < _EVIDENCE_BYTES and _marked(data) is None:
            try:
                data.decode()
            except UnicodeDecodeError as error:
                first = first or (one, error.start, data.count(b"\n", 0, error.start) + 1)
                evidence += b"".join(line + b"\n" for line in data.splitlines() if not line.isascii())
    if first is None:
        return None
    guessed = encoding_guess(bytes(evidence))
    if guessed in {None, "utf-8"}:
        one, offset, line = first
        told = {"offset": offset, "line": line}
        raise UnreadableError(Problem("data:encoding_unknown", file=f"{source.name}/{one.member}", params=told))
    log.add(Problem("data:encoding_guessed", "warning", file=source.name, params={"encoding": str(guessed).upper()}))
    return guessed


def _marked(data: bytes) -> str | None:
    """The encoding that a file says itself."""
    return next((name for bom, name in BOMS if name and data.startswith(bom)), None)


def _text(source: Source, one: LabelledText, data: bytes, codec: str | None) -> str:
    try:
        text = _decoded(data, codec)
    except UnicodeDecodeError as error:
        told = {"offset": error.start, "line": data.count(b"\n", 0, error.start) + 1}
        raise UnreadableError(
            Problem("data:encoding_unknown", file=f"{source.name}/{one.member}", params=told)
        ) from error
    if len(text) > MAX_FIELD_CHARACTERS:
        told = {"limit": MAX_FIELD_CHARACTERS}
        raise UnreadableError(Problem("data:field_too_long", file=f"{source.name}/{one.member}", row=1, params=told))
    return text


def _decoded(data: bytes, codec: str | None) -> str:
    """Bytes as what they say that they are, else as UTF-8, else as the others are."""
    marked = _marked(data)
    if marked is None and codec is not None:
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode()
    return data.decode(marked or codec or "utf-8")
