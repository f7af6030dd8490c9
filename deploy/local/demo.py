"""`make demo`: the whole walk, from an empty machine to a fine-tuned model that answers.

Everything that a customer does goes through the public HTTP API; only the servers themselves are started here. What an
earlier demo made is found again and reused, and a job that was cut off is followed to its end.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any, TypeVar

from deploy.local.api_client import ApiError, Client
from deploy.local.demo_texts import Texts, language_of
from deploy.local.home import REPOSITORY, Home, LocalError
from deploy.local.stack import Stack
from deploy.local.terminal import Terminal, duration, pad

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

T = TypeVar("T")
SAMPLES = REPOSITORY / "platform" / "anneal" / "datasets" / "samples" / "customer_service"
SPLITS = ("train", "validation", "test")
BASE_MODEL = "minilm-l6-v2"
ENDED = frozenset({"succeeded", "failed", "cancelled"})
NUM_QUESTIONS = 3
_POLL_S = 0.3
_SHOWN_CHARS = 200
_DATASET_DEADLINE_S = 300.0
_MODEL_SERVER_DEADLINE_S = 120.0
_SHOWN_METRICS = ("accuracy", "macro_f1")
_WANTED_CURVES = {"train/loss": "loss", "validation/accuracy": "accuracy"}


@dataclass(frozen=True)
class Login:
    """Who the demo is: a person for the page, a key for programs."""

    email: str
    password: str
    api_key: str


@dataclass(frozen=True)
class Material:
    """What is learnt from: files named after the splits. Without `questions` some of the held-out rows are asked."""

    files: dict[str, Path]
    dataset: str
    job: str
    questions: tuple[str, ...] = ()

    @classmethod
    def of(cls, folder: Path, texts: Texts) -> Material:
        """Of one's own: named after the folder and what is in it, since other rows are another data set. Raises LocalError."""
        found = {split: sorted(folder.glob(f"{split}.*")) for split in SPLITS}
        files = {split: paths[0] for split, paths in found.items() if paths}
        if "train" not in files:
            raise LocalError(texts("no_files", folder=folder))
        digest = hashlib.sha256()
        for path in files.values():
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        name = f"{folder.resolve().name} ({digest.hexdigest()[:6]})"
        return cls(files, name, f"{name}, first model")


SAMPLE = Material(
    {split: SAMPLES / f"{split}.csv" for split in SPLITS},
    "Customer service (sample)",
    "Customer service, first model",
    (
        "My card was charged twice for one order, please look into it.",
        "the vase came out of the box in three pieces, what do I do now",
        "Does the blue jacket also come in a size that fits a tall teenager?",
    ),
)


