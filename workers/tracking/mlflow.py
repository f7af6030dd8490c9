"""Runs in MLflow, through its REST API (mlflow.org/docs/latest/api_reference/rest-api.html), so that no package of MLflow is needed.

Who is asking stands in the environment, by the names of MLflow's own client: MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and
MLFLOW_TRACKING_PASSWORD.
"""

from __future__ import annotations

import base64
import json
import os
import time
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from workers.tracking.errors import ExportError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from workers.contract.events import Scalar
    from workers.contract.record import RunRecord

_T = TypeVar("_T")

# Of one request of log-batch.
MAX_METRICS: Final = 1000
MAX_PARAMS: Final = 100
# What every store keeps of one text, in bytes.
MAX_PARAM_BYTES: Final = 6000
MAX_TAG_BYTES: Final = 5000
_RUN_TAG: Final = "anneal.id"
_CARD: Final = "model_card.md"
_STATES: Final = {"running": "RUNNING", "succeeded": "FINISHED", "failed": "FAILED", "stopped": "KILLED"}
_OK: Final = 200
_AWAY: Final = frozenset({429, 500, 502, 503, 504})
_PAUSES_S: Final = (1.0, 2.0, 4.0, 8.0)
_LONGEST_PAUSE_S: Final = 60.0
_TIMEOUT_S: Final = 60.0


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", required=True, help="of the tracking server: https://host/path")
    parser.add_argument(
        "--experiment", default="anneal", metavar="NAME", help="made when it is missing; default: anneal"
    )


def export(record: RunRecord, options: argparse.Namespace) -> str:
    """See `Destination`. A run that is there already is found by a tag, and gets what it does not have."""
    return Tracking(Server(options.url)).export(record, options.experiment)


