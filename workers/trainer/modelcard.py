"""README.md of an exported folder: what it is, how good it is, how to open it. Says nothing about where it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.bootstrap import MIN_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.contract.results import Contender, Evaluation, Interval
    from workers.trainer.export import Deliverable
    from workers.trainer.parts import Run

_NAMES = {
    "tuned": "**this model**",
    "base": "the untouched base model",
    "base_probe": "output layer on the untouched base model",
    "tfidf_linear": "TF-IDF + linear model",
    "nearest_centroid": "nearest centroid of base embeddings",
    "majority": "most frequent answer",
    "mean": "mean of the training rows",
    "most_frequent_tag": "most frequent tag of each word",
    "word_linear": "linear model over words and their neighbours",
    "popularity": "most popular candidates",
    "random": "a random order",
    "tfidf_cosine": "TF-IDF cosine",
    "matching_sentence": "sentence that shares most words with the question",
    "first_sentence": "first sentence of the source",
    "copy_source": "the source itself",
    "typical_target": "one typical answer to everything",
    "nearest_example": "the answer of the most similar training row",
}
_OUTCOMES = {
    "better": "This model is better than {against} on the held-out rows",
    "no_difference": "No difference between this model and {against} could be shown on the held-out rows",
    "worse": "This model is worse than {against} on the held-out rows",
}
_EFFECTS = {
    "better": "Augmentation helped",
    "no_difference": "No effect of augmentation could be shown",
    "worse": "Augmentation did harm",
}
_TESTS = {
    "mcnemar": "McNemar, exact",
    "paired_permutation": "paired permutation",
    "paired_bootstrap": "paired bootstrap",
}
_POINTS = {
    "mean_absolute_error",
    "root_mean_squared_error",
    "loss",
    "perplexity",
    "pearson",
    "spearman",
    "mrr",
    "ndcg_at_10",
    "auc",
    "roc_auc",
    "average_precision",
    "chrf",
    "bleu",
    "reward_margin",
    "kl",
    "answer_similarity",
}


def model_card(run: Run, evaluation: Evaluation) -> str:
    base, usage = run.base.info, run.task.usage(run)
    rows = "\n".join(_row(name, evaluation.contenders) for name in evaluation.tuned.metrics)
    verdict = evaluation.verdict
    against = _OUTCOMES[verdict.outcome].format(against=_NAMES[verdict.against])
    return f"""---
license: {base.licence.lower()}
base_model: {base.source}
pipeline_tag: {usage.pipeline_tag}
library_name: transformers
---

# {usage.title}

Fine-tuned with the method *{run.spec.method.type}* on {len(run.data.train)} rows; {len(run.data.validation)} more chose the best
weights. It reads up to {run.plan.max_length} tokens, and knows these languages: {", ".join(base.languages)}.

## Results on {evaluation.num_rows} held-out rows ({evaluation.split} split)

| 95 % interval | {" | ".join(_NAMES[contender.name] for contender in evaluation.contenders)} |
|{"---|" * (len(evaluation.contenders) + 1)}
{rows}

{against}: {_difference(verdict.difference, evaluation.primary)} in {evaluation.primary.replace("_", " ")}, p = {verdict.p_value:.2g}
({_TESTS[verdict.test]}).{_reservations(evaluation)}
{_next_turn(evaluation)}{_augmentation(evaluation)}
## How to use it

```python
{usage.code}
```

{usage.note} `anneal.json` holds inputs with the answers that every copy must repeat.

## Licence

The base model {base.source} is under {base.licence}. What was learnt from your data is yours.
"""


def _reservations(evaluation: Evaluation) -> str:
    found = []
    if evaluation.num_rows < MIN_ROWS:
        found.append(f"Over fewer than {MIN_ROWS} rows an interval is narrower than it should be.")
    if evaluation.split == "validation":
        found.append(
            "These rows also chose the weights, which flatters them a little; a test split would be more honest."
        )
    return "".join(f"\n{sentence}" for sentence in found)


def _augmentation(evaluation: Evaluation) -> str:
    effect = evaluation.augmentation_effect
    if effect is None:
        return ""
    of_this = "with" if effect.delivered == "with_augmentation" else "without"
    return f"""
Trained twice, with augmented training rows and without. {_EFFECTS[effect.outcome]} on the held-out rows:
{_difference(effect.difference, effect.metric)} in {effect.metric.replace("_", " ")} in its favour, p = {effect.p_value:.2g}.
This is the model {of_this} augmentation: it was the better one on the validation rows.
"""


def _next_turn(evaluation: Evaluation) -> str:
    found = getattr(evaluation.details, "next_turn", None)
    if found is None:
        return ""
    return f"""
Next turn accuracy is the share of conversations whose true answer the model finds likelier, token by token, than {found.num_others}
answers of other rows; guessing reaches {found.chance:.0%}.
"""


def _row(name: str, contenders: Sequence[Contender]) -> str:
    # Who copies a text has no loss.
    found = [contender.metrics.get(name) for contender in contenders]
    cells = ["–" if interval is None else _figure(interval, name) for interval in found]
    return f"| {name.replace('_', ' ')} | {' | '.join(cells)} |"


def _figure(interval: Interval, name: str) -> str:
    if name in _POINTS:
        return f"{interval.value:.4g} ({interval.low:.4g} to {interval.high:.4g})"
    return f"{interval.value:.1%} ({interval.low:.1%} to {interval.high:.1%})"


def _difference(interval: Interval, name: str) -> str:
    if name in _POINTS:
        return f"{interval.value:+.4g} ({interval.low:+.4g} to {interval.high:+.4g})"
    return f"{interval.value:+.1%} ({interval.low:+.1%} to {interval.high:+.1%})"


def adapter_card(run: Run, deliverable: Deliverable, *, why_alone: str) -> str:
    """`why_alone` says why there is no whole model beside it, where there is none."""
    base, code = run.base.info, run.method.opening_code(deliverable)
    alone = f"\nIt is not written into the base model's own weights: {why_alone}.\n" if why_alone else ""
    return f"""---
license: {base.licence.lower()}
base_model: {base.source}
library_name: {"peft" if "PeftModel" in code else "transformers"}
---

# Adapter ({run.spec.method.type}) for {base.name}

It goes on the base model and brings what that does not have: {", ".join(deliverable.new_modules) or "nothing else"}.
{alone}
```python
{code}
tokenizer = AutoTokenizer.from_pretrained("path/to/this/folder")
```

Labels, in the order of the outputs, and inputs with the answers to expect are in `anneal.json`.
"""
