from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.workers.contract.strategies import values_of
from workers.contract.results import Evaluation, Golden, Interval, ModelManifest


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(document=st.one_of(values_of(Evaluation), values_of(ModelManifest)))
def test_documents_round_trip(document: Evaluation | ModelManifest) -> None:
    assert type(document).model_validate_json(document.model_dump_json()) == document


def test_documents_of_the_first_format_are_read_as_todays() -> None:
    figure = {"value": 0.9, "low": 0.8, "high": 1.0}
    contender = {"accuracy": figure, "macro_f1": figure, "weighted_f1": 0.9, "seconds": 1.0}
    old = {
        "task": "classification",
        "split": "test",
        "num_rows": 10,
        "labels": ["a", "b"],
        "contenders": [{"name": "tuned", **contender}, {"name": "tfidf_logreg", **contender}],
        "per_class": [{"label": "a", "precision": 1, "recall": 1, "f1": 1, "support": 5}],
        "confusion": [[5, 0], [0, 5]],
        "mistakes": [],
        "verdict": {"outcome": "better", "against": "tfidf_logreg", "difference": figure, "p_value": 0.01},
        "expected_calibration_error": 0.02,
    }
    found = Evaluation.model_validate(old)
    assert found.labels == ("a", "b")
    assert found.verdict.against == "tfidf_linear"
    assert found.summary() == {
        "primary": "accuracy",
        "value": 0.9,
        "metrics": {"accuracy": 0.9, "macro_f1": 0.9},
        "verdict": "better",
    }
    golden = Golden.model_validate({"text": "where is it", "probabilities": [0.1, 0.9]})
    assert golden == Golden(inputs={"text": "where is it"}, expected=(0.1, 0.9))


def test_refuses_infinite_figures() -> None:
    with pytest.raises(ValidationError):
        Interval(value=float("inf"), low=0, high=1)
