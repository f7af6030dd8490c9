"""Files of a dataset through the API: members of archives become files, and how a file is read is shown and can be corrected."""

from __future__ import annotations

import gzip
import json

import pytest

from anneal.datasets.models import DatasetFile
from anneal.datasets.tasks import inspect
from tests.anneal.datasets.steps import codes, csv_of, dataset_of, good_rows, mapped, rows_of, shown
from tests.anneal.datasets.test_packed import zip_of
from tests.anneal.datasets.xlsx import xlsx_of

pytestmark = pytest.mark.django_db

GOOD = csv_of(good_rows(40))


def corrected(owner, dataset, position=0, **choices):
    """The dataset after a file's reading was corrected and the files were looked at again."""
    answer = owner.api.patch(f"/datasets/{dataset['id']}/files/{position}", choices)
    assert answer.status_code == 200, answer.content
    assert answer.json()["state"] == "inspecting"
    inspect(dataset["id"])
    return shown(owner.api, dataset["id"])


def _refused(owner, dataset, status, code, position=0, **choices):
    answer = owner.api.patch(f"/datasets/{dataset['id']}/files/{position}", choices)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    return answer.json()["error"]


def test_members_of_an_archive_become_files_with_their_splits(owner):
    archive = zip_of(("data/train.csv", GOOD), ("data/dev.csv", csv_of(good_rows(10))), ("LICENSE", b"free"))
    extra = (csv_of(good_rows(6)), "test.csv", "test")
    dataset = dataset_of(owner, extra, (archive, "all.zip", "auto"), extra)
    files = dataset["files"]
    assert [(file["position"], file["filename"], file["member"], file["split"]) for file in files] == [
        (0, "test.csv", "", "test"),
        (1, "all.zip", "data/train.csv", "train"),
        (2, "all.zip", "data/dev.csv", "validation"),
        (3, "test.csv", "", "test"),
    ]
    assert [file["compression"] for file in files] == [None, "zip", "zip", None]
    assert files[1]["size_bytes"] == len(GOOD)
    dataset = mapped(owner, dataset)
    assert dataset["state"] == "ready", dataset["problems"]
    assert dataset["latest_version"]["num_rows"] == {"train": 40, "validation": 10, "test": 12}
    assert "data:member_ignored" in codes(dataset, "warning")


def test_archive_that_was_given_a_split_keeps_it(owner):
    archive = zip_of(("train.csv", GOOD), ("test.csv", GOOD))
    dataset = dataset_of(owner, (archive, "a.zip", "train"))
    assert [file["split"] for file in dataset["files"]] == ["train", "train"]


def test_archive_of_a_test_set_alone_is_divided(owner):
    dataset = dataset_of(owner, (zip_of(("test.csv", GOOD)), "a.zip", "auto"))
    assert [file["split"] for file in dataset["files"]] == ["auto"]


def test_finding_in_a_member_names_both(owner):
    archive = zip_of(("train.csv", GOOD + b"one,two,three\r\n"))
    dataset = mapped(owner, dataset_of(owner, (archive, "a.zip", "auto")))
    (problem,) = dataset["problems"]
    assert (problem["code"], problem["file"], problem["row"]) == ("data:ragged_row", "a.zip/train.csv", 42)


def test_packed_file_is_unpacked_once_and_its_digest_is_that_of_the_upload(owner):
    content = gzip.compress(GOOD, mtime=0)
    dataset = dataset_of(owner, (content, "a.csv.gz", "auto"))
    (file,) = dataset["files"]
    assert (file["format"], file["compression"], file["size_bytes"]) == ("csv", "gzip", len(GOOD))
    upload = owner.api.get(f"/uploads/{file['upload_id']}").json()
    assert upload["size_bytes"] == len(content)
    with owner.scope():
        before = DatasetFile.objects.get(dataset_id=dataset["id"]).storage_key
    corrected(owner, dataset, encoding="utf-8")
    with owner.scope():
        assert DatasetFile.objects.get(dataset_id=dataset["id"]).storage_key == before
    preview = owner.api.get(f"/datasets/{dataset['id']}/preview?limit=1").json()
    assert preview["data"] == [{"text": good_rows(1)[0][0], "label": "praise"}]