class Demo:
    """One run of the demo against a running stack."""

    def __init__(
        self,
        client: Client,
        terminal: Terminal,
        texts: Texts,
        check: Callable[[], None] = lambda: None,
        *,
        material: Material = SAMPLE,
        epochs: int | None = None,
    ) -> None:
        self._material = material
        self._check = check  # raises when a process that we wait for will not come
        self._epochs = epochs  # None: as many as Anneal chooses
        self._client = client
        self._terminal = terminal
        self._texts = texts

    def walk(self) -> None:
        """Data, job, evaluation, prediction. Raises LocalError or ApiError where it cannot go on."""
        dataset = self._dataset()
        job = self._job(dataset)
        split = self._evaluation(job)
        self._prediction(job, self._material.questions or self._questions(dataset, split))

    def _dataset(self) -> Any:
        known = [found for found in self._client.pages("/api/v1/datasets") if found["name"] == self._material.dataset]
        ready = next((found for found in known if found["state"] == "ready"), None)
        if ready is not None:
            self._terminal.done(self._texts("dataset_reused"), self._facts(ready))
            return ready
        # A start that was killed may have left one that is not finished yet: go on with it.
        dataset = next((found for found in known if found["state"] != "invalid"), None) or self._new_dataset()
        dataset = self._settled(dataset["id"], "inspecting")
        if dataset["state"] == "needs_mapping":
            guess = dataset["mapping"]
            columns = {"text": guess["text"], "label": guess["label"]}
            self._client.put(f"/api/v1/datasets/{dataset['id']}/mapping", columns)
            dataset = self._settled(dataset["id"], "needs_mapping", "validating")
        if dataset["state"] != "ready":
            problems = "; ".join(problem["message"] for problem in dataset["problems"][:5])
            raise LocalError(self._texts("invalid_data", problems=problems))
        self._terminal.done(self._texts("dataset"), self._facts(dataset))
        return dataset

    def _new_dataset(self) -> Any:
        paths = self._material.files
        files = []
        for split, path in paths.items():
            self._terminal.busy(f"{self._texts('upload')} {path.name}")
            files.append({"upload_id": self._client.upload(path, split=split), "split": split})
        self._terminal.done(self._texts("upload"), ", ".join(path.name for path in paths.values()))
        asked = {"name": self._material.dataset, "task": "classification", "files": files}
        return self._client.post("/api/v1/datasets", asked)

    def _settled(self, dataset_id: str, *passing: str) -> Any:
        """The data set once it has left the passing states."""
        deadline = time.monotonic() + _DATASET_DEADLINE_S
        while True:
            dataset = self._client.get(f"/api/v1/datasets/{dataset_id}")
            if dataset["state"] not in passing:
                return dataset
            self._check()
            if time.monotonic() > deadline:
                raise LocalError(
                    f"{dataset['name']} is still {dataset['state']} after {_DATASET_DEADLINE_S:.0f} s; see .anneal/log/background.log"
                )
            self._terminal.busy(self._texts("inspecting"))
            time.sleep(_POLL_S)

    def _facts(self, dataset: dict[str, Any]) -> str:
        version = dataset["latest_version"]
        rows = sum(version["num_rows"].values())
        return self._texts("rows", rows=rows, labels=len(version["labels"]), version=version["number"])

    def _job(self, dataset: dict[str, Any]) -> Any:
        known = [
            job
            for job in self._client.pages("/api/v1/jobs", dataset_id=dataset["id"])
            if job["name"] == self._material.job
        ]
        finished = next((job for job in known if job["state"] == "succeeded"), None)
        if finished is not None:
            self._terminal.done(self._texts("job_reused"), _percent(finished["summary"]["value"]))
            return finished
        job = next((job for job in known if job["state"] not in ENDED), None)
        self._terminal.say()
        if job is None:
            self._terminal.say(f"  {self._terminal.style(self._texts('job_new', model='MiniLM L6 v2'), 'bold')}")
            asked = {
                "name": self._material.job,
                "dataset_version_id": dataset["latest_version"]["id"],
                "base_model": BASE_MODEL,
                "method": {"type": "full"},
            }
            optimisation = {} if self._epochs is None else {"optimisation": {"epochs": self._epochs}}
            job = self._client.post("/api/v1/jobs", asked | optimisation)
        else:
            self._terminal.say(f"  {self._terminal.style(self._texts('job_again'), 'bold')}")
            if job["state"] == "paused":
                job = self._client.post(f"/api/v1/jobs/{job['id']}/resume")
        return self._followed(job)

    def _followed(self, job: dict[str, Any]) -> Any:
        begun = time.monotonic()
        curves: dict[str, float] = {}
        for event in self._client.stream(f"/api/v1/jobs/{job['id']}/stream"):
            if event.name == "job":
                job = event.data
            elif event.name == "metrics":
                for point in event.data["points"]:
                    if point["name"] in _WANTED_CURVES:
                        curves[_WANTED_CURVES[point["name"]]] = point["value"]
            self._check()
            self._show_progress(job, curves)
        job = self._client.get(f"/api/v1/jobs/{job['id']}")
        if job["state"] != "succeeded":
            reason = (job["reason"] or {}).get("message", "")
            raise LocalError(self._texts("failed_job", state=job["state"], reason=reason))
        self._terminal.done(self._texts("job_done"), duration(time.monotonic() - begun))
        return job

    def _show_progress(self, job: dict[str, Any], curves: dict[str, float]) -> None:
        progress = job["progress"] or {}
        total, step = progress.get("total_steps") or 0, progress.get("step") or 0
        is_under_way = job["state"] in {"running", "finalizing"}
        phase = (progress.get("phase") if is_under_way else None) or job["state"]
        seconds = progress.get("seconds_remaining")
        self._terminal.progress(
            self._texts(f"phase_{phase}"),
            step / total if total else None,
            [
                self._texts("step", step=step, total=total) if total else "",
                *(self._texts(name, value=curves[name]) for name in ("loss", "accuracy") if name in curves),
                self._texts("left", time=duration(seconds)) if seconds and is_under_way else "",
            ],
        )

    def _evaluation(self, job: dict[str, Any]) -> str:
        """Shows it. The split whose rows were held out."""
        found = self._client.get(f"/api/v1/jobs/{job['id']}/evaluation")
        split = self._texts(f"split_{found['split']}")
        self._terminal.say()
        self._terminal.say(
            self._terminal.style(f"  {self._texts('evaluation', rows=found['num_rows'], split=split)}", "bold")
        )
        head = [self._texts("head_contender"), self._texts("head_accuracy"), self._texts("head_f1")]
        contenders = sorted(found["contenders"], key=lambda contender: -contender["metrics"]["accuracy"]["value"])
        rows = [
            [self._texts(contender["name"]), *(_interval(contender["metrics"][name]) for name in _SHOWN_METRICS)]
            for contender in contenders
        ]
        names = [contender["name"] for contender in contenders]
        self._terminal.table([head, *rows], strong_row=names.index("tuned") + 1)
        verdict = found["verdict"]
        points = {name: 100 * verdict["difference"][name] for name in ("value", "low", "high")}
        if verdict["outcome"] == "worse":
            points = {"value": -points["value"], "low": -points["high"], "high": -points["low"]}
        told = self._texts(
            verdict["outcome"],
            other=self._texts(verdict["against"]),
            points=points["value"],
            low=points["low"],
            high=points["high"],
        )
        self._terminal.say(f"  {self._terminal.style(told, 'green' if verdict['outcome'] == 'better' else 'red')}")
        return str(found["split"])

    def _questions(self, dataset: dict[str, Any], split: str) -> tuple[str, ...]:
        path = f"/api/v1/dataset-versions/{dataset['latest_version']['id']}/rows"
        rows = self._client.get(f"{path}?split={split}&limit={NUM_QUESTIONS}")["data"]
        return tuple(row["cells"]["text"] for row in rows)

    def _prediction(self, job: dict[str, Any], questions: Sequence[str]) -> None:
        path = f"/api/v1/model-versions/{job['model_version_id']}/predict"
        self._terminal.busy(self._texts("prediction"))
        answer = self._client.post_when_available(
            path, {"texts": list(questions), "top_k": 1}, deadline_s=_MODEL_SERVER_DEADLINE_S
        )
        self._terminal.say()
        speed = self._texts("milliseconds", value=answer["milliseconds"])
        self._terminal.say(
            f"  {self._terminal.style(self._texts('prediction'), 'bold')}  {self._terminal.style(speed, 'dim')}"
        )
        for question, prediction in zip(questions, answer["predictions"], strict=True):
            best = prediction["labels"][0]
            self._terminal.say(f"  “{shorten(question, _SHOWN_CHARS, placeholder='…')}”")
            self._terminal.say(f"    {self._terminal.style(best['label'], 'cyan')}  {_percent(best['score'])}")


