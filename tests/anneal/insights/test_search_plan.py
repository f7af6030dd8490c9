"""Search by name in a large organisation: from an index alone."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection

from anneal.common.name_search import names_like
from anneal.datasets.models import Dataset
from anneal.datasets.selectors import dataset_names
from tests.support.people import Person, person_found


@pytest.fixture
def many_datasets(committed_db: Any) -> Person:
    """So many, looked over by a vacuum, that the planner thinks as it does of a large table."""
    person = person_found("owner")
    with person.scope():
        Dataset.objects.bulk_create(
            Dataset(name=f"Plain {number}", task="classification", state="ready", created_by=person.user)
            for number in range(2000)
        )
    with psycopg.connect(committed_db.owner_url, autocommit=True) as owner:
        owner.execute("VACUUM (ANALYZE) datasets_dataset")
    return person


def test_names_are_read_off_an_index_alone(many_datasets: Person) -> None:
    with many_datasets.scope(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        plan = names_like(dataset_names(), "plain", 8).explain()
    assert "Index Only Scan using datasets_dataset_names" in plan, plan