def test_refused_archive_keeps_its_row(owner):
    dataset = dataset_of(owner, (zip_of(("../x.csv", GOOD)), "a.zip", "auto"), (GOOD, "b.csv", "auto"))
    assert dataset["state"] == "invalid"
    assert codes(dataset, "error") == ["data:archive_slip"]
    assert [file["filename"] for file in dataset["files"]] == ["a.zip", "b.csv"]


def test_wrong_encoding_is_shown_and_corrected(owner):
    rows = [(f"Ćao svima, đak {n}", "ab"[n % 2]) for n in range(40)]
    content = csv_of(rows).decode().encode("cp1250")
    dataset = dataset_of(owner, (content, "a.csv", "auto"))
    assert dataset["files"][0]["encoding"] == "cp1252"
    assert codes(dataset) == ["data:encoding_guessed"]
    dataset = corrected(owner, dataset, encoding="cp1250")
    assert dataset["files"][0]["encoding"] == "cp1250"
    assert dataset["files"][0]["choices"] == {"encoding": "cp1250"}
    assert codes(dataset) == []
    assert owner.api.get(f"/datasets/{dataset['id']}/preview").json()["data"][0]["text"] == "Ćao svima, đak 0"
    dataset = corrected(owner, dataset, encoding=None)
    assert (dataset["files"][0]["encoding"], dataset["files"][0]["choices"]) == ("cp1252", {})


def test_unknown_encoding_can_be_told(owner):
    content = b"text,label\n" + b"\x81\x8d a,b\n\x90\x9d\xff c,d\n" * 20
    dataset = dataset_of(owner, (content, "a.csv", "auto"))
    assert codes(dataset) == ["data:encoding_unknown"]
    dataset = corrected(owner, dataset, encoding="iso-8859-1")
    assert dataset["state"] == "needs_mapping"


def test_file_without_names_is_asked_about_and_corrected(owner):
    rows = [("where is my order now", "delivery"), ("give me my money back", "refund")] * 20
    content = csv_of(rows).split(b"\r\n", 1)[1]
    dataset = dataset_of(owner, (content, "a.csv", "auto"))
    assert codes(dataset) == ["data:header_missing"]
    dataset = corrected(owner, dataset, has_header=False)
    assert [column["name"] for column in dataset["columns"]] == ["column 1", "column 2"]
    assert dataset["files"][0]["reading"]["has_header"] is False
    dataset = mapped(owner, dataset, text="column 1", label="column 2")
    assert dataset["state"] == "ready", dataset["problems"]
    assert sum(dataset["latest_version"]["num_rows"].values()) == 40


def test_sheet_is_listed_and_chosen(owner):
    table = [["text", "label"], *map(list, good_rows(40))]
    other = [["text", "label"], *([f"other text {n}", "ab"[n % 2]] for n in range(30))]
    dataset = dataset_of(owner, (xlsx_of({"One": table, "Two": other}), "a.xlsx", "auto"))
    reading = dataset["files"][0]["reading"]
    assert (reading["sheet"], reading["sheets"], reading["header_row"]) == ("One", ["One", "Two"], 1)
    dataset = corrected(owner, dataset, sheet="Two")
    assert dataset["files"][0]["reading"]["sheet"] == "Two"
    preview = owner.api.get(f"/datasets/{dataset['id']}/preview?limit=1").json()
    assert preview["data"] == [{"text": "other text 0", "label": "a"}]
    dataset = mapped(owner, dataset)
    assert dataset["state"] == "ready", dataset["problems"]
    assert sum(dataset["latest_version"]["num_rows"].values()) == 30


def _book(*names):
    head = ["text", "label"]
    return xlsx_of({name: [head, *([f"{name} text {n}", "ab"[n % 2]] for n in range(20))] for name in names})


def _sheets(dataset):
    return [(file["position"], file["member"], file["split"], file["reading"]["sheet"]) for file in dataset["files"]]