def start(stack: Stack, terminal: Terminal, texts: Texts) -> Login:
    """Bring everything up and sign the demo in. Raises LocalError with what to do."""

    def step(name: str, work: Callable[[], T]) -> T:
        begun = time.monotonic()
        terminal.busy(texts(name))
        result = work()
        terminal.done(texts(name), duration(time.monotonic() - begun))
        return result

    step("services", stack.start_services)
    step("schema", stack.migrate)
    stack.start_processes()
    password = stack.home.secret("demo_account")[:16]
    told = step("account", lambda: stack.manage("demo_account", "--json", f"--password={password}", role="web"))
    step("web", lambda: stack.supervisor.wait_ready("web"))
    account = json.loads(told.strip().splitlines()[-1])
    return Login(email=account["email"], password=account["password"], api_key=account["api_key"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Walk through Anneal on this machine; serve until Ctrl-C unless told not to."""
    parser = argparse.ArgumentParser(prog="make demo ARGS=…", description=main.__doc__)
    parser.add_argument("--no-serve", action="store_true", help="end after the prediction")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="texts and labels of your own: a file named train, with others named validation and test if there are any",
    )
    parser.add_argument("--home", type=Path, default=REPOSITORY / ".anneal", help="folder of data, logs and secrets")
    parser.add_argument(
        "--epochs",
        type=int,
        help="passes over the training rows, fewer for a quicker and worse model; default: automatic",
    )
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)

    language = language_of(os.environ)
    terminal, texts = Terminal(), Texts(language)
    stack = Stack(Home(options.home), say=lambda words: terminal.say(f"  {words}"))
    begun = time.monotonic()
    is_serving = False
    terminal.say()
    terminal.say(f"  {terminal.style(texts('title'), 'bold')}")
    terminal.say()
    try:
        material = SAMPLE if options.data is None else Material.of(options.data, texts)
        login = start(stack, terminal, texts)
        client = Client(stack.url, login.api_key, language=language)
        Demo(client, terminal, texts, stack.supervisor.check, material=material, epochs=options.epochs).walk()
        _closing(stack, login, terminal, texts, time.monotonic() - begun)
        if not options.no_serve:
            terminal.say(f"  {texts('serving')}")
            is_serving = True
            signal.pause()
    except KeyboardInterrupt:
        return 0 if is_serving else 130
    except (LocalError, ApiError, OSError) as error:
        terminal.say(f"\n  {terminal.style(str(error), 'red')}")
        return 1
    finally:
        _stop(stack, terminal, texts)
    return 0


def _closing(stack: Stack, login: Login, terminal: Terminal, texts: Texts, seconds: float) -> None:
    terminal.say()
    places = {
        "page": stack.url,
        "email": login.email,
        "password": login.password,
        "documentation": f"{stack.url}/api/v1/docs",
    }
    for name, value in places.items():
        terminal.say(f"  {pad(texts(name), 10)} {terminal.style(value, 'bold')}")
    terminal.say(f"  {texts('ready_after', time=duration(seconds))}")


def _stop(stack: Stack, terminal: Terminal, texts: Texts) -> None:
    # A second Ctrl-C would leave half of it running; stopping has its own deadlines.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    terminal.say()
    terminal.busy(texts("stopping"))
    stack.stop()
    terminal.say(f"  {texts('stopped', folder=stack.home.path)}")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _interval(figure: dict[str, float]) -> str:
    return f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"


def _percent(share: float) -> str:
    return f"{share:.1%}"


if __name__ == "__main__":
    sys.exit(main())
