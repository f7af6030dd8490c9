"""The evaluation document and the manifest of an artifact: what a finished run leaves behind, as values."""

from __future__ import annotations

from typing import Literal

from workers.contract.base import Value


class Interval(Value):
    """A figure with its 95 % bootstrap interval over the evaluated rows."""

    value: float
    low: float
    high: float


class Contender(Value):
    """One way to answer the same rows: the tuned model or something simpler."""

    name: Literal["tuned", "base_probe", "tfidf_logreg", "nearest_centroid", "majority"]
    accuracy: Interval
    macro_f1: Interval
    weighted_f1: float
    seconds: float


class ClassScore(Value):
    label: str
    precision: float
    recall: float
    f1: float
    support: int


class Mistake(Value):
    """A held-out row that the tuned model got wrong, most confident first."""

    row: int
    text: str
    label: str
    predicted: str
    confidence: float


class Verdict(Value):
    """Tuned against the best of the others on the same rows; `difference` is in accuracy points (0 to 1)."""

    outcome: Literal["better", "no_difference", "worse"]
    against: str
    difference: Interval
    p_value: float


class Evaluation(Value):
    """Everything that the result page of a classification job shows."""

    task: Literal["classification"] = "classification"
    split: Literal["validation", "test"]
    num_rows: int
    labels: tuple[str, ...]
    contenders: tuple[Contender, ...]
    per_class: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    """Rows are true labels, columns are predictions, both in the order of `labels`."""
    mistakes: tuple[Mistake, ...]
    verdict: Verdict
    expected_calibration_error: float


class Golden(Value):
    """An input recorded at the end of training with the probabilities that every export and deployment must repeat."""

    text: str
    probabilities: tuple[float, ...]


class ModelManifest(Value):
    """`anneal.json` in a model directory: what it is, what made it, and how to check that it still answers alike."""

    format_version: Literal[1] = 1
    task: Literal["classification"] = "classification"
    base_model: str
    spec_sha256: str
    labels: tuple[str, ...]
    max_length: int
    golden: tuple[Golden, ...]
    tolerance: float = 1e-3
