"""Lines of tokens and tags, and plain text."""

from __future__ import annotations

import pytest

from anneal.datasets.files.choices import Choices
from tests.anneal.datasets.look import Looked, look

SENTENCES = [(["Anna", "lives", "in", "Rome"], ["B-PER", "O", "O", "B-LOC"]), (["Hello", "!"], ["O", "O"])]
NER = "token_classification"


def _lines(separator: str, newline: str = "\n", sentences: object = SENTENCES) -> str:
    return f"{newline}{newline}".join(
        newline.join(f"{token}{separator}{tag}" for token, tag in zip(tokens, tags, strict=True))
        for tokens, tags in sentences
    )


def _rows(found: Looked) -> list[tuple[list[str], list[str]]]:
    return [(row["tokens"], row["tags"]) for row in found.rows]


@pytest.mark.parametrize("separator", [" ", "\t", "  "])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", ["a.conll", "a.txt", "a"])
def test_lines_of_tokens_become_sentences(separator, newline, name):
    found = look((_lines(separator, newline, SENTENCES * 3) + newline).encode(), name, task=NER)
    assert found.reading.format == "conll"
    assert not found.log.num_problems
    assert _rows(found) == SENTENCES * 3
    assert found.only.lines == [1, 6, 9, 14, 17, 22]
    assert found.only.mapping == {"tokens": "tokens", "tags": "tags"}


CONLL2003 = """-DOCSTART- -X- -X- O

EU NNP B-NP B-ORG
rejects VBZ B-VP O
German JJ B-NP B-MISC

Peter NNP B-NP B-PER
"""


def test_last_column_has_the_tags_and_another_can_be_chosen():
    found = look(CONLL2003.encode(), "a.txt", task=NER)
    assert _rows(found) == [
        (["EU", "rejects", "German"], ["B-ORG", "O", "B-MISC"]),
        (["Peter"], ["B-PER"]),
    ]
    chunks = look(CONLL2003.encode(), "a.txt", task=NER, choices=Choices(tag_column=3))
    assert _rows(chunks)[0][1] == ["B-NP", "B-VP", "B-NP"]
    beyond = look(CONLL2003.encode(), "a.txt", task=NER, choices=Choices(tag_column=9))
    assert set(beyond.codes()) == {"data:untagged_token"}


def test_token_without_a_tag_is_named_and_its_sentence_left_out():
    found = look((_lines(" ", sentences=SENTENCES * 4) + "\n\nalone\nX B-LOC\n\nY B-LOC\n").encode(), "a.conll")
    assert [(problem.code, problem.row) for problem in found.log.kept] == [("data:untagged_token", 33)]
    assert len(found.rows) == 9
    assert _rows(found)[-1] == (["Y"], ["B-LOC"])


@pytest.mark.parametrize("filler", [" _ _ ", "\t", " "])
def test_comments_before_a_sentence_are_told_and_left_out(filler):
    """As MultiCoNER and CoNLL-U have them; a token may be # too."""
    sentences = [*SENTENCES, (["#", "Rome"], ["O", "B-LOC"]), (["See", "#", "7"], ["O", "O", "O"])]
    lines = [_lines(filler, sentences=[one]) for one in sentences]
    comments = ["# id 7b-1\tdomain=en", "# sent_id = 2\n# text = Hello!", "# newpar", "# id B-4"]
    content = "\n\n".join(f"{said}\n{line}" for said, line in zip(comments, lines, strict=True))
    found = look(content.encode(), "train.conll", task=NER)
    assert found.reading.format == "conll"
    assert _rows(found) == sentences
    assert [(one.code, one.severity, one.row) for one in found.log.kept] == [("data:comments", "warning", 1)]
    assert found.only.lines == [2, 9, 13, 17]


def test_token_that_is_a_number_sign_is_no_comment_whatever_column_has_the_tags():
    content = "# id 1\n# SYM O #\nRome NNP B-LOC rome\n\n# id 2\nin IN O in\n"
    found = look(content.encode(), "a.conll", task=NER, choices=Choices(tag_column=3))
    assert _rows(found) == [(["#", "Rome"], ["O", "B-LOC"]), (["in"], ["O"])]


def test_token_may_hold_a_space_where_tabs_separate():
    found = look(b"New York\tB-LOC\nis\tO\nbig\tO\n", "a.conll")
    assert _rows(found) == [(["New York", "is", "big"], ["B-LOC", "O", "O"])]


@pytest.mark.parametrize(
    "content", ["text,label\na,O\nb,O\nc,O\n", "the review\tO\nanother\tO\n", "good B\nbad B\nfine A\n"]
)
def test_other_files_are_no_lines_of_tokens(content):
    found = look(content.encode(), "a.csv")
    assert found.files[0].reading is None or found.reading.format != "conll"


@pytest.mark.parametrize("task", ["causal_lm", "masked_lm"])
def test_every_line_is_an_example(task):
    found = look(b"first, with a comma\n\nsecond\r\n \nthird", "a.txt", task=task)
    assert (found.reading.format, found.reading.layout) == ("text", "lines")
    assert [row["text"] for row in found.rows] == ["first, with a comma", "second", "third"]
    assert found.only.lines == [1, 3, 5]
    assert found.only.mapping == {"text": "text"}


POEM = "one\ntwo\n\n\nthree\nfour\n\nfive\n"


