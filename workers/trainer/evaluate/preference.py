"""The evaluation of preference tuning: whether preferred answers have become likelier, what it cost, and what is written now."""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: C channel, V vocabulary, N chosen position

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from workers.bootstrap import Bootstrap
from workers.contract.results import Contender, PreferenceDetails, PreferenceExample
from workers.trainer.data.conversations import shown
from workers.trainer.data.encoded import Encoded, Ragged, evenly
from workers.trainer.evaluate.baselines import timed
from workers.trainer.evaluate.by_row import rows_keep
from workers.trainer.evaluate.contenders import evaluation_of
from workers.trainer.evaluate.verdict import verdict_by_statistic
from workers.trainer.evaluate.writing import LONGEST_TEXT, last_part, most_new_tokens, texts_of
from workers.trainer.generation import write
from workers.trainer.language_model import speaking
from workers.trainer.token_loss import chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workers.contract.results import ContenderName, Evaluation, Interval
    from workers.trainer.data.encoded import Batch
    from workers.trainer.engine import Engine
    from workers.trainer.evaluate.metrics import FloatArray, IntArray
    from workers.trainer.parts import Run
    from workers.trainer.tasks.preference import Preference

_MOST_EXAMPLES = 30
# Of them, so many are the rows that go most against the preference.
_WORST_EXAMPLES = 10


@dataclass(frozen=True)
class Rewards:
    """What a model makes of answers. Of pairs `own` and `other` are rewards of the chosen and the rejected; single ones have a label."""

    own: FloatArray
    other: FloatArray
    is_desirable: IntArray | None

    @property
    def are_of_one_kind(self) -> bool:
        """Whether there are only good answers, or none: then nothing can be preferred to anything."""
        return self.is_desirable is not None and len(set(self.is_desirable.tolist())) == 1

    @property
    def margins(self) -> FloatArray:
        """By row; positive where it goes with the preference."""
        if self.is_desirable is None:
            return self.own - self.other
        signed: FloatArray = np.where(self.is_desirable > 0, self.own, -self.own)
        return signed

    def accuracy(self, rows: IntArray) -> float:
        """How often the preferred answer has the higher reward, equal ones counting half: within its pair, or, of single answers,
        a desirable one against an undesirable one (the area under the ROC curve).
        """
        if self.is_desirable is None:
            margins = self.margins[rows]
            return float(np.mean(margins > 0) + 0.5 * np.mean(margins == 0))
        own, label = self.own[rows], self.is_desirable[rows] > 0
        good, bad = own[label], np.sort(own[~label])
        if not len(good) or not len(bad):
            return 0.5
        below = np.searchsorted(bad, good, side="left") + np.searchsorted(bad, good, side="right")
        return float(below.sum() / (2 * len(good) * len(bad)))

    def margin(self, rows: IntArray) -> float:
        """Mean difference between the rewards of preferred and other answers."""
        if self.is_desirable is None:
            return float(self.margins[rows].mean())
        own, label = self.own[rows], self.is_desirable[rows] > 0
        return float(own[label].mean() - own[~label].mean()) if 0 < label.sum() < len(label) else 0.0


def rewards(spec: Any, answers: torch.Tensor, targets: Mapping[str, torch.Tensor]) -> Rewards:
    """`answers` are (rows, 4), as the task gives them. Without a base model to compare with, a reward is the mean log-likelihood."""
    own, other, num_own, num_other = answers.double().unbind(1)
    if "base" in targets:
        base_own, base_other = targets["base"].double().unbind(1)
        own, other = own - base_own, other - base_other
    else:
        own, other = own / num_own, other / num_other
    label = targets.get("desirable")
    return Rewards(
        (spec.beta * own).numpy(), (spec.beta * other).numpy(), None if label is None else label.long().numpy()
    )


def evaluate_preference(run: Run, task: Preference) -> Evaluation:
    """The untouched base model has no reward of its own where rewards are measured from it: it is right as often as a coin."""
    encoded = run.encoded["held_out"]
    answers = task.answer(run.engine, encoded)
    tuned = rewards(run.spec.task, answers, encoded.targets)
    shown_rows = _shown(tuned.margins, encoded.targets["answer"].numpy())
    prompts, max_new_tokens = _prompts(encoded, shown_rows)
    written = texts_of(run, write(run.engine, prompts, max_new_tokens=max_new_tokens))
    run.control.check()
    with run.untouched() as untouched:

        def ask_base() -> tuple[torch.Tensor, list[str]]:
            engine = untouched()
            return task.answer(engine, encoded), texts_of(run, write(engine, prompts, max_new_tokens=max_new_tokens))

        (base_answers, base_written), seconds = timed(ask_base)
        divergences = _divergences(run, task, untouched(), encoded)
    bootstrap = Bootstrap(len(encoded))
    base = rewards(run.spec.task, base_answers, encoded.targets)
    origins = encoded.targets["row"].tolist()
    losses, base_losses = (task.row_losses(one, encoded).double().numpy() for one in (answers, base_answers))
    _loss_keep(run, losses, encoded.targets["row"].numpy())
    if tuned.are_of_one_kind:
        primary, judged, judged_base = "loss", _mean_of(losses), _mean_of(base_losses)
    else:
        primary, judged, judged_base = "reward_accuracy", tuned.accuracy, base.accuracy
    return evaluation_of(
        run,
        primary=primary,
        contenders=(
            _contender(bootstrap, "tuned", task, answers, encoded, tuned, divergences, run.state.seconds),
            _contender(bootstrap, "base", task, base_answers, encoded, base, np.zeros_like(divergences), seconds),
        ),
        verdict=verdict_by_statistic(
            bootstrap, {"tuned": judged, "base": judged_base}, is_lower_better=primary == "loss"
        ),
        details=PreferenceDetails(
            loss=run.spec.task.loss,  # type: ignore[union-attr]  # a preference task
            beta=run.spec.task.beta,  # type: ignore[union-attr]  # likewise
            num_tokens=int(divergences[:, 1].sum()),
            max_new_tokens=max_new_tokens,
            examples=tuple(
                _example(run, tuned, i, origins[i], said, base_said)
                for i, said, base_said in zip(shown_rows, written, base_written, strict=True)
            ),
        ),
    )


