"""What all evaluations have in common: who answers beside the tuned model, how long each takes, and which rows were asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from workers.contract.results import Contender, Evaluation
from workers.trainer.evaluate.baselines import timed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workers.contract.results import ContenderName, Details, Interval, Mistake, Verdict
    from workers.trainer.parts import Run

Answer = TypeVar("Answer")


def against_rivals(
    run: Run, tuned: Answer, rivals: Mapping[ContenderName, Callable[[], Answer]]
) -> dict[ContenderName, tuple[Answer, float]]:
    """What the tuned model answers, then each rival, with the seconds that it took to learn and to say."""
    found: dict[ContenderName, tuple[Answer, float]] = {"tuned": (tuned, run.state.seconds)}
    for name, answer in rivals.items():
        run.control.check()
        found[name] = timed(answer)
    return found


def contenders_of(
    answers: Mapping[ContenderName, tuple[Answer, float]], figures: Callable[[ContenderName], dict[str, Interval]]
) -> tuple[Contender, ...]:
    return tuple(
        Contender(name=name, metrics=figures(name), seconds=round(seconds, 3)) for name, (_, seconds) in answers.items()
    )


def evaluation_of(
    run: Run,
    *,
    primary: str,
    contenders: tuple[Contender, ...],
    verdict: Verdict,
    details: Details,
    mistakes: tuple[Mistake, ...] = (),
) -> Evaluation:
    """On the held-out rows of a run."""
    return Evaluation(
        task=run.spec.task.type,
        split=run.data.held_out_split,
        num_rows=len(run.data.held_out),
        primary=primary,
        contenders=contenders,
        verdict=verdict,
        mistakes=mistakes,
        details=details,
    )
