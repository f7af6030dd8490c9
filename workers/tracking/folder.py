"""The record of a run: from the folder that `workers.trainer.run` fills, also of a run that goes on, or from a file of the platform."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import ValidationError

from workers.contract.base import Value
from workers.contract.events import Failed, Finished, Metrics, Started, Stopped, TrialEnded, event_from_json
from workers.contract.record import SEARCH_SERIES, Curve, RunRecord, figures_of, parameters_of, tags_of
from workers.contract.results import Evaluation
from workers.contract.spec import JobSpec
from workers.tracking.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from workers.contract.events import Event

_V = TypeVar("_V", bound=Value)
_CARDS = ("model/README.md", "adapter/README.md")
_ENDS: dict[type[Value], Literal["succeeded", "failed", "stopped"]] = {
    Finished: "succeeded",
    Failed: "failed",
    Stopped: "stopped",
}


def record_of(path: Path) -> RunRecord:
    """Of a folder or a file. Raises ExportError."""
    try:
        return _of_folder(path) if path.is_dir() else _read(path, RunRecord)
    except OSError as error:
        raise ExportError(f"{error.filename or path} cannot be read: {error.strerror}.") from error


def _of_folder(folder: Path) -> RunRecord:
    spec = _read(folder / "spec.json", JobSpec)
    events = folder / "events.jsonl"
    told = list(_events(events))
    started = next((event for event in reversed(told) if isinstance(event, Started)), None)
    points = [event for event in told if isinstance(event, Metrics)]
    if started is None or not points:
        raise ExportError(f"{events} has no curve yet; export the run once it trains.")
    state = _state(told)
    evaluation = folder / "evaluation.json"
    cards = [folder / name for name in _CARDS if (folder / name).is_file()]
    name = folder.resolve().name
    return RunRecord(
        id=_id(name, spec, points[0]),
        name=name,
        state=state,
        started_at=_written_at(folder / "spec.json"),
        ended_at=None if state == "running" else _written_at(events),
        parameters=parameters_of(spec, started.resolved),
        tags=tags_of(spec, data_sha256=started.data_sha256, fingerprint=started.fingerprint),
        series=_series(told),
        figures=figures_of(_read(evaluation, Evaluation)) if evaluation.is_file() else {},
        card=cards[0].read_text(encoding="utf-8") if cards else None,
    )


def _id(name: str, spec: JobSpec, first: Metrics) -> str:
    """Stays the same as long as the run goes on, and differs for another spec, other data, or a folder of another name."""
    told = f"{name}/{spec.sha256()}/{first.model_dump_json()}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _events(path: Path) -> Iterator[Event]:
    with path.open("rb") as lines:
        for line in lines:
            try:
                yield event_from_json(line)
            except ValidationError:
                continue  # The process died in the middle of this line.


def _state(told: Sequence[Event]) -> Literal["running", "succeeded", "failed", "stopped"]:
    last = next(event for event in reversed(told) if isinstance(event, (Started, *_ENDS)))
    return _ENDS.get(type(last), "running")


def _series(told: Sequence[Event]) -> dict[str, Curve]:
    series: dict[str, list[tuple[int, float]]] = {}
    for event in told:
        if isinstance(event, Metrics):
            for name, value in event.values.items():
                series.setdefault(name, []).append((event.step, value))
        elif isinstance(event, TrialEnded) and event.value is not None:
            series.setdefault(SEARCH_SERIES, []).append((event.number, event.value))
    return {name: tuple(points) for name, points in series.items()}


def _written_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)


def _read(path: Path, kind: type[_V]) -> _V:
    try:
        return kind.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first: Any = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "its beginning"
        raise ExportError(f"{path} is no {kind.__name__}: {first['msg']} (at {place}).") from error
