"""A trainer that trains nothing but keeps every promise of a trainer, and breaks down when its script says so.

Its "weights" are a chain of digests, one link for each step, so any step that was skipped, doubled or done from the wrong
checkpoint shows in the result. It speaks the protocol of `python -m workers.trainer.warm`. The script is a JSON file named by
ANNEAL_TRAINER_SCRIPT: `{"steps": 20, "step_s": 0.01, "checkpoint_every": 5, "faults": [{"kind": "crash", "step": 7, "times": 1}]}`;
kinds are crash, hang, fail, deaf. A trial of a search ends with a value that its number gives; a delivery exports the link of the best.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from workers.contract.events import (
    EXIT_FAILED,
    EXIT_FINISHED,
    EXIT_STOPPED,
    CheckpointSaved,
    Evaluated,
    Event,
    Exported,
    Failed,
    Finished,
    Metrics,
    PhaseChanged,
    Progress,
    Ready,
    Start,
    Started,
    Stopped,
    TrialBegan,
    TrialEnded,
)
from workers.contract.results import SearchPart, SearchReport


class Trainer:
    def __init__(self, events_fd: int) -> None:
        self.events_fd = events_fd
        self.script_path = Path(os.environ["ANNEAL_TRAINER_SCRIPT"])
        self.is_stopping = False

    def say(self, event: Event) -> None:
        os.write(self.events_fd, event.model_dump_json().encode() + b"\n")

    def run(self) -> int:
        self.say(Ready())
        line = sys.stdin.readline()
        if not line.strip():
            return EXIT_FINISHED
        start = Start.model_validate_json(line)
        self.out = Path(start.out_dir)
        self.script = json.loads(self.script_path.read_text())
        self.part = SearchPart.model_validate_json(Path(start.part_path).read_bytes()) if start.part_path else None
        print("working in", self.out, flush=True)
        assert sorted(path.name for path in Path(start.data_dir).iterdir()) == [
            "test.parquet",
            "train.parquet",
            "validation.parquet",
        ]
        leaked = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "MODEL_SERVER_TOKEN"} & set(os.environ)
        if leaked:
            self.say(Failed(code="platform:internal", message=f"credentials reached the trainer: {sorted(leaked)}"))
            return EXIT_FAILED
        signal.signal(signal.SIGTERM, self.on_signal)
        return self.train()

    def on_signal(self, *_: Any) -> None:
        self.is_stopping = True

    def train(self) -> int:
        if self.part is not None and self.part.trial is None:
            return self.deliver(self.part)
        step, link = self.restore(self.out)
        steps = self.script["steps"]
        if self.part is not None:
            self.say(TrialBegan(number=self.part.trial, settings=self.settings()))
        self.say(
            Started(
                resumed_from_step=step,
                total_steps=steps,
                steps_per_epoch=5,
                num_examples={"train": 100},
                trainable_parameters=10,
                total_parameters=20,
                fingerprint={"kind": "scripted"},
            )
        )
        self.say(PhaseChanged(phase="training"))
        while step < steps:
            self.break_down(step + 1)
            time.sleep(self.script["step_s"])
            step += 1
            link = hashlib.sha256(f"{link}{step}".encode()).hexdigest()
            value = int(link[:6], 16) / 2**24
            self.say(Metrics(step=step, epoch=step / 5, values={"train/loss": value}))
            self.say(Progress(step=step, total_steps=steps, epoch=step / 5, examples_per_second=100.0))
            if self.is_stopping or step % self.script["checkpoint_every"] == 0:
                self.save(step, link)
            if self.is_stopping:
                self.say(Stopped(step=step))
                return EXIT_STOPPED
        if self.part is not None:
            self.say(
                TrialEnded(
                    number=self.part.trial,
                    settings=self.settings(),
                    state="complete",
                    value=float(self.part.trial),
                    steps=step,
                    seconds=1.0,
                    is_best=True,
                    metric="accuracy",
                    is_lower_better=False,
                )
            )
            self.say(Finished(step=step, seconds=1.0))
            return EXIT_FINISHED
        return self.export(step, link)

    def settings(self) -> dict[str, Any]:
        return {"optimisation.learning_rate": 10.0 ** -(2 + self.part.trial)}

    def deliver(self, part: SearchPart) -> int:
        best = max(part.history, key=lambda trial: trial.value)
        step, link = self.restore(self.out / "trials" / str(best.number))
        report = SearchReport(
            metric=part.metric,
            is_lower_better=False,
            trials=part.history,
            best=best.number,
            importance={},
            ended_by=part.ended_by,
        )
        (self.out / "search.json").write_text(report.model_dump_json())
        return self.export(step, link)

    def export(self, step: int, link: str) -> int:
        self.say(PhaseChanged(phase="exporting"))
        (self.out / "model").mkdir()
        (self.out / "model" / "weights.txt").write_text(link)
        (self.out / "evaluation.json").write_text(Path(os.environ["ANNEAL_TRAINER_EVALUATION"]).read_text())
        self.say(Evaluated(path="evaluation.json"))
        digest = hashlib.sha256(link.encode()).hexdigest()
        self.say(Exported(path="model", kind="merged", files={"weights.txt": digest}, size_bytes=64))
        self.say(Finished(step=step, seconds=1.0))
        return EXIT_FINISHED

    def save(self, step: int, link: str) -> None:
        folder = self.out / "checkpoints" / f"step-{step}"
        unfinished = folder.with_name(f".tmp-{step}")
        unfinished.mkdir(parents=True)
        (unfinished / "state.json").write_text(json.dumps({"step": step, "link": link}))
        manifest = json.dumps({"files": ["state.json"]})
        (unfinished / "manifest.json").write_text(manifest)
        unfinished.rename(folder)
        digest = hashlib.sha256(manifest.encode()).hexdigest()
        self.say(
            CheckpointSaved(
                step=step,
                epoch=step / 5,
                path=f"checkpoints/step-{step}",
                manifest_sha256=digest,
                size_bytes=100,
                is_best=False,
            )
        )

    @staticmethod
    def restore(out: Path) -> tuple[int, str]:
        found = sorted((out / "checkpoints").glob("step-*"), key=lambda path: int(path.name[5:]))
        if not found:
            return 0, "begin"
        state = json.loads((found[-1] / "state.json").read_text())
        return state["step"], state["link"]

    def break_down(self, step: int) -> None:
        """Do what the script says about this step, as often as it says."""
        for number, fault in enumerate(self.script.get("faults", [])):
            if fault["step"] != step:
                continue
            counter = self.script_path.with_suffix(f".{number}")
            done = int(counter.read_text()) if counter.exists() else 0
            if done >= fault.get("times", 1):
                continue
            counter.write_text(str(done + 1))
            self.do(fault)

    def do(self, fault: dict[str, Any]) -> None:
        match fault["kind"]:
            case "crash":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                signal.pause()
            case "deaf":
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                time.sleep(600)
            case "fail":
                self.say(Failed(code=fault["code"], message="as the script says", params={"step": fault["step"]}))
                sys.exit(EXIT_FAILED)


if __name__ == "__main__":
    sys.exit(Trainer(int(sys.argv[sys.argv.index("--events-fd") + 1])).run())
