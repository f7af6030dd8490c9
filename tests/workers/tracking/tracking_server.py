"""Stands in for an MLflow tracking server: its paths, limits and errors as version 3 has them, and faults on demand."""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

_API = "/api/2.0/mlflow/"
_FILES = "/api/2.0/mlflow-artifacts/artifacts/"
_LIMITS = {"metrics": 1000, "params": 100, "tags": 100}
_LARGEST_BODY = 1_000_000
_LONGEST = {"params": 6000, "tags": 5000}
_PAGE = 1000


class _RefusalError(Exception):
    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass
class Fault:
    """Instead of an answer, or, when `is_late`, after having done what was asked. `path` is the end of the one it waits for."""

    path: str
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict)
    is_late: bool = False


@dataclass
class StoredRun:
    """A run as the server keeps it. Metrics are only ever added, equal ones too."""

    info: dict[str, Any]
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metrics: list[dict[str, Any]] = field(default_factory=list)

    def curve(self, name: str) -> list[tuple[int, float]]:
        return [(point["step"], point["value"]) for point in self.metrics if point["key"] == name]

    def shown(self) -> dict[str, Any]:
        latest = {point["key"]: point for point in self.metrics}
        return {
            "info": self.info,
            "data": {
                "params": [{"key": key, "value": value} for key, value in self.params.items()],
                "tags": [{"key": key, "value": value} for key, value in self.tags.items()],
                "metrics": list(latest.values()),
            },
        }


class TrackingServer:
    """A context manager; `url` is valid within."""

    def __init__(self) -> None:
        self.experiments: dict[str, dict[str, Any]] = {}
        self.runs: dict[str, StoredRun] = {}
        self.files: dict[str, bytes] = {}
        self.faults: deque[Fault] = deque()
        self.asked: list[str] = []
        self.authorization: str | None = None
        self.artifact_root = "mlflow-artifacts:"
        handler = type("Handler", (_Handler,), {"server_state": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def only_run(self) -> StoredRun:
        (run,) = self.runs.values()
        return run

    def answer(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        if method == "PUT":
            self.files[unquote(path.removeprefix(_FILES))] = body
            return {}
        parts = urlsplit(path.removeprefix(_API))
        given = dict(parse_qsl(parts.query)) if method == "GET" else json.loads(body)
        actions = {
            ("GET", "experiments/get-by-name"): self._experiment,
            ("POST", "experiments/create"): self.add_experiment,
            ("POST", "runs/search"): self._search,
            ("POST", "runs/create"): self._create,
            ("POST", "runs/log-batch"): self._log,
            ("POST", "runs/update"): self._update,
            ("GET", "metrics/get-history"): self._history,
        }
        if len(body) > _LARGEST_BODY:
            raise _RefusalError(400, "INVALID_PARAMETER_VALUE", "Batched logging API requests must be at most 1 MB.")
        return actions[method, parts.path](given)

    def _experiment(self, given: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"experiment": self.experiments[given["experiment_name"]]}
        except KeyError:
            raise _RefusalError(404, "RESOURCE_DOES_NOT_EXIST", "Could not find experiment") from None

    def add_experiment(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["name"] in self.experiments:
            raise _RefusalError(400, "RESOURCE_ALREADY_EXISTS", "Experiment already exists")
        identity = str(len(self.experiments) + 1)
        self.experiments[given["name"]] = {"experiment_id": identity, "lifecycle_stage": "active"}
        return {"experiment_id": identity}

    def _search(self, given: dict[str, Any]) -> dict[str, Any]:
        tag = re.fullmatch(r"tags\.`(.+)` = '(.+)'", given["filter"])
        assert tag is not None
        found = [
            run.shown()
            for run in self.runs.values()
            if run.info["experiment_id"] in given["experiment_ids"] and run.tags.get(tag[1]) == tag[2]
        ]
        return {"runs": found[: given["max_results"]]} if found else {}

    def _create(self, given: dict[str, Any]) -> dict[str, Any]:
        run_id = f"run-{len(self.runs) + 1}"
        info = {
            "run_id": run_id,
            "run_name": given["run_name"],
            "experiment_id": given["experiment_id"],
            "status": "RUNNING",
            "start_time": given["start_time"],
            "artifact_uri": f"{self.artifact_root}/{given['experiment_id']}/{run_id}/artifacts",
        }
        self.runs[run_id] = StoredRun(info, tags={tag["key"]: tag["value"] for tag in given["tags"]})
        return {"run": self.runs[run_id].shown()}

    def _log(self, given: dict[str, Any]) -> dict[str, Any]:
        for kind, limit in _LIMITS.items():
            if len(given.get(kind, [])) > limit:
                raise _RefusalError(400, "INVALID_PARAMETER_VALUE", f"at most {limit} {kind}")
        for kind, limit in _LONGEST.items():
            if any(len(pair["value"].encode()) > limit for pair in given.get(kind, [])):
                raise _RefusalError(400, "INVALID_PARAMETER_VALUE", f"{kind} value exceeds length limit of {limit}")
        for name in (pair["key"] for kind in ("params", "metrics") for pair in given.get(kind, [])):
            if not re.fullmatch(r"[/\w.\- :]+", name, re.ASCII):
                raise _RefusalError(400, "INVALID_PARAMETER_VALUE", f"Invalid name {name}")
        run = self.runs[given["run_id"]]
        for param in given.get("params", []):
            if run.params.setdefault(param["key"], param["value"]) != param["value"]:
                raise _RefusalError(400, "INVALID_PARAMETER_VALUE", "Changing param values is not allowed.")
        run.tags |= {tag["key"]: tag["value"] for tag in given.get("tags", [])}
        run.metrics += given.get("metrics", [])
        return {}

    def _update(self, given: dict[str, Any]) -> dict[str, Any]:
        self.runs[given.pop("run_id")].info.update(given)
        return {}

    def _history(self, given: dict[str, Any]) -> dict[str, Any]:
        points = [point for point in self.runs[given["run_id"]].metrics if point["key"] == given["metric_key"]]
        begin = int(given.get("page_token", 0))
        more = {"next_page_token": str(begin + _PAGE)} if begin + _PAGE < len(points) else {}
        return {"metrics": points[begin : begin + _PAGE], **more}


class _Handler(BaseHTTPRequestHandler):
    server_state: TrackingServer

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        state, place = self.server_state, urlsplit(self.path).path
        state.asked.append(place.removeprefix(_API))
        fault = state.faults.popleft() if state.faults and place.endswith(state.faults[0].path) else None
        try:
            if state.authorization not in {None, self.headers.get("Authorization")}:
                raise _RefusalError(401, "UNAUTHENTICATED", "You are not authenticated.")
            answer = {} if fault and not fault.is_late else state.answer(self.command, self.path, body)
            if fault:
                self._say(fault.status, {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "later"}, fault.headers)
            else:
                self._say(200, answer, {})
        except _RefusalError as error:
            self._say(error.status, {"error_code": error.code, "message": error.message}, {})

    def _say(self, status: int, document: dict[str, Any], headers: Mapping[str, str]) -> None:
        said = json.dumps(document).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(said))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST = do_PUT = _serve  # noqa: N815 - the names that the library calls

    def log_message(self, *_: Any) -> None:
        """Nothing: tests look at what is kept."""
