"""From files to an immutable version over HTTP, as member, viewer and stranger."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from anneal.common.storage import store
from anneal.common.tenancy import service_scope, tenant_scope
from anneal.datasets.models import Dataset, DatasetVersion
from anneal.datasets.tasks import inspect, validate
from tests.anneal.datasets.steps import codes, csv_of, dataset_of, good_rows, mapped, shown, uploaded

pytestmark = pytest.mark.django_db


def test_file_becomes_an_immutable_version_when_its_mapping_is_confirmed(owner):
    dataset = dataset_of(owner, (csv_of(good_rows(100)), "reviews.csv", "auto"))
    assert dataset["state"] == "needs_mapping", dataset["problems"]
    assert dataset["mapping"]["text"] == "text"
    assert dataset["mapping"]["label"] == "label"
    assert 0.8 <= dataset["mapping"]["confidence"] <= 1
    assert [column["guess"] for column in dataset["columns"]] == ["text", "label"]
    (file,) = dataset["files"]
    assert (file["format"], file["encoding"], file["columns"]) == ("csv", "utf-8", ["text", "label"])

    dataset = mapped(owner, dataset)
    assert dataset["state"] == "ready", dataset["problems"]
    version = dataset["latest_version"]
    assert version["number"] == 1
    assert sum(version["num_rows"].values()) == 100
    assert version["num_rows"] == {"train": 80, "validation": 10, "test": 10}
    assert [entry["label"] for entry in version["labels"]] == ["complaint", "praise"]
    assert version["text_length"]["unit"] == "characters"
    assert dataset["files"][0]["num_rows"] == 100
    assert owner.api.get(f"/dataset-versions/{version['id']}").json() == version
    assert owner.api.get(f"/datasets/{dataset['id']}/versions").json()["data"] == [version]


def test_version_files_hold_every_row_once_with_its_line_and_digest(owner):
    rows = [*good_rows(60), ("two\nlines, one field", "praise"), ("después 付款 😀", "complaint")]
    dataset = mapped(owner, dataset_of(owner, (csv_of(rows), "r.csv", "auto")))
    found = {}
    for file in _version(owner, dataset).files:
        with store().open(file["key"]) as stream:
            content = stream.read()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert len(content) == file["size_bytes"]
        table = pq.read_table(io.BytesIO(content))
        assert table.schema.equals(
            pa.schema([("id", pa.int64()), ("row", pa.int64()), ("text", pa.string()), ("label", pa.string())])
        )
        assert table.num_rows == file["num_rows"]
        found.update({row["row"]: (row["text"], row["label"]) for row in table.to_pylist()})
    assert found[2] == rows[0]
    assert found[62] == rows[60]
    assert found[64] == rows[61], "a field over two lines takes two lines"
    assert len(found) == len(rows)


def test_given_splits_are_kept_and_missing_ones_are_carved_from_train(owner):
    train, held = csv_of(good_rows(50)), csv_of(good_rows(20))
    three = mapped(
        owner, dataset_of(owner, (train, "a.csv", "train"), (held, "b.csv", "validation"), (held, "c.csv", "test"))
    )
    assert three["latest_version"]["num_rows"] == {"train": 50, "validation": 20, "test": 20}
    two = mapped(owner, dataset_of(owner, (train, "a.csv", "train"), (held, "c.csv", "test")), validation_share=0.2)
    assert two["latest_version"]["num_rows"] == {"train": 40, "validation": 10, "test": 20}


def test_same_rows_and_seed_give_the_same_version_and_another_seed_another(owner):
    dataset = mapped(owner, dataset_of(owner, (csv_of(good_rows(80)), "r.csv", "auto")))
    again = mapped(owner, dataset)
    assert again["latest_version"] == dataset["latest_version"], "nothing changed, so no new version"
    other = mapped(owner, dataset, split_seed=7)
    assert other["latest_version"]["number"] == 2
    assert other["latest_version"]["sha256"] != dataset["latest_version"]["sha256"]
    twin = mapped(owner, dataset_of(owner, (csv_of(good_rows(80)), "x.csv", "auto")))
    assert twin["latest_version"]["sha256"] == dataset["latest_version"]["sha256"]


def test_failed_mapping_leaves_the_versions_before_it(owner):
    content = csv_of([(*row, "same") for row in good_rows(30)], ("text", "label", "batch"))
    dataset = mapped(owner, dataset_of(owner, (content, "r.csv", "auto")))
    failed = mapped(owner, dataset, label="batch")
    assert failed["state"] == "invalid"
    assert codes(failed, "error") == ["data:single_class"]
    assert failed["latest_version"] == dataset["latest_version"]
    assert mapped(owner, failed)["state"] == "ready"


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "tsv", "utf16"])
def test_every_format_gives_the_same_rows(owner, kind):
    rows = good_rows(40)
    lines = "\n".join(json.dumps({"text": text, "label": label}) for text, label in rows)
    table = io.BytesIO()
    pq.write_table(pa.table({"text": [r[0] for r in rows], "label": [r[1] for r in rows]}), table)
    content = {
        "jsonl": lines.encode(),
        "parquet": table.getvalue(),
        "tsv": "\n".join("\t".join(row) for row in [("text", "label"), *rows]).encode(),
        "utf16": "\r\n".join(";".join(row) for row in [("text", "label"), *rows]).encode("utf-16"),
    }[kind]
    dataset = mapped(owner, dataset_of(owner, (content, f"data.{kind}", "auto")))
    assert dataset["state"] == "ready", dataset["problems"]
    assert sum(dataset["latest_version"]["num_rows"].values()) == 40
    assert dataset["files"][0]["format"] == {"utf16": "csv"}.get(kind, kind)


def test_preview_shows_raw_rows_before_and_version_rows_after(owner):
    dataset = dataset_of(owner, (csv_of(good_rows(50)), "r.csv", "auto"))
    raw = owner.api.get(f"/datasets/{dataset['id']}/preview?limit=3&offset=1").json()
    assert raw["columns"] == ["text", "label"]
    assert [row["text"] for row in raw["data"]] == [row[0] for row in good_rows()[1:4]]
    assert raw["total"] == 50
    mapped(owner, dataset)
    pages = [
        owner.api.get(f"/datasets/{dataset['id']}/preview?limit=20&offset={offset}").json() for offset in (0, 20, 40)
    ]
    rows = [row for page in pages for row in page["data"]]
    assert pages[0]["columns"] == ["row", "text", "label"]
    assert len(rows) == pages[0]["total"] == 50
    assert {row["split"] for row in rows} == {"train", "validation", "test"}
    some = owner.api.get(f"/datasets/{dataset['id']}/preview?split=test&label=praise").json()
    assert {(row["split"], row["label"]) for row in some["data"]} == {("test", "praise")}
    assert some["total"] == len(some["data"])
    assert owner.api.get(f"/datasets/{dataset['id']}/preview?label=nonsense").json()["total"] == 0


@pytest.mark.parametrize(
    "query", ["offset=-1", "offset=x", "limit=0", "limit=1000", "split=other", "offset=99999999999"]
)
def test_preview_refuses_what_makes_no_sense(owner, query):
    dataset = dataset_of(owner, (csv_of(good_rows()), "r.csv", "auto"))
    assert owner.api.get(f"/datasets/{dataset['id']}/preview?{query}").status_code == 400


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"text": "nope", "label": "label"}, "text"),
        ({"text": "text", "label": "nope"}, "label"),
        ({"text": "text", "label": "text"}, "label"),
        ({"text": "text"}, "label"),
        ({"text": "text", "label": "label", "colour": 1}, "colour"),
        ({"text": "text", "label": "label", "validation_share": 0.4, "test_share": 0.4}, "validation_share"),
        ({"text": "text", "label": "label", "validation_share": -1}, "validation_share"),
        ({"text": "text", "label": "label", "split_seed": 2**40}, "split_seed"),
    ],
)
def test_mapping_names_the_field_that_is_wrong(owner, body, param):
    dataset = dataset_of(owner, (csv_of(good_rows()), "r.csv", "auto"))
    answer = owner.api.put(f"/datasets/{dataset['id']}/mapping", body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
    assert shown(owner.api, dataset["id"])["state"] == "needs_mapping"


def test_dataset_needs_finished_uploads_of_ones_own(owner, stranger):
    mine = uploaded(owner.api, csv_of(good_rows()))
    foreign = uploaded(stranger.api, csv_of(good_rows()))

    def make(*files):
        body = {"name": "n", "task": "classification", "files": list(files)}
        return owner.api.post("/datasets", body)

    for upload_id in (foreign, str(uuid.uuid4())):
        answer = make({"upload_id": upload_id, "split": "auto"})
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "upload.not_found"
    assert make({"upload_id": mine, "split": "test"}).json()["error"]["code"] == "dataset.no_train_file"
    twice = {"upload_id": mine, "split": "train"}
    assert make(twice, twice).json()["error"]["code"] == "dataset.file_twice"
    assert make().status_code == 400
    assert make({"upload_id": mine, "split": "sideways"}).status_code == 400
    assert make(twice).status_code == 201


def test_strangers_and_viewers(owner, stranger, viewer, member):
    dataset = mapped(member, dataset_of(member, (csv_of(good_rows()), "r.csv", "auto")))
    version = dataset["latest_version"]["id"]
    for path in (f"/datasets/{dataset['id']}", f"/datasets/{dataset['id']}/preview", f"/dataset-versions/{version}"):
        assert viewer.api.get(path).status_code == 200
        assert stranger.api.get(path).status_code == 404
    assert stranger.api.get("/datasets").json()["data"] == []
    assert viewer.api.put(f"/datasets/{dataset['id']}/mapping", {"text": "text", "label": "label"}).status_code == 403
    assert viewer.api.delete(f"/datasets/{dataset['id']}").status_code == 403
    assert stranger.api.delete(f"/datasets/{dataset['id']}").status_code == 404
    assert member.key().get(f"/datasets/{dataset['id']}").status_code == 200


def test_renamed_and_deleted(owner):
    dataset = mapped(owner, dataset_of(owner, (csv_of(good_rows()), "r.csv", "auto")))
    path = f"/datasets/{dataset['id']}"
    assert owner.api.patch(path, {"name": "Zweiter 名"}).json()["name"] == "Zweiter 名"
    assert owner.api.delete(path).status_code == 204
    assert owner.api.get(path).status_code == 404
    assert owner.api.get(f"/dataset-versions/{dataset['latest_version']['id']}").status_code == 404
    assert owner.api.get("/datasets").json()["data"] == []
    with owner.scope():
        assert DatasetVersion.objects.count() == 1, "jobs that stand on the version keep it"


def test_lists_take_the_same_number_of_queries_whatever_their_length(owner, django_assert_max_num_queries):
    for number in range(4):
        mapped(owner, dataset_of(owner, (csv_of(good_rows()), "r.csv", "auto"), name=f"d{number}"))
    with django_assert_max_num_queries(19):
        page = owner.api.get("/datasets?limit=2").json()
    assert [item["name"] for item in page["data"]] == ["d3", "d2"]
    assert page["data"][0]["latest_version"]["number"] == 1
    rest = owner.api.get(f"/datasets?cursor={page['next_cursor']}").json()
    assert [item["name"] for item in rest["data"]] == ["d1", "d0"]


def test_list_is_searched_by_name_and_by_task_page_by_page(owner, stranger):
    for person, name, task in (
        (owner, "Hotel reviews of May", "classification"),
        (owner, "Tickets 100%", "classification"),
        (owner, "HOTEL letters", "translation"),
        (owner, "酒店评论", "classification"),
        (owner, "Reviews of a hotel", "classification"),
        (stranger, "Hotel of somebody else", "classification"),
    ):
        with person.scope():
            Dataset.objects.create(name=name, task=task, state="ready")

    def names(**query: str) -> list[str]:
        return [row["name"] for row in owner.api.get(f"/datasets?{urlencode(query)}").json()["data"]]

    assert names(q="hotel") == ["Reviews of a hotel", "HOTEL letters", "Hotel reviews of May"]
    assert names(q=" Reviews  HOT ") == ["Reviews of a hotel", "Hotel reviews of May"]
    assert names(q="hotel", task="translation") == ["HOTEL letters"]
    assert names(q="评论") == ["酒店评论"]
    assert names(q="%") == ["Tickets 100%"]
    assert names(q="nowhere") == []
    assert len(names(q="")) == 5
    first = owner.api.get("/datasets?q=hotel&limit=2").json()
    rest = owner.api.get(f"/datasets?q=hotel&limit=2&cursor={first['next_cursor']}").json()
    assert [row["name"] for row in first["data"] + rest["data"]] == names(q="hotel")
    assert rest["next_cursor"] is None
    with owner.scope():
        Dataset.objects.filter(name="HOTEL letters").update(deleted_at=Now())
    assert names(q="hotel", task="translation") == []


@pytest.mark.parametrize("wrong", ["%00", "x" * 201])
def test_list_refuses_words_that_no_name_has(owner, wrong):
    for kind in ("datasets", "models"):
        refused = owner.api.get(f"/{kind}?q={wrong}")
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "q"), refused.content


def test_search_of_the_list_takes_the_same_number_of_queries_whatever_it_finds(owner):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert owner.api.get("/datasets?q=review&task=classification").json()["data"]
        return len(captured)

    with owner.scope():
        Dataset.objects.create(name="Reviews", task="classification", state="ready")
    before = queries()
    with owner.scope():
        for number in range(5):
            Dataset.objects.create(name=f"Reviews {number}", task="classification", state="ready")
    assert queries() == before


def test_repeated_creation_with_one_key_makes_one_dataset(owner):
    body = {"name": "n", "files": [{"upload_id": uploaded(owner.api, csv_of(good_rows())), "split": "auto"}]}
    answers = [owner.api.post("/datasets", body, **{"Idempotency-Key": "k1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert len(owner.api.get("/datasets").json()["data"]) == 1


def test_version_cannot_be_changed_even_by_raw_sql(owner):
    dataset = mapped(owner, dataset_of(owner, (csv_of(good_rows()), "r.csv", "auto")))
    version_id = dataset["latest_version"]["id"]
    for act in (
        lambda: DatasetVersion.objects.filter(id=version_id).update(number=9),
        lambda: DatasetVersion.objects.filter(id=version_id).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), tenant_scope(owner.tenant_id):
            act()
    with pytest.raises(DatabaseError), transaction.atomic(), service_scope():
        DatasetVersion.objects.filter(id=version_id).update(number=9)


def test_work_with_unknown_finished_or_malformed_ids_does_nothing(owner):
    dataset = mapped(owner, dataset_of(owner, (csv_of(good_rows()), "r.csv", "auto")))
    for task in (inspect, validate):
        for value in (str(uuid.uuid4()), "nonsense", dataset["id"]):
            task(value)
    assert shown(owner.api, dataset["id"]) == dataset


def test_findings_speak_the_language_of_the_request(owner):
    dataset = dataset_of(owner, (b"", "r.csv", "auto"))
    assert dataset["state"] == "invalid"
    assert "empty" in dataset["problems"][0]["message"]
    chinese = shown(owner.api, dataset["id"], **{"Accept-Language": "zh-CN"})
    assert "文件为空" in chinese["problems"][0]["message"]


def _version(person, dataset) -> DatasetVersion:
    with person.scope():
        return DatasetVersion.objects.get(id=dataset["latest_version"]["id"])


def test_busy_dataset_refuses_another_mapping(owner):
    dataset = dataset_of(owner, (csv_of(good_rows()), "r.csv", "auto"))
    body = {"text": "text", "label": "label"}
    assert owner.api.put(f"/datasets/{dataset['id']}/mapping", body).status_code == 200
    answer = owner.api.put(f"/datasets/{dataset['id']}/mapping", body)
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "dataset.wrong_state"
    with owner.scope():
        assert Dataset.objects.get().state == "validating"
