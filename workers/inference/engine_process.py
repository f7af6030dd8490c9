"""The parent's side of the engine: start it, ask it, and start it again when it dies. One bad model never takes the server down."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from workers.confinement import confined, scrubbed_environment
from workers.contract.base import Value
from workers.contract.serving import Question as Input
from workers.inference.cache import ModelError
from workers.inference.wire import Answer, Ask, Forget, Ready, Refusal, Working, line_from_json

log = logging.getLogger("anneal.model_server")

_LINE_LIMIT: Final = 64 * 2**20
MAX_WAITING: Final = 256
_MAX_DEATHS: Final = 2
_PUT_ASIDE_S: Final = 300.0
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0
_STEADY_S: Final = 30.0


class EngineUnavailableError(Exception):
    """The engine is down, starting for too long, or has too many questions; asking again in a moment helps."""


class RefusedError(ModelError):
    """What the engine says against a question or a model."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code, refusal.message)
        self.refusal = refusal


class EngineProcess:
    """One engine. `keep` runs for the life of the server; `ask` may be called by many requests at once."""

    def __init__(self, *, start_timeout_s: float = 60.0, answer_timeout_s: float = 50.0) -> None:
        self._asks: dict[int, asyncio.Future[Answer]] = {}
        self._numbers = itertools.count(1)
        self._ready = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._start_timeout_s = start_timeout_s
        self._answer_timeout_s = answer_timeout_s
        self._heard_at = 0.0
        self._working_on: str | None = None
        self._deaths: Counter[str] = Counter()
        self._put_aside_until: dict[str, float] = {}

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
            except Exception:
                # Whatever the engine did or the system refused: the next one may fare better.
                log.exception("engine.failed")
            finally:
                self._forget()
            self._blame()
            pause_s = _FIRST_PAUSE_S if time.monotonic() - started > _STEADY_S else min(pause_s * 2, _LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)

    async def ask(
        self,
        *,
        model_key: str,
        folder: Path,
        top_k: int,
        max_new_tokens: int = 128,
        texts: Sequence[str] = (),
        inputs: Sequence[Input] = (),
    ) -> Answer:
        """Have bare texts, or inputs with the fields of the model's task, answered.

        Raises ModelError (this model cannot answer; RefusedError in the engine's words) or EngineUnavailableError (try again).
        """
        self._refuse_put_aside(model_key)
        if len(self._asks) >= MAX_WAITING:
            raise EngineUnavailableError("too many questions are waiting")
        try:
            await asyncio.wait_for(self._ready.wait(), self._start_timeout_s)
        except TimeoutError as error:
            raise EngineUnavailableError("the engine is starting") from error
        number = next(self._numbers)
        answer = self._asks[number] = asyncio.get_running_loop().create_future()
        asked = (*({"text": text} for text in texts), *inputs)
        question = Ask(
            id=number,
            model_key=model_key,
            folder=str(folder),
            inputs=asked,
            top_k=top_k,
            max_new_tokens=max_new_tokens,
        )
        asked_at = time.monotonic()
        try:
            await self._tell(question)
            given: Answer = await asyncio.wait_for(answer, self._answer_timeout_s)
        except TimeoutError as error:
            self._end_when_silent_since(asked_at)
            raise EngineUnavailableError("the answer took too long") from error
        else:
            self._deaths.pop(model_key, None)
            return given
        finally:
            self._asks.pop(number, None)
            if answer.cancelled():  # nobody waits any more, so nothing need be computed
                with contextlib.suppress(EngineUnavailableError):
                    await self._tell(Forget(id=number))

    async def _tell(self, question: Value) -> None:
        stdin = self._process.stdin if self._process else None
        if stdin is None:
            raise EngineUnavailableError("the engine has gone")
        try:
            stdin.write(question.model_dump_json().encode() + b"\n")
            await stdin.drain()
        except (ConnectionError, RuntimeError) as error:
            raise EngineUnavailableError("the engine has gone") from error

    def _end_when_silent_since(self, moment: float) -> None:
        """An engine that is busy says so before every batch; one that has said nothing for a whole time-out hangs."""
        if self._heard_at < moment and self._process:
            log.error("engine.hangs model_key=%s", self._working_on)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _blame(self) -> None:
        """Count the end of an engine against the model that it was working on; put aside one that does it again."""
        model_key, self._working_on = self._working_on, None
        if model_key is None:
            return
        self._deaths[model_key] += 1
        log.error("engine.died model_key=%s times=%s", model_key, self._deaths[model_key])
        if self._deaths[model_key] >= _MAX_DEATHS:
            self._put_aside_until[model_key] = time.monotonic() + _PUT_ASIDE_S
            del self._deaths[model_key]

    def _refuse_put_aside(self, model_key: str) -> None:
        if self._put_aside_until.get(model_key, 0.0) > time.monotonic():
            raise ModelError(
                "model.put_aside",
                f"The model has ended the engine {_MAX_DEATHS} times and is not served for {_PUT_ASIDE_S / 60:.0f} minutes.",
            )
        self._put_aside_until.pop(model_key, None)

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
                    env={**scrubbed_environment(os.environ, Path(temporary)), "TOKENIZERS_PARALLELISM": "false"},
                    cwd=temporary,
                    start_new_session=True,
                    preexec_fn=confined(os.getpid()),
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
                self._heard_at = time.monotonic()
                match line_from_json(line):
                    case Ready():
                        self._ready.set()
                    case Working(model_key=model_key):
                        self._working_on = model_key
                    case (Answer() | Refusal()) as said:
                        self._hand_out(said)
        finally:
            transport.close()

    def _hand_out(self, said: Answer | Refusal) -> None:
        waiting = self._asks.get(said.id)
        if waiting is None or waiting.done():
            return  # whoever asked has gone
        if isinstance(said, Answer):
            waiting.set_result(said)
        else:
            waiting.set_exception(RefusedError(said))

    def _forget(self) -> None:
        self._ready.clear()
        self._process = None
        for waiting in self._asks.values():
            if not waiting.done():
                waiting.set_exception(EngineUnavailableError("the engine ended while it was answering"))
