"""The parent's side of the engine: start it, ask it, and start it again when it dies. One bad model never takes the server down."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import itertools
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from workers.inference.cache import ModelError
from workers.inference.wire import Answer, Ask, Ready, line_from_json

_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_ROOT: Final = Path(__file__).resolve().parents[2]
_PASSED: Final = ("PATH", "LANG", "TZ", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "ANNEAL_THREADS", "OMP_NUM_THREADS")
_PASSED_PREFIXES: Final = ("LC_", "CUDA_", "MKL_")
_LINE_LIMIT: Final = 64 * 2**20
MAX_WAITING: Final = 256
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0
_STEADY_S: Final = 30.0


class EngineUnavailableError(Exception):
    """The engine is down, starting for too long, or has too many questions; asking again in a moment helps."""


class EngineProcess:
    """One engine. `keep` runs for the life of the server; `ask` may be called by many requests at once."""

    def __init__(self, *, start_timeout_s: float = 60.0) -> None:
        self._asks: dict[int, asyncio.Future[Answer]] = {}
        self._numbers = itertools.count(1)
        self._ready = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._start_timeout_s = start_timeout_s

    @property
    def is_ready(self) -> bool:
        return self._ready.is_set()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def keep(self) -> None:
        """Have an engine, always. Cancel to end it."""
        pause_s = _FIRST_PAUSE_S
        while True:
            started = time.monotonic()
            try:
                await self._run()
            finally:
                self._forget()
            pause_s = _FIRST_PAUSE_S if time.monotonic() - started > _STEADY_S else min(pause_s * 2, _LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)

    async def ask(self, *, model_key: str, folder: Path, texts: tuple[str, ...], top_k: int) -> Answer:
        """Score texts. Raises ModelError (this model cannot answer) or EngineUnavailableError (try again)."""
        if len(self._asks) >= MAX_WAITING:
            raise EngineUnavailableError("too many questions are waiting")
        try:
            await asyncio.wait_for(self._ready.wait(), self._start_timeout_s)
        except TimeoutError as error:
            raise EngineUnavailableError("the engine is starting") from error
        number = next(self._numbers)
        answer = self._asks[number] = asyncio.get_running_loop().create_future()
        try:
            stdin = self._process.stdin if self._process else None
            if stdin is None:
                raise EngineUnavailableError("the engine has gone")
            question = Ask(id=number, model_key=model_key, folder=str(folder), texts=texts, top_k=top_k)
            stdin.write(question.model_dump_json().encode() + b"\n")
            await stdin.drain()
            given: Answer = await answer
        except (ConnectionError, RuntimeError) as error:
            raise EngineUnavailableError("the engine has gone") from error
        else:
            return given
        finally:
            self._asks.pop(number, None)

    async def _run(self) -> None:
        reading, writing = os.pipe()
        with tempfile.TemporaryDirectory(prefix="anneal-engine-") as temporary:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "workers.inference.engine",
                    "--out-fd",
                    str(writing),
                    stdin=asyncio.subprocess.PIPE,
                    pass_fds=(writing,),
                    env=_environment(temporary),
                    cwd=temporary,
                    start_new_session=True,
                    preexec_fn=_die_with_parent(os.getpid()),
                )
            finally:
                os.close(writing)
            try:
                await self._listen(reading)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                await self._process.wait()

    async def _listen(self, descriptor: int) -> None:
        reader = asyncio.StreamReader(limit=_LINE_LIMIT)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", buffering=0)
        )
        try:
            while line := await reader.readline():
                said = line_from_json(line)
                if isinstance(said, Ready):
                    self._ready.set()
                    continue
                waiting = self._asks.get(said.id)
                if waiting is None or waiting.done():
                    continue  # whoever asked has gone
                if isinstance(said, Answer):
                    waiting.set_result(said)
                else:
                    waiting.set_exception(ModelError(said.code, said.message))
        finally:
            transport.close()

    def _forget(self) -> None:
        self._ready.clear()
        self._process = None
        for waiting in self._asks.values():
            if not waiting.done():
                waiting.set_exception(EngineUnavailableError("the engine ended while it was answering"))


def _environment(temporary: str, variables: Mapping[str, str] | None = None) -> dict[str, str]:
    given = os.environ if variables is None else variables
    kept = {name: value for name, value in given.items() if name in _PASSED or name.startswith(_PASSED_PREFIXES)}
    return {
        **kept,
        "HOME": temporary,
        "TMPDIR": temporary,
        "PYTHONPATH": str(_ROOT),
        "PYTHONUNBUFFERED": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "0",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
    }


def _die_with_parent(parent: int) -> Callable[[], None]:
    """Runs in the child between fork and exec: end with the parent, also when it is killed."""

    def arrange() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return arrange