def _contender(
    bootstrap: Bootstrap,
    name: ContenderName,
    task: Preference,
    answers: torch.Tensor,
    encoded: Encoded,
    found: Rewards,
    divergences: FloatArray,
    seconds: float,
) -> Contender:
    means = (answers[:, :2] / answers[:, 2:]).double().numpy()
    by_likelihood = Rewards(means[:, 0], means[:, 1], found.is_desirable)
    metrics: dict[str, Interval] = {
        "reward_accuracy": bootstrap.of(found.accuracy),
        "reward_margin": bootstrap.of(found.margin),
        "loss": bootstrap.mean(task.row_losses(answers, encoded).double().numpy()),
        "likelihood_accuracy": bootstrap.of(by_likelihood.accuracy),
        "kl": bootstrap.of(_share(divergences)),
    }
    return Contender(name=name, metrics=metrics, seconds=round(seconds, 3))


def _loss_keep(run: Run, losses: FloatArray, origins: IntArray) -> None:
    """A row of the data may be several answers."""
    sums = np.zeros((2, len(run.data.held_out)))
    np.add.at(sums[0], origins, losses)
    np.add.at(sums[1], origins, 1.0)
    rows_keep(run, "loss", sums[0], sums[1], is_lower_better=True)


def _mean_of(losses: FloatArray) -> Callable[[IntArray], float]:
    return lambda rows: float(losses[rows].mean())


def _share(sums: FloatArray) -> Callable[[IntArray], float]:
    return lambda rows: float(sums[rows, 0].sum() / max(1.0, sums[rows, 1].sum()))


def _divergences(run: Run, task: Preference, base: Engine, encoded: Encoded) -> FloatArray:
    """(rows, 2): the Kullback-Leibler divergence of the tuned model's next words from the base model's, in nats, summed over the tokens
    of the held-out answers, and how many tokens these are.
    """
    base_model = speaking(base.model)

    def forward(model: Any, batch: Batch) -> list[tuple[float, int]]:
        asked = task.asked(batch)
        mine_NC = chosen(model.of(batch), asked.places_N)
        theirs_NC = chosen(base_model.of(batch), asked.places_N)
        sums, row_N = torch.zeros(len(batch), dtype=torch.float64), (asked.places_N // asked.width).cpu()
        for start in range(0, len(mine_NC), 64):
            part = slice(start, start + 64)
            mine = model.logits(mine_NC[part]).float().log_softmax(-1)
            theirs = base_model.logits(theirs_NC[part]).float().log_softmax(-1)
            sums.index_add_(0, row_N[part], (mine.exp() * (mine - theirs)).sum(-1).double().cpu())
        counts = torch.bincount(row_N, minlength=len(batch))
        return list(zip(sums.tolist(), counts.tolist(), strict=True))

    return np.array(run.engine.rows(encoded, forward), dtype=np.float64)


def _shown(margins: FloatArray, starts: IntArray) -> list[int]:
    """Rows whose prompt is read whole: those most against the preference first, then others, evenly taken."""
    order = [int(i) for i in np.argsort(margins, kind="stable") if starts[i] > 0]
    worst, rest = order[:_WORST_EXAMPLES], sorted(order[_WORST_EXAMPLES:])
    return [*worst, *(rest[i] for i in evenly(len(rest), _MOST_EXAMPLES - len(worst)))]


def _prompts(encoded: Encoded, rows: Sequence[int]) -> tuple[Encoded, int]:
    starts = encoded.targets["answer"].tolist()
    ids = [encoded.ids.row(row).tolist() for row in rows]
    prompts = [one[: starts[row]] for row, one in zip(rows, ids, strict=True)]
    longest = most_new_tokens([len(one) - len(prompt) for one, prompt in zip(ids, prompts, strict=True)])
    return Encoded(ids=Ragged.of(prompts)), longest


def _example(run: Run, tuned: Rewards, row: int, origin: int, said: str, base_said: str) -> PreferenceExample:
    rows = run.data.held_out
    conversation = rows["messages"][origin]
    answer = conversation[-1]["content"][:LONGEST_TEXT]
    is_good = tuned.is_desirable is None or bool(tuned.is_desirable[row])
    other = rows["other"][origin][-1]["content"][:LONGEST_TEXT] if "other" in rows.fields else None
    return PreferenceExample(
        row=rows.rows[origin],
        prompt=last_part(shown(conversation[:-1])),
        chosen=answer if is_good else None,
        rejected=other if is_good else answer,
        reward=float(tuned.margins[row] if tuned.is_desirable is None else tuned.own[row]),
        tuned=said[:LONGEST_TEXT],
        base=base_said[:LONGEST_TEXT],
    )
