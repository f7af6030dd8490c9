"""Archives with a folder for each label and a file for each text: rows with label, file and split; or one message for all."""

from __future__ import annotations

import pytest

from tests.anneal.datasets.look import look
from tests.anneal.datasets.steps import dataset_of, mapped, rows_of
from tests.anneal.datasets.test_packed import zip_of


def _reviews(*more, names="reviews/{label}/{number:03}.txt", encoding="utf-8", count=12):
    return zip_of(
        *(
            (
                names.format(label=label, number=number),
                f"{text} number {number}.\nSecond line, with a comma.".encode(encoding),
            )
            for label, text in (("positive", "schön"), ("negative", "übel"))
            for number in range(count)
        ),
        *more,
    )


@pytest.mark.django_db
def test_folders_become_labels_and_files_rows(owner):
    dataset = dataset_of(owner, (_reviews(("reviews/README.md", b"about")), "reviews.zip", "auto"))
    assert dataset["state"] == "needs_mapping", dataset["problems"]
    assert {role: dataset["mapping"][role] for role in ("text", "label")} == {"text": "text", "label": "label"}
    assert {column["name"] for column in dataset["columns"]} == {"text", "label", "file"}
    (read,) = [problem for problem in dataset["problems"] if problem["code"] == "data:folders_read"]
    assert "24 rows of 2 labels (negative, positive)" in read["message"]
    dataset = mapped(owner, dataset)
    assert dataset["state"] == "ready", dataset["problems"]
    rows = rows_of(owner.api, dataset["latest_version"]["id"])
    assert len(rows) == 24
    assert {row["cells"]["text"].split()[0]: row["cells"]["label"] for row in rows} == {
        "schön": "positive",
        "übel": "negative",
    }
    assert rows[0]["cells"]["text"].endswith("\nSecond line, with a comma.")


def test_a_folder_above_the_labels_says_the_split_and_files_without_text_are_told():
    entries = {
        f"data/{split}/{label}/{number}.txt": f"text {number}".encode()
        for split, count in (("train", 6), ("test", 3))
        for label in ("a", "b")
        for number in range(count)
    }
    entries["data/train/a/5.txt"] = b" \n"
    found = look(zip_of(*entries.items()), "a.zip")
    assert {file.name: len(file.rows) for file in found.files} == {"train/*/*.txt": 11, "test/*/*.txt": 6}
    assert found.files[1].rows[0] == {"text": "text 0", "label": "a", "file": "data/test/a/0.txt"}
    (empty,) = [problem for problem in found.log.kept if problem.code == "data:texts_empty"]
    assert empty.params == {"found": 1, "names": "data/train/a/5.txt"}


def test_files_in_another_encoding_are_read_in_the_one_that_they_share():
    found = look(_reviews(encoding="cp1252"), "a.zip")
    assert {row["text"].split()[0] for row in found.rows} == {"schön", "übel"}
    assert found.codes("warning") == ["data:encoding_guessed", "data:folders_read"]


def test_more_files_than_an_archive_of_tables_may_have_are_read():
    assert len(look(_reviews(count=600), "a.zip").rows) == 1200


@pytest.mark.parametrize(
    ("content", "task"),
    [
        (_reviews(), "causal_lm"),
        (_reviews(names="{number}/{label}.txt"), "classification"),
        (_reviews(("reviews/deeper/neutral/1.txt", b"so so")), "classification"),
        (
            zip_of(*((f"{split}/{n}.txt", b"a,b\n1,2") for split in ("train", "test") for n in range(5))),
            "classification",
        ),
    ],
)
def test_other_archives_of_texts_are_read_file_by_file(content, task):
    found = look(content, "a.zip", task=task)
    assert "data:folders_read" not in found.codes("warning")


def test_what_a_text_may_not_be_is_refused_with_the_name_of_its_file():
    packed = look(_reviews(("reviews/positive/x.txt", zip_of(("a", b"b")))), "a.zip")
    assert [(one.code, one.params["member"]) for one in packed.log.kept] == [
        ("data:archive_nested", "reviews/positive/x.txt")
    ]
    long = look(_reviews(("reviews/positive/x.txt", b"lorem " * 200_000)), "a.zip")
    assert [(one.code, one.file) for one in long.log.kept] == [("data:field_too_long", "a.zip/reviews/positive/x.txt")]


@pytest.mark.django_db
def test_many_files_with_one_problem_are_told_once(owner):
    entries = [(f"texts/{n}.txt", b"a single line") for n in range(20)]
    dataset = dataset_of(owner, (zip_of(*entries, ("readme", b"x")), "texts.zip", "auto"))
    assert dataset["state"] == "invalid"
    (problem,) = [problem for problem in dataset["problems"] if problem["severity"] == "error"]
    assert (problem["code"], problem["file"]) == ("data:members_alike", "texts.zip")
    assert problem["message"].startswith(
        "20 files of the archive have the same problem, such as texts/0.txt, texts/1.txt"
    )
    assert "Only one column was found" in problem["message"]
    assert dataset["num_problems"] == len(dataset["problems"])
