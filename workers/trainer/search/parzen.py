"""Points proposed by optuna's tree-structured Parzen estimator; trials that fall behind are ended early.

The study is built anew from the history for every trial, with a sampler whose seed depends on the trial's number: nothing of optuna has
to be saved, and a search that is continued proposes what it would have proposed.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

from workers.contract.results import TrialRecord
from workers.contract.spec import Choices
from workers.trainer.fingerprint import derived_seed
from workers.trainer.search._trials import Trials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.contract.results import RunningTrial
    from workers.contract.spec import OptunaSearch, Space
    from workers.trainer.search._trials import Settings

_RANDOM_FIRST = 8
_KEPT_OF = 3


class Parzen(Trials):
    spec: OptunaSearch

    @property
    def num_trials(self) -> int:
        return self.spec.num_trials

    def propose(
        self, number: int, history: Sequence[TrialRecord], running: Sequence[RunningTrial] = (), *, seed: int
    ) -> Settings:
        known = [*history, *_taken_for_worst(running, history)]
        study = _study(known, self.spec.space, seed=derived_seed(seed, "search", number) % 2**32)
        settings: Settings = study.ask(_distributions(self.spec.space)).params
        return settings

    def is_hopeless(self, number: int, values: Sequence[float], history: Sequence[TrialRecord]) -> bool:
        """Whether the trial, at a rung, is not among the best third of all that came so far.

        `asha` has its rungs after 1, 3, 9, … judgements (Li et al. 2020). `hyperband` has the brackets of Li et al. 2018 in their sizes:
        they begin to compare later and later, for settings that are slow to show what they are worth. In a bracket it is asynchronous,
        too; the paper waits for all trials of a rung. How long a trial may become is taken from the longest so far.
        """
        if self.spec.pruner == "none":
            return False
        step = len(values)
        num_known = 1 + max([number, *(record.number for record in history)])
        bracket_of = [0] * num_known
        if self.spec.pruner == "hyperband":
            longest = max((len(record.intermediate) for record in history), default=1)
            bracket_of = brackets(longest, num_known)
        bracket = bracket_of[number]
        if step not in {_KEPT_OF**exponent for exponent in range(bracket, 20)}:
            return False
        rivals = [
            record.intermediate[step - 1]
            for record in history
            if len(record.intermediate) >= step and bracket_of[record.number] == bracket
        ]
        places = max(1, (len(rivals) + 1) // _KEPT_OF)
        return sum(rival > values[-1] for rival in rivals) >= places


def brackets(longest: int, num_trials: int) -> list[int]:
    """Of each trial its bracket, for trials of up to `longest` judgements; bracket 0 compares from the first of them on.

    Hyperband's bracket s, from s_max = log3(longest) down to 0, begins with (s_max + 1) / (s + 1) * 3**s trials, rounded up. Its brackets
    run one after the other; here the next trial is of the one that is furthest behind its share, so that a search of few trials has some of
    each.
    """
    s_max = int(math.log(max(1, longest), _KEPT_OF) + 1e-9)
    sizes = [-((s_max + 1) * _KEPT_OF**s // -(s + 1)) for s in range(s_max, -1, -1)]
    counts = [0] * len(sizes)
    found = []
    for number in range(num_trials):
        behind = [size * (number + 1) - count * sum(sizes) for size, count in zip(sizes, counts, strict=True)]
        found.append(behind.index(max(behind)))
        counts[found[-1]] += 1
    return found


@functools.cache
def _optuna() -> Any:
    """Imported when the first search needs it: most jobs search nothing."""
    import optuna  # noqa: PLC0415

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def _distributions(space: Space) -> dict[str, Any]:
    kinds = _optuna().distributions
    found: dict[str, Any] = {}
    for path, part in space.items():
        if isinstance(part, Choices):
            found[path] = kinds.CategoricalDistribution(part.values)
        elif part.is_integer:
            found[path] = kinds.IntDistribution(part.first, part.last, log=part.is_log)
        else:
            found[path] = kinds.FloatDistribution(part.low, part.high, log=part.is_log)
    return found


def _taken_for_worst(running: Sequence[RunningTrial], history: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Trials under way as if they had come to the worst value so far, so that the next one looks elsewhere.

    The constant liar (Ginsbourger et al. 2010, doi:10.1007/978-3-642-10701-6_6) with the minimum as its lie.
    """
    lie = min((record.value for record in history if record.value is not None), default=None)
    return [
        TrialRecord(number=trial.number, settings=trial.settings, state="complete", value=lie, steps=0, seconds=0)
        for trial in running
        if lie is not None
    ]


def _study(history: Sequence[TrialRecord], space: Space, *, seed: int) -> Any:
    optuna = _optuna()
    states = {
        "complete": optuna.trial.TrialState.COMPLETE,
        "pruned": optuna.trial.TrialState.PRUNED,
        "failed": optuna.trial.TrialState.FAIL,
    }
    study = optuna.create_study(
        study_name="search",
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=_RANDOM_FIRST),
    )
    distributions = _distributions(space)
    for record in history:
        if not record.settings:
            continue  # It failed before it was known what it would try.
        study.add_trial(
            optuna.trial.create_trial(
                state=states[record.state],
                value=record.value if record.state == "complete" else None,
                params=dict(record.settings),
                distributions=distributions,
            )
        )
    return study


def importance(history: Sequence[TrialRecord], space: Space) -> dict[str, float]:
    """Share of the variance of the value that each setting explains (fANOVA, Hutter et al. 2014); empty for fewer than four trials."""
    complete = [record for record in history if record.state == "complete"]
    if len(complete) < 4 or len({record.value for record in complete}) < 2:  # noqa: PLR2004 - nothing to explain
        return {}
    optuna = _optuna()
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    study = _study(complete, space, seed=0)
    found: dict[str, float] = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {path: round(float(share), 4) for path, share in found.items()}