def test_several_sheets_become_files_and_one_again(owner):
    more = (csv_of(good_rows(6)), "more.csv", "auto")
    dataset = dataset_of(owner, (_book("May", "June", "Old"), "a.xlsx", "auto"), more)
    dataset = corrected(owner, dataset, sheets=["June", "May", "June"])
    assert _sheets(dataset) == [(0, "June", "auto", "June"), (1, "May", "auto", "May"), (2, "", "auto", None)]
    dataset = corrected(owner, dataset, 1, sheets=["Old", "May", "June"])
    assert [sheet for *_, sheet in _sheets(dataset)] == ["Old", "May", "June", None]
    ready = mapped(owner, dataset)
    assert ready["state"] == "ready", ready["problems"]
    texts = {row["cells"]["text"].split()[0] for row in rows_of(owner.api, ready["latest_version"]["id"])}
    assert texts == {"Old", "May", "June", "the"}


def test_one_sheet_again_is_the_workbook(owner):
    dataset = dataset_of(owner, (_book("May", "June"), "a.xlsx", "auto"))
    dataset = corrected(owner, dataset, sheets=["May", "June"])
    assert _sheets(corrected(owner, dataset, 1, sheet="June")) == [(0, "", "auto", "June")]


def test_sheets_are_divided_by_their_names_and_named_in_findings_and_in_a_column(owner):
    archive = zip_of(("data/book.xlsx", _book("Train", "Test")))
    dataset = dataset_of(owner, (archive, "all.zip", "auto"))
    dataset = corrected(owner, dataset, sheets=["Train", "Test"], sheet_column="sheet")
    assert _sheets(dataset) == [
        (0, "data/book.xlsx/Train", "train", "Train"),
        (1, "data/book.xlsx/Test", "test", "Test"),
    ]
    preview = owner.api.get(f"/datasets/{dataset['id']}/preview?limit=1").json()
    assert preview["columns"] == ["text", "label", "sheet"]
    ready = mapped(owner, dataset, label="sheet", validation_share=0)
    assert ready["state"] == "invalid"
    assert [
        (problem["file"], problem["value"]) for problem in ready["problems"] if problem["code"] == "data:unseen_label"
    ] == [("all.zip/data/book.xlsx/Test", "Test")]


def test_sheets_that_cannot_be_chosen_are_refused(owner):
    dataset = dataset_of(owner, (_book("May", "June"), "a.xlsx", "auto"), (GOOD, "b.csv", "auto"))
    _refused(owner, dataset, 400, "dataset.sheet_or_sheets", sheet="May", sheets=["June"])
    assert _refused(owner, dataset, 400, "dataset.choice_does_not_fit", 1, sheets=["May", "June"])["param"] == "sheet"
    assert codes(corrected(owner, dataset, sheets=["May", "July"])) == ["data:sheet_unknown"]


def test_label_that_is_a_number_in_a_sheet_stays_whole(owner):
    table = [["text", "label"], *([f"text number {n}", n % 3] for n in range(40))]
    dataset = mapped(owner, dataset_of(owner, (xlsx_of({"S": table}), "a.xlsx", "auto")))
    assert [entry["label"] for entry in dataset["latest_version"]["labels"]] == ["0", "1", "2"]


def test_quotes_and_separator_are_found_told_andcorrected(owner):
    rows = [f'"where is parcel {n}\tdelivery' if n % 9 == 0 else f"parcel {n} is late\trefund" for n in range(40)]
    dataset = dataset_of(owner, ("\n".join(["text\tlabel", *rows]).encode(), "a.tsv", "auto"))
    assert dataset["files"][0]["reading"]["quoting"] == "none"
    assert codes(dataset) == ["data:quotes_plain"]
    ready = corrected(owner, dataset, quoting="doubled")
    assert (ready["files"][0]["reading"]["quoting"], codes(ready)) == ("doubled", [])
    dataset = mapped(owner, corrected(owner, dataset, quoting=None))
    assert (dataset["state"], sum(dataset["latest_version"]["num_rows"].values())) == ("ready", 40)
    strange = dataset_of(owner, (csv_of(good_rows()).replace(b",", b"^"), "b.csv", "auto"))
    strange = mapped(owner, corrected(owner, strange, delimiter="^"))
    assert strange["state"] == "ready", strange["problems"]