def test_paragraphs_are_examples_where_there_are_some():
    found = look(POEM.encode(), "a.txt", task="causal_lm")
    assert found.reading.layout == "paragraphs"
    assert [row["text"] for row in found.rows] == ["one\ntwo", "three\nfour", "five"]
    assert found.only.lines == [1, 5, 8]
    lines = look(POEM.encode(), "a.txt", task="causal_lm", choices=Choices(layout="lines"))
    assert len(lines.rows) == 5


def test_paragraph_without_end_is_named():
    content = "short\none\n\n" + "x" * 1000 + ("\n" + "y" * 1000) * 1100 + "\n\nlast\none\n"
    found = look(content.encode(), "a.txt", task="causal_lm", choices=Choices(layout="paragraphs"))
    assert [(problem.code, problem.row) for problem in found.log.kept] == [("data:field_too_long", 4)]
    assert [row["text"] for row in found.rows] == ["short\none", "last\none"]


def test_table_stays_a_table_where_texts_are_wanted():
    assert look(b"text\nfirst\nsecond\n", "a.csv", task="causal_lm").reading.format == "csv"
    assert look(b"id\ttext\n1\ta\n2\tb\n3\tc\n", "a.txt", task="causal_lm").reading.format == "tsv"
    assert look(b'{"text": "a"}\n{"text": "b"}\n', "a.txt", task="causal_lm").reading.format == "jsonl"


def test_file_without_names_has_numbered_columns():
    content = b"where is my parcel,delivery\nI want my money,refund\n"
    found = look(content, "a.csv", choices=Choices(has_header=False))
    assert found.reading.columns == ("column 1", "column 2")
    assert [list(row.values()) for row in found.rows] == [
        ["where is my parcel", "delivery"],
        ["I want my money", "refund"],
    ]
    assert found.only.lines == [1, 2]


QUOTED = {
    "by the rules": ('text,label\n"a ""b"", c",x\n"d\ne",y\n', "doubled", ['a "b", c', "d\ne"]),
    "backslash": ('text,label\n"a \\"b\\", c",x\n"d",y\n', "backslash", ['a "b", c', "d"]),
    "none with tabs": ('text\tlabel\n"a b\tx\nc" "d\ty\n', "none", ['"a b', 'c" "d']),
    "none with commas": ('text,label\n"a b,x\n"c" d,y\n', "none", ['"a b', '"c" d']),
    "all enclosed": ('text\tlabel\n"a"\tx\n"b"\ty\n', "doubled", ["a", "b"]),
    "a backslash at the end": ('text,label\n"C:\\",x\n"D:\\",y\n', "doubled", ["C:\\", "D:\\"]),
}


@pytest.mark.parametrize("case", QUOTED)
def test_way_of_writing_quotes_is_found(case):
    content, quoting, texts = QUOTED[case]
    found = look(content.encode(), "a.tsv" if "\t" in content else "a.csv")
    assert found.reading.quoting == quoting
    assert [row["text"] for row in found.rows] == texts
    assert found.codes() == []
    assert len(found.codes("warning")) == (quoting != "doubled"), "and told"


def test_mistake_in_a_table_that_encloses_stays_a_mistake():
    found = look(b'text,label\n"a, b",x\n"c" d,y\n"e, f",x\n', "a.csv")
    assert (found.reading.quoting, found.codes()) == ("doubled", ["data:bad_quote"])


FIRST_LINES = {
    "Chinese": (
        "快递很慢，包装也破了,物流\n客服态度非常好，很满意,客服\n东西不错就是慢,物流\n送货太慢,物流\n",
        "data:header_missing",
    ),
    "Chinese and numbers": (
        "快递很慢，包装也破了,3.5\n客服态度非常好很满意,4.0\n东西不错就是慢了一点,2.5\n",
        "data:header_missing",
    ),
    "short Chinese": ("很好,正面\n太差,负面\n还行,正面\n不错,正面\n真差,负面\n", "data:header_doubtful"),
    "texts alone": ("快递很慢，包装也破了\n客服态度非常好，很满意\n东西不错，就是慢\n", "data:header_doubtful"),
    "Chinese names": ("评论内容,情感标签\n快递很慢，包装也破了,负面\n客服态度非常好，很满意,正面\n", None),
    "a long name of short answers": ("您是否愿意把我们推荐给朋友？,标签\n是,a\n否,b\n是,a\n", None),
    "a name that occurs once": ("text,label\ntext,a\nother,b\nthird,a\n", None),
    "years": ("text,2019\na,1\nb,2\nc,2019\n", None),
}


@pytest.mark.parametrize("case", FIRST_LINES)
def test_first_line_that_is_an_example_is_not_lost_silently(case):
    content, code = FIRST_LINES[case]
    task = "causal_lm" if case == "texts alone" else "classification"
    found = look(content.encode(), task=task)
    assert found.codes() + found.codes("warning") == ([code] if code else [])
    told = look(content.encode(), task=task, choices=Choices(has_header=True))
    assert told.codes() + told.codes("warning") == [], "its owner knows"


def test_chosen_delimiter_goes_before_the_one_found():
    content = b"text;label, or class\na, b;x\nc, d;y\n"
    assert look(content, choices=Choices(delimiter=";")).reading.columns == ("text", "label, or class")
    assert look(b"text label\na b\nc d\n", choices=Choices(delimiter=" ")).rows == [
        {"text": "a", "label": "b"},
        {"text": "c", "label": "d"},
    ]
