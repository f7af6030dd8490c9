"""Whose names for the parts of an example a file uses, and the columns that are made of them.

What a file holds stays as it is; what a dialect says in its own way is added as further columns in the form that tasks read. The forms are
those of Stanford Alpaca, of ShareGPT as LLaMA-Factory documents it (data/README.md there), of OpenAI's fine-tuning files, and of spans as
annotation tools write them. KTO is as TRL and LLaMA-Factory have it: single answers, each with a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from anneal.datasets.files.problems import Problem, ProblemLog, shown
from anneal.datasets.files.reading import Dialect, Reader, Reading, Source
from anneal.datasets.files.recognise import shapes_of
from anneal.datasets.files.values import is_blank, json_value
from workers.contract import tagged
from workers.contract.columns import are_messages

SAMPLE_ROWS = 200
NAMES: dict[Dialect, str] = {
    "alpaca": "Alpaca",
    "sharegpt": "ShareGPT",
    "prompt_completion": "prompt/completion",
    "openai_chat": "OpenAI chat",
    "openai_preference": "OpenAI DPO",
    "kto": "KTO",
    "squad": "SQuAD",
    "spans": "text + spans",
    "nested": "{ … }",
}
_MOST = 0.9
_HALF = 0.5
_MAX_NESTED = 200

_SPEAKERS = {
    **dict.fromkeys(("human", "user"), "user"),
    **dict.fromkeys(("gpt", "chatgpt", "assistant", "bot", "model", "bing", "bard", "function_call"), "assistant"),
    **dict.fromkeys(("tool", "observation", "function_response"), "tool"),
    "system": "system",
}
_TALKS = ("conversations", "conversation")
_VERDICTS = ("label", "kto_tag", "desirable", "is_desirable")
_SPAN_TEXTS = ("text", "sentence", "content", "data")
_SPANS = ("spans", "entities", "label", "labels", "ner", "annotations")

Row = Mapping[str, Any]


class RowRefusedError(ValueError):
    """A row of which a column cannot be made; carries what is wrong."""

    def __init__(self, code: str, *, value: object, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.value = value
        self.params = params


@dataclass(frozen=True)
class Product:
    """A column that is made of others. Raises RowRefusedError."""

    name: str
    sources: tuple[str, ...]
    make: Callable[[Row], Any]


# --- conversations


def _parsed(value: Any) -> Any:
    """Lists and objects that a cell of a table holds as text."""
    if isinstance(value, str) and value.lstrip()[:1] in {"[", "{"}:
        try:
            return json_value(value)
        except (ValueError, RecursionError):
            return value
    return value


def _alpaca_prompt(row: Row) -> Any:
    """Instruction and input, one below the other."""
    instruction, given = row.get("instruction"), row.get("input")
    return instruction if is_blank(given) else f"{instruction}\n{given}"


def _alpaca_messages(row: Row) -> Any:
    turns = [*_alpaca_history(row), ("user", _alpaca_prompt(row)), ("assistant", row.get("output"))]
    return _with_system(row, [{"role": role, "content": content} for role, content in turns])


def _alpaca_history(row: Row) -> list[tuple[str, Any]]:
    """Earlier turns: a list of pairs of what was asked and answered."""
    history = _parsed(row.get("history"))
    if is_blank(history):
        return []
    pairs = history if isinstance(history, list) else [history]
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):  # noqa: PLR2004 - a question and an answer
        raise RowRefusedError("data:bad_messages", value=history)
    return [turn for pair in pairs for turn in zip(("user", "assistant"), pair, strict=True)]


def _with_system(row: Row, messages: list[Any]) -> list[Any]:
    system = row.get("system")
    has_one = bool(messages) and isinstance(messages[0], dict) and messages[0].get("role") == "system"
    return messages if is_blank(system) or has_one else [{"role": "system", "content": system}, *messages]


def _turn(turn: Any) -> Any:
    """A turn of ShareGPT as a message; anything else stays, to be complained about as what it is."""
    if not isinstance(turn, dict) or not {"from", "value"} <= turn.keys():
        return turn
    role = turn["from"]
    return {"role": _SPEAKERS.get(role, role) if isinstance(role, str) else role, "content": turn["value"]}


def _talk(column: str) -> Callable[[Row], Any]:
    def make(row: Row) -> Any:
        turns = _parsed(row.get(column))
        return _with_system(row, [_turn(turn) for turn in turns]) if isinstance(turns, list) else turns

    return make


def _answer(column: str) -> Callable[[Row], Any]:
    """One turn; a text that is the JSON of something else is an answer itself."""

    def make(row: Row) -> Any:
        given = row.get(column)
        turn = _parsed(given)
        is_turn = isinstance(turn, dict) and (turn is given or {"from", "value"} <= turn.keys())
        return [_turn(turn)] if is_turn else given

    return make


def _judged_part(whole: Callable[[Row], Any], *, is_answer: bool) -> Callable[[Row], Any]:
    """The last message of a conversation, on which somebody gave a verdict, or those before it."""

    def make(row: Row) -> Any:
        messages = whole(row)
        if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
            raise RowRefusedError("data:bad_messages", value=messages)
        if len(messages) < 2 or messages[-1].get("role") != "assistant":  # noqa: PLR2004 - what was asked, and an answer
            raise RowRefusedError("data:unfinished_conversation", value=messages)
        return messages[-1:] if is_answer else messages[:-1]

    return make


def _messages_or_text(value: Any) -> Any:
    """Messages that a cell holds as text; any other text stays one, JSON or not."""
    found = _parsed(value)
    return found if are_messages(found) else value


def _completion_messages(row: Row) -> Any:
    prompt, completion = (_messages_or_text(row.get(name)) for name in ("prompt", "completion"))
    if isinstance(prompt, list) and isinstance(completion, list):
        return [*prompt, *completion]
    return [{"role": "user", "content": prompt}, {"role": "assistant", "content": completion}]


def _input_part(key: str) -> Callable[[Row], Any]:
    def make(row: Row) -> Any:
        given = _parsed(row.get("input"))
        return given.get(key) if isinstance(given, dict) else given

    return make


def _column(name: str) -> Callable[[Row], Any]:
    return lambda row: _parsed(row.get(name))


# --- spans


def tokens_and_tags(text: Any, spans: Any) -> tuple[list[str], list[str]]:
    """Raises RowRefusedError."""
    if not isinstance(text, str):
        raise RowRefusedError("data:wrong_type", value=text)
    parts = [] if spans is None else _parsed(spans)
    if not isinstance(parts, list):
        raise RowRefusedError("data:bad_spans", value=spans)
    try:
        return tagged.tokens_and_tags(text, parts)
    except tagged.SpanRefusedError as error:
        params = {name: shown(value) if name == "found" else value for name, value in error.params.items()}
        raise RowRefusedError(error.code, value=error.value, **params) from error


def _span_part(text: str, spans: str, part: int) -> Callable[[Row], Any]:
    return lambda row: tokens_and_tags(row.get(text), row.get(spans))[part]


def _span_columns(columns: Sequence[str]) -> tuple[str, str] | None:
    text = next((name for name in _SPAN_TEXTS if name in columns), None)
    spans = next((name for name in _SPANS if name in columns), None)
    return (text, spans) if text and spans else None


# --- which dialect, and what is made of it


def _products(dialect: Dialect, columns: Sequence[str]) -> list[Product]:
    """What a dialect makes of some columns."""
    make = _MAKERS.get(dialect)
    return make(columns) if make else []


def _of_alpaca(columns: Sequence[str]) -> list[Product]:
    extra = tuple(name for name in ("input", "system", "history") if name in columns)
    asked = tuple(name for name in ("input",) if name in columns)
    found = []
    if "output" in columns:
        found.append(Product("messages", ("instruction", "output", *extra), _alpaca_messages))
    if {"chosen", "rejected"} <= set(columns):
        found.append(Product("prompt", ("instruction", *asked), _alpaca_prompt))
    return found


def _of_sharegpt(columns: Sequence[str]) -> list[Product]:
    talk = next(name for name in _TALKS if name in columns)
    sources = (talk, "system") if "system" in columns else (talk,)
    if {"chosen", "rejected"} <= set(columns):
        answers = [Product(f"{name} (messages)", (name,), _answer(name)) for name in ("chosen", "rejected")]
        return [Product("prompt", sources, _talk(talk)), *answers]
    return [Product("messages", sources, _talk(talk))]


def _of_completions(_columns: Sequence[str]) -> list[Product]:
    return [Product("messages", ("prompt", "completion"), _completion_messages)]


def _of_kto(columns: Sequence[str]) -> list[Product]:
    own = "messages" in columns
    made = [] if own else _of_alpaca(columns) if "instruction" in columns else _of_sharegpt(columns)
    whole = Product("messages", ("messages",), _column("messages")) if own else made[0]
    return [
        *made,
        Product("prompt", whole.sources, _judged_part(whole.make, is_answer=False)),
        Product("completion", whole.sources, _judged_part(whole.make, is_answer=True)),
    ]


def _of_openai_preference(_columns: Sequence[str]) -> list[Product]:
    return [
        Product("prompt", ("input",), _input_part("messages")),
        Product("chosen", ("preferred_output",), _column("preferred_output")),
        Product("rejected", ("non_preferred_output",), _column("non_preferred_output")),
    ]


def _of_spans(columns: Sequence[str]) -> list[Product]:
    names = _span_columns(columns)
    parts = enumerate(("tokens", "tags"))
    return [Product(name, names, _span_part(*names, part)) for part, name in parts] if names else []


_MAKERS: dict[Dialect, Callable[[Sequence[str]], list[Product]]] = {
    "alpaca": _of_alpaca,
    "sharegpt": _of_sharegpt,
    "prompt_completion": _of_completions,
    "openai_preference": _of_openai_preference,
    "kto": _of_kto,
    "spans": _of_spans,
}


def _nested_product(name: str, columns: Sequence[str]) -> Product:
    """The part of an object that a dotted name speaks of."""
    column = max((one for one in columns if name.startswith(f"{one}.")), key=len)
    key = name[len(column) + 1 :]

    def make(row: Row) -> Any:
        found = _parsed(row.get(column))
        return found.get(key) if isinstance(found, dict) else None

    return Product(name, (column,), make)


def _are(sample: Sequence[Row], column: str, test: Callable[[Any], bool], share: float = _MOST) -> bool:
    """Whether most of the values that a column has pass a test."""
    values = [_parsed(row[column]) for row in sample if not is_blank(row.get(column))]
    return bool(values) and sum(map(test, values)) >= share * len(values)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return "flag" in shapes_of(value)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_list_with(*keys: str) -> Callable[[Any], bool]:
    def test(value: Any) -> bool:
        return (
            isinstance(value, list)
            and bool(value)
            and all(isinstance(part, dict) and set(keys) <= part.keys() for part in value)
        )

    return test


def _is_span_list(value: Any) -> bool:
    return isinstance(value, list) and all(
        (isinstance(part, dict) and {"start", "end"} <= part.keys())
        or (isinstance(part, list) and len(part) == 3 and isinstance(part[0], int))  # noqa: PLR2004 - start, end, label
        for part in value
    )


def _dialect_of(columns: Sequence[str], sample: Sequence[Row], task: str) -> Dialect | None:
    have = set(columns)
    is_answered = "output" in have or {"chosen", "rejected"} <= have
    is_paired = {"input", "preferred_output", "non_preferred_output"} <= have
    spans = _span_columns(columns) if task == "token_classification" else None
    talks = [name for name in _TALKS if name in have][:1]
    is_alpaca = is_answered and "instruction" in have and _are(sample, "instruction", _is_text)
    is_sharegpt = any(_are(sample, name, _is_list_with("from", "value")) for name in talks)
    is_chat = "messages" in have and _are(sample, "messages", are_messages)
    is_whole = is_chat or is_sharegpt or (is_alpaca and "output" in have)
    tests: dict[Dialect, bool] = {
        "kto": is_whole and "chosen" not in have and _verdict_in(columns, sample, task) is not None,
        "alpaca": is_alpaca,
        "sharegpt": is_sharegpt,
        "openai_preference": is_paired and _are(sample, "input", _is_object),
        "prompt_completion": task != "preference" and {"prompt", "completion"} <= have,
        "openai_chat": is_chat,
        "spans": spans is not None and _are(sample, spans[0], _is_text) and _are(sample, spans[1], _is_span_list),
    }
    return next((dialect for dialect, is_spoken in tests.items() if is_spoken), None)


def _verdict_in(columns: Sequence[str], sample: Sequence[Row], task: str) -> str | None:
    """The column that says which answers are good: by its name, and where preferences are wanted by its values alone."""
    named = columns if task == "preference" else [name for name in columns if name in _VERDICTS]
    return next((name for name in named if _are(sample, name, _is_flag)), None)


def _nested_names(columns: Sequence[str], sample: Sequence[Row], needed: int) -> list[str]:
    """Dotted names for the parts of objects, where there are too few columns without them."""
    objects = [name for name in columns if _are(sample, name, _is_object, _HALF)]
    if len(columns) - len(objects) >= needed:
        return []
    names: dict[str, None] = {}
    for name in objects:
        for row in sample:
            value = _parsed(row[name])
            if isinstance(value, dict):
                names.update((f"{name}.{key}", None) for key in value if key and key.isprintable())
    return [name for name in names if name not in columns][:_MAX_NESTED]


def dialect_recognise(
    source: Source, reading: Reading, sample: Sequence[Row], *, task: str, needed: int, log: ProblemLog
) -> Reading:
    """The reading with its dialect and the columns that are made. `needed` is how many columns without objects the task must have."""
    if reading.dialect is not None:
        return reading
    dialect = _dialect_of(reading.columns, sample, task)
    if dialect is not None:
        made = [_free(product.name, reading.columns) for product in _products(dialect, reading.columns)]
        used = {name for product in _products(dialect, reading.columns) for name in product.sources}
    else:
        made = _nested_names(reading.columns, sample, needed)
        used = {source for name in made for source in _nested_product(name, reading.columns).sources}
        dialect = "nested" if made else None
    if made:
        told = {"dialect": NAMES[dialect], "made": _list(made), "used": _list(sorted(used))} if dialect else {}
        log.add(Problem("data:dialect", "warning", file=source.name, params=told))
    if task == "chat" and dialect in {"kto", "prompt_completion"}:
        verdict = _verdict_in(reading.columns, sample, task)
        if verdict is not None:
            log.add(Problem("data:verdicts_unused", "warning", file=source.name, column=verdict))
    return replace(reading, dialect=dialect, columns=(*reading.columns, *made), derived=tuple(made))


def _list(names: Sequence[str]) -> str:
    return ", ".join(map(shown, names[:10]))


def _free(name: str, taken: Sequence[str]) -> str:
    return name if name not in taken else f"{name} (2)"


class DialectReader:
    """One pass over a file whose dialect is known: its own columns, and those that are made of them."""

    def __init__(self, base: Reader, source: Source, reading: Reading, log: ProblemLog) -> None:
        self._base = base
        self._source = source
        self._log = log
        own = reading.columns[: len(reading.columns) - len(reading.derived)]
        if reading.dialect == "nested":
            products = [_nested_product(name, own) for name in reading.derived]
        else:
            products = _products(reading.dialect, own) if reading.dialect else []
        self._products = dict(zip(reading.derived, products, strict=True))

    @property
    def bytes_read(self) -> int:
        return self._base.bytes_read

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[int, list[Any]]]:
        """See Reader."""
        makes = {column: self._products[column] for column in columns if column in self._products}
        needs = [source for product in makes.values() for source in product.sources]
        own = list(dict.fromkeys([*(column for column in columns if column not in makes), *needs]))
        for line, values in self._base.rows(own):
            row = dict(zip(own, values, strict=True))
            try:
                made = {column: product.make(row) for column, product in makes.items()}
            except RowRefusedError as error:
                told = shown(error.value)
                self._log.add(
                    Problem(error.code, "error", self._source.name, line, next(iter(makes)), told, error.params)
                )
                continue
            yield line, [made[column] if column in made else row[column] for column in columns]