def test_choice_must_fit_the_file(owner):
    dataset = dataset_of(owner, (GOOD, "a.csv", "auto"))
    assert _refused(owner, dataset, 400, "dataset.choice_does_not_fit", sheet="x")["param"] == "sheet"
    assert _refused(owner, dataset, 400, "dataset.choice_of_text", delimiter=";", tag_column=2)["param"] == "tag_column"
    _refused(owner, dataset, 404, "dataset.no_file", position=1, encoding="utf-8")
    _refused(owner, dataset, 400, "dataset.nothing_to_change")
    assert owner.api.patch(f"/datasets/{dataset['id']}/files/0", {"encoding": "utf-7"}).status_code == 400
    for bad in ("ab", "", '"', "\n"):
        answer = owner.api.patch(f"/datasets/{dataset['id']}/files/0", {"delimiter": bad})
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "delimiter")
    assert _refused(owner, dataset, 400, "dataset.choice_of_text", quoting="none", layout="lines")["param"] == "quoting"
    assert owner.api.patch(f"/datasets/{dataset['id']}/files/0", {"storage_key": "x"}).status_code == 400


def test_file_is_not_read_differently_under_a_version(owner):
    dataset = mapped(owner, dataset_of(owner, (GOOD, "a.csv", "auto")))
    _refused(owner, dataset, 409, "dataset.is_read", encoding="gb18030")


def test_nothing_is_chosen_while_files_are_read(owner):
    dataset = dataset_of(owner, (GOOD, "a.csv", "auto"))
    owner.api.patch(f"/datasets/{dataset['id']}/files/0", {"delimiter": ";"})
    _refused(owner, dataset, 409, "dataset.wrong_state", encoding="gb18030")


def test_conversations_of_sharegpt_become_a_version(owner):
    answer, more = {"from": "gpt", "value": "hello"}, {"from": "human", "value": "hi"}
    records = [
        {"id": n, "conversations": [{**more, "value": f"hi {n}"}, answer, *[more, answer][: n % 2 * 2]]}
        for n in range(40)
    ]
    dataset = dataset_of(owner, (json.dumps(records).encode(), "a.json", "auto"), task="chat")
    assert dataset["files"][0]["reading"]["dialect"] == "sharegpt"
    assert dataset["files"][0]["reading"]["derived"] == ["messages"]
    (note,) = dataset["problems"]
    assert (note["code"], note["severity"]) == ("data:dialect", "warning")
    assert "ShareGPT" in note["message"]
    dataset = mapped(owner, dataset, messages="messages")
    assert dataset["state"] == "ready", dataset["problems"]
    assert codes(dataset) == ["data:dialect"], "still said"
    row = owner.api.get(f"/datasets/{dataset['id']}/preview?limit=1").json()["data"][0]
    assert json.loads(row["messages"])[0]["role"] == "user"


def test_bad_span_is_named_and_can_be_left_out(owner):
    rows = [{"text": f"Anna met {n}", "spans": [[0, 4, "PER"]]} for n in range(40)]
    rows[7]["spans"] = [[0, 400, "PER"]]
    content = "\n".join(map(json.dumps, rows)).encode()
    dataset = dataset_of(owner, (content, "a.jsonl", "auto"), task="token_classification")
    assert dataset["mapping"]["tokens"] == "tokens"
    dataset = mapped(owner, dataset)
    (problem,) = [problem for problem in dataset["problems"] if problem["severity"] == "error"]
    assert (problem["code"], problem["row"]) == ("data:span_outside", 8)
    dataset = mapped(owner, dataset, skip_bad_rows=True)
    assert dataset["state"] == "ready", dataset["problems"]
    assert sum(dataset["latest_version"]["num_rows"].values()) == 39