class _RefusedError(ExportError):
    """An answer that repeating does not change; `code` is MLflow's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class _AwayError(ExportError):
    """No answer, or one that asks to come again, perhaps after so many seconds."""

    def __init__(self, message: str, *, after_s: float = 0.0) -> None:
        super().__init__(message)
        self.after_s = after_s


class Server:
    """Calls of the REST API. Answers of any status come back, and redirects are not followed: they would take the key elsewhere."""

    def __init__(self, url: str, *, pause: Callable[[float], None] = time.sleep) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ExportError("The address of the tracking server is like https://host or https://host/path.")
        if parts.username or parts.password:
            raise ExportError(
                "The address must not hold a password; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD."
            )
        self.url = url.rstrip("/")
        self._pause = pause
        self._headers = _authorization(os.environ)
        self._opener = OpenerDirector()
        for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler()):
            self._opener.add_handler(handler)

    def patiently(self, action: Callable[[], _T]) -> _T:
        """Repeat an action that may be repeated while the server is away. Raises ExportError."""
        for usual_s in _PAUSES_S:
            try:
                return action()
            except _AwayError as error:
                self._pause(min(max(usual_s, error.after_s), _LONGEST_PAUSE_S))
        return action()

    def get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        return self._call("GET", f"mlflow/{path}?{urlencode(query)}")

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._call("POST", f"mlflow/{path}", json.dumps(body).encode(), "application/json")

    def put_file(self, path: str, content: bytes) -> None:
        """By way of the server's proxy for artifacts."""
        self._call("PUT", f"mlflow-artifacts/artifacts/{quote(path)}", content, "application/octet-stream")

    def _call(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> dict[str, Any]:
        headers = {**self._headers, **({"Content-Type": kind} if kind else {})}
        request = Request(f"{self.url}/api/2.0/{path}", data=body, headers=headers, method=method)  # noqa: S310 - http or https, see above
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as answer:
                status, said, after = answer.status, answer.read(), answer.headers.get("Retry-After", "")
        except (OSError, HTTPException) as error:
            raise _AwayError(f"{self.url} does not answer: {getattr(error, 'reason', None) or error}.") from error
        document = _document(said)
        if status == _OK and document is not None:
            return document
        code = str((document or {}).get("error_code", ""))
        told = (
            f"{self.url} answered {path.partition('?')[0]} with {f'{status} {code}'.strip()}: {_words(document, said)}"
        )
        if status in _AWAY:
            raise _AwayError(told, after_s=float(after) if after.isdecimal() else 0.0)
        raise _RefusedError(code, told)


def _authorization(environment: Mapping[str, str]) -> dict[str, str]:
    if token := environment.get("MLFLOW_TRACKING_TOKEN"):
        return {"Authorization": f"Bearer {token}"}
    if user := environment.get("MLFLOW_TRACKING_USERNAME"):
        pair = f"{user}:{environment.get('MLFLOW_TRACKING_PASSWORD', '')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {}


def _document(said: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(said or b"{}")
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _words(document: dict[str, Any] | None, said: bytes) -> str:
    words = (document or {}).get("message") or said.decode(errors="replace")
    return " ".join(str(words).split())[:300] or "nothing"


class Tracking:
    """A record in one tracking server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def export(self, record: RunRecord, experiment: str) -> str:
        """Where the run is. Raises ExportError; what had been sent until then stays, and the next export goes on."""
        experiment_id = self._server.patiently(lambda: self._experiment(experiment))
        run = self._server.patiently(lambda: self._find(experiment_id, record) or self._create(experiment_id, record))
        run_id = run["info"]["run_id"]
        self._send_texts(run, record)
        self._send_points(run, record)
        is_card_sent = self._send_card(run["info"].get("artifact_uri", ""), record.card)
        self._post("runs/update", {"run_id": run_id, "status": _STATES[record.state], **_end(record.ended_at)})
        where = f"{self._server.url}/#/experiments/{experiment_id}/runs/{run_id}"
        return (
            where
            if is_card_sent
            else f"{where}\nThe model card stands in the run's description: the server takes no files."
        )

    def _get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        return self._server.patiently(lambda: self._server.get(path, query))

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._server.patiently(lambda: self._server.post(path, body))

    def _experiment(self, name: str) -> str:
        try:
            found = self._server.get("experiments/get-by-name", {"experiment_name": name})["experiment"]
        except _RefusedError as error:
            if error.code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return self._new_experiment(name)
        if found.get("lifecycle_stage") == "deleted":
            raise ExportError(f"The experiment {name} was deleted; restore it there, or choose another name.")
        return str(found["experiment_id"])

    def _new_experiment(self, name: str) -> str:
        try:
            return str(self._server.post("experiments/create", {"name": name})["experiment_id"])
        except _RefusedError as error:
            if error.code != "RESOURCE_ALREADY_EXISTS":
                raise
            # Somebody else made it meanwhile.
            raise _AwayError(str(error)) from error

    def _find(self, experiment_id: str, record: RunRecord) -> dict[str, Any] | None:
        query = {"experiment_ids": [experiment_id], "filter": f"tags.`{_RUN_TAG}` = '{record.id}'", "max_results": 1}
        runs = self._server.post("runs/search", query).get("runs", [])
        return dict(runs[0]) if runs else None

    def _create(self, experiment_id: str, record: RunRecord) -> dict[str, Any]:
        body = {
            "experiment_id": experiment_id,
            "run_name": record.name,
            "start_time": _milliseconds(record.started_at),
            "tags": [{"key": _RUN_TAG, "value": record.id}],
        }
        return dict(self._server.post("runs/create", body)["run"])

    def _send_texts(self, run: dict[str, Any], record: RunRecord) -> None:
        """Parameters that the run does not have, for they cannot be changed there; and all tags, which can."""
        known = {param["key"] for param in run["data"].get("params", [])}
        params = _pairs(
            {name: _text(value) for name, value in record.parameters.items() if name not in known}, MAX_PARAM_BYTES
        )
        tags = {**record.tags, **({"mlflow.note.content": record.card} if record.card else {})}
        for kind, pairs in (("params", params), ("tags", _pairs(tags, MAX_TAG_BYTES))):
            for some in _parts(pairs, MAX_PARAMS):
                self._post("runs/log-batch", {"run_id": run["info"]["run_id"], kind: some})

    def _send_points(self, run: dict[str, Any], record: RunRecord) -> None:
        """What the run does not have. All points carry the time at which the run began, since their own is not recorded."""
        run_id, known = run["info"]["run_id"], {metric["key"] for metric in run["data"].get("metrics", [])}
        begun = {name: self._steps(run_id, name) for name in record.series if name in known}
        curves = {name: [(0, value)] for name, value in record.figures.items() if name not in known}
        for name, curve in record.series.items():
            curves[name] = [point for point in curve if point[0] not in begun.get(name, ())]
        at = _milliseconds(record.started_at)
        points = [
            {"key": name, "step": step, "value": value, "timestamp": at}
            for name, curve in curves.items()
            for step, value in curve
        ]
        for some in _parts(points, MAX_METRICS):
            self._post("runs/log-batch", {"run_id": run_id, "metrics": some})

    def _steps(self, run_id: str, name: str) -> set[int]:
        steps: set[int] = set()
        page = ""
        while True:
            query = {"run_id": run_id, "metric_key": name, **({"page_token": page} if page else {})}
            history = self._get("metrics/get-history", query)
            steps |= {int(point.get("step", 0)) for point in history.get("metrics", [])}
            page = history.get("next_page_token", "")
            if not page:
                return steps

    def _send_card(self, artifact_uri: str, card: str | None) -> bool:
        """False where files go past the server, to a store that has keys of its own."""
        place = urlsplit(artifact_uri)
        if card is None:
            return True
        if place.scheme != "mlflow-artifacts" or place.netloc:
            return False
        path = f"{place.path.strip('/')}/{_CARD}"
        self._server.patiently(lambda: self._server.put_file(path, card.encode()))
        return True


def _parts(things: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (things[begin : begin + size] for begin in range(0, len(things), size))


def _end(ended_at: datetime | None) -> dict[str, int]:
    return {} if ended_at is None else {"end_time": _milliseconds(ended_at)}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _text(value: Scalar) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _pairs(texts: Mapping[str, str], max_bytes: int) -> list[dict[str, str]]:
    return [{"key": name, "value": _cut(text, max_bytes)} for name, text in texts.items()]


def _cut(text: str, max_bytes: int) -> str:
    return text if len(text.encode()) <= max_bytes else text.encode()[: max_bytes - 3].decode(errors="ignore") + "…"
