from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.workers.contract.strategies import values_of
from workers.contract.results import Evaluation, Interval, ModelManifest


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(document=st.one_of(values_of(Evaluation), values_of(ModelManifest)))
def test_documents_round_trip(document: Evaluation | ModelManifest) -> None:
    assert type(document).model_validate_json(document.model_dump_json()) == document


def test_refuses_infinite_figures() -> None:
    with pytest.raises(ValidationError):
        Interval(value=float("inf"), low=0, high=1)
