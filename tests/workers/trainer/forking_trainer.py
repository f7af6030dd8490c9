"""Runs trainers as children of a process that has imported everything once, and kills them where it is told to.

Reads one JSON request per line: arguments of `workers.trainer.run`, environment variables, and optionally a fault. Answers
with `{"pid": n}` when the child runs and `{"status": n}` (negative: the signal that ended it) when it is over. With `"processes": n` there
are n children, one beside the other, that find each other as those of torchrun do; what is answered is said of the first.
A fault is "die (or fail) in the n-th call of a file-system function": the product has no hooks for it, the functions are
replaced here, in the child.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import json
import os
import random
import re
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from tests.workers.trainer.tiny import Tiny
from workers.trainer.environment import prepare_environment

prepare_environment()


# Once here instead of in every child.
import rouge_score.rouge_scorer  # noqa: F401
import sacrebleu.metrics  # noqa: F401
import sklearn.feature_extraction.text
import sklearn.linear_model  # noqa: F401
from transformers.conversion_mapping import get_checkpoint_conversion_mapping

from workers import bootstrap
from workers.trainer import checkpoint, comparison, engine, lower_layers, probe, run, tensorfile
from workers.trainer.data.encoded import Batch
from workers.trainer.model import TaskModel
from workers.trainer.optimiser import ShardedAdamW

_WATCHED = ("fsync", "rename", "replace", "mkdir", "rmdir")


def main() -> None:
    Tiny(Path(os.environ["ANNEAL_MODELS_DIR"]), Path(), os.environ["TINY_SHA256"]).register()
    print(json.dumps({"ready": True}), flush=True)
    get_checkpoint_conversion_mapping("bert")  # Hundreds of patterns are compiled at the first question.
    gc.freeze()  # Else each child's collector goes through all that was imported, and copies the pages that it lies on.
    for line in sys.stdin:
        request = json.loads(line)
        children = []
        for rank, place in enumerate(_places(request["processes"])):
            children.append(os.fork())
            if children[-1] == 0:
                log = request["log"] + (f".{rank}" if rank else "")
                _child({**request, "log": log, "env": request["env"] | place})
        print(json.dumps({"pid": children[0]}), flush=True)
        statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        print(json.dumps({"status": statuses[0]}), flush=True)


def _places(count: int) -> list[dict[str, str]]:
    """What torchrun tells each of its processes."""
    if count == 1:
        return [{}]
    port = str(_free_port())
    together = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": port,
        "WORLD_SIZE": str(count),
        "LOCAL_WORLD_SIZE": str(count),
    }
    return [{**together, "RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(count)]


def _free_port() -> int:
    """One that the system gives to nobody who asks for any: it stays free until the children meet there."""
    first_given = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for port in random.sample(range(max(1024, first_given - 8000), first_given), 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise RuntimeError("a hundred ports are taken")


def _child(request: dict[str, Any]) -> None:
    code = 1
    try:
        with Path(request["log"]).open("wb", buffering=0) as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        os.environ.update(request["env"])
        if request.get("fault"):
            _install(request["fault"])
        _limit_batches(os.environ.get("TINY_LARGEST_BATCH"))
        _poison_step(os.environ.get("TINY_POISONED_STEP"))
        if os.environ.get("TINY_DELIVERS_NOTHING"):
            comparison._deliver = lambda run, _: run.state.step
        if os.environ.get("TINY_HAS_NO_ROOM_FOR_UPDATES"):
            ShardedAdamW.update = _find_no_memory
        if os.environ.get("TINY_COMPUTES_PADDING"):
            engine.skip_padding = lambda *_: False
        if os.environ.get("TINY_KEEPS_NOTHING"):
            lower_layers._MOST_BYTES = 0
        probe._MOST_ITERATIONS = int(os.environ.get("TINY_ITERATIONS", probe._MOST_ITERATIONS))
        bootstrap.NUM_RESAMPLES = int(os.environ.get("TINY_RESAMPLES", bootstrap.NUM_RESAMPLES))
        code = run.main(request["arguments"])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class Fault:
    """`{"nth": n, "action": "kill" | "enospc" | "count", "only": pattern of a path}`."""

    def __init__(self, nth: int, action: str, only: str) -> None:
        self.nth, self.action, self.only = nth, action, only
        self.seen = 0

    def concerns(self, name: str, described: str) -> bool:
        if name == "rmdir" and self.action == "enospc":
            return False  # A full disk does not keep anybody from removing things.
        return re.search(self.only, described) is not None

    def strike(self, name: str, subject: object) -> None:
        described = str(Path(f"/proc/self/fd/{subject}").readlink()) if isinstance(subject, int) else str(subject)
        if not self.concerns(name, described):
            return
        self.seen += 1
        if self.action == "count":
            print(f"call {self.seen} {name} {described}", flush=True)
        elif self.action == "kill" and self.seen == self.nth:
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.action == "enospc" and self.seen >= self.nth:
            raise OSError(errno.ENOSPC, "No space left on device", described)

    def watch(self, name: str) -> None:
        original = getattr(os, name)

        def call(subject: Any, *rest: Any, **more: Any) -> Any:
            self.strike(name, subject)
            return original(subject, *rest, **more)

        setattr(os, name, call)

    def watch_writing(self) -> None:
        """Die with a tensor file half written."""
        write_whole = tensorfile.write_tensors

        def write(path: Path, tensors: Any) -> str:
            digest = write_whole(path, tensors)
            if self.action == "kill" and self.seen + 1 == self.nth and self.concerns("write", str(path)):
                os.truncate(path, path.stat().st_size // 2)
            self.strike("write", path)
            return digest

        checkpoint.write_tensors = write


def _install(fault: dict[str, Any]) -> None:
    installed = Fault(**fault)
    for name in _WATCHED:
        installed.watch(name)
    installed.watch_writing()


def _limit_batches(largest: str | None) -> None:
    """Forward passes of more rows than this find no memory, while training."""
    if largest is None:
        return
    of = TaskModel.of

    def limited(self: TaskModel, batch: Batch) -> Any:
        if self.training and len(batch) > int(largest):
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes.")
        return of(self, batch)

    TaskModel.of = limited


def _find_no_memory(*_: Any, **__: Any) -> float:
    raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes.")


def _poison_step(step: str | None) -> None:
    """A gradient becomes NaN before this update; with TINY_POISONED_RATE only in runs whose rates are that high."""
    if step is None:
        return
    update = ShardedAdamW.update
    rate = float(os.environ.get("TINY_POISONED_RATE", "0")) / 2

    def poisoned(self: ShardedAdamW, **arguments: float) -> float:
        if self.num_updates + 1 == int(step) and arguments["learning_rate"] >= rate:
            self._shards[0].parameters[0].grad.fill_(float("nan"))
        return update(self, **arguments)

    ShardedAdamW.update = poisoned


if __name__ == "__main__":
    main()
