"""Search by name over HTTP: what is found, in which order, at what cost, and never in another tenant."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anneal.common.tenancy import service_scope, tenant_scope
from anneal.datasets.models import Dataset
from anneal.registry.models import TunedModel
from tests.anneal.jobs.material import job_make

pytestmark = pytest.mark.django_db


def _datasets(person, *names: str) -> None:
    with person.scope():
        for name in names:
            Dataset.objects.create(name=name, task="classification", state="ready", created_by=person.user)


def _found(person, q: str, kind: str = "datasets") -> list[str]:
    answer = person.api.get(f"/search?q={q}")
    assert answer.status_code == 200, answer.content
    return [one["name"] for one in answer.json()[kind]]


def test_names_that_begin_so_come_first_then_words_then_any_part(owner):
    _datasets(owner, "Intents of callers", "All-intents", "Pointents", "Something else", "Intents, newer")
    assert _found(owner, "intents") == ["Intents, newer", "Intents of callers", "All-intents", "Pointents"]


def test_every_word_must_be_there_in_any_order(owner):
    _datasets(owner, "Support mails 2025", "Mails of support 2024", "Support calls")
    assert set(_found(owner, "mails support")) == {"Support mails 2025", "Mails of support 2024"}


def test_chinese_words_are_found_anywhere_in_a_name(owner):
    _datasets(owner, "2025 客服意图识别", "客服对话", "舆情监测")
    assert _found(owner, "客服") == ["客服对话", "2025 客服意图识别"]
    assert _found(owner, "意图") == ["2025 客服意图识别"]


@pytest.mark.parametrize("q", ["%25", "_", "%5C", "(", ".*", "[a", "%27"])
def test_signs_are_signs(owner, q):
    _datasets(owner, "Plain")
    assert _found(owner, q) == []


def test_a_null_character_and_a_novel_are_refused(owner):
    assert owner.api.get("/search?q=%00").status_code == 400
    assert owner.api.get(f"/search?q={'x' * 101}").status_code == 400


def test_at_most_eight_of_each_kind_and_without_words_the_newest(owner):
    _datasets(owner, *(f"Number {number}" for number in range(9)))
    assert _found(owner, "number") == _found(owner, "") == [f"Number {number}" for number in range(8, 0, -1)]


def test_deleted_things_and_those_of_others_are_not_found(owner, stranger):
    _datasets(owner, "Mine", "Mine too")
    _datasets(stranger, "Mine as well")
    with owner.scope():
        dataset = Dataset.objects.get(name="Mine too")
    assert owner.api.delete(f"/datasets/{dataset.id}").status_code == 204
    assert _found(owner, "mine") == ["Mine"]


def test_jobs_and_models_are_found_too_for_as_many_queries_as_there_are_kinds(owner):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            owner.api.get("/search?q=alpha")
        return sum("LIKE" in one["sql"] for one in captured)

    assert queries() == 3
    for number in range(3):
        job_make(owner, name=f"Alpha {number}")
        with service_scope(), tenant_scope(owner.tenant_id):
            TunedModel.objects.create(name=f"Alpha {number}", task="classification", base_model="minilm-l6-v2")
    assert _found(owner, "alpha", "jobs") == _found(owner, "alpha", "models") == ["Alpha 2", "Alpha 1", "Alpha 0"]
    assert queries() == 3
