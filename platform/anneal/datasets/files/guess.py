"""A guess at the task of some columns, and at which column is which part of an example. Names count as much as contents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from anneal.datasets.files.columns import ColumnStatistics
from workers.contract.catalogue import CATALOGUE
from workers.contract.columns import TASKS, DataColumn, Kind, forms_of

_CANDIDATES = 20
_CANDIDATES_OF_MANY = 8
_FEW = 2
_USELESS = 0.3
# What an additional part of an example is worth when tasks are compared: two texts and a label are more than a text and a label.
_PER_ROLE = 0.2
_CLEARLY = 0.15
# A target of less than this share of its source is a summary of it; what is not is probably not.
_SHORT_TARGET = 0.6
_UNLIKELY = 0.9


def _named(words: str, chinese: str = "") -> re.Pattern[str]:
    return re.compile(rf"(^|[^a-z])({words})([^a-z]|$)" + (f"|{chinese}" if chinese else ""))


_NAMES: dict[str, re.Pattern[str]] = {
    "text": _named(
        "(text|sentence|review|comment|content|message|utterance|query|question|body|title|document|tweet|input)s?",
        "文本|评论|内容|正文|句子|标题|问题|消息",
    ),
    "label": _named(
        "(label|class|category|intent|sentiment|target|topic|tag|rating|polarity|emotion|output|y)(e?s)?",
        "标签|类别|分类|意图|情感|标注",
    ),
    "labels": _named("label|labels|tags|categories|topics|classes|genres|aspects|intents", "标签|类别|话题|主题"),
    "score": _named("score|rating|similarity|value|grade|stars?|points|target|label|y", "分数|评分|得分|相似度|打分"),
    "text_a": _named(
        r"(text|sentence|question|query|s|q|string)[ _-]?(a|1)|premise|anchor|query|question|sent1",
        "句子1|文本1|前提|问题",
    ),
    "text_b": _named(
        r"(text|sentence|question|query|s|q|string)[ _-]?(b|2)|hypothesis|answer|response|passage|document|sent2",
        "句子2|文本2|假设|答案|回答",
    ),
    "tokens": _named("tokens|words|chars|characters|token|text|sentence", "词|字|文本"),
    "tags": _named("tags|ner|ner[ _-]tags|labels|slots|bio|iob|tag|label", "标签|标注"),
    "question": _named("question|query", "问题"),
    "context": _named("context|passage|paragraph|document|article", "上下文|段落|文章"),
    "answers": _named("answers?|spans?", "答案|回答"),
    "anchor": _named(r"anchor|query|question|sentence[ _-]?1|text[ _-]?a", "问题|查询"),
    "positive": _named(r"positive|pos|answer|sentence[ _-]?2|text[ _-]?b|relevant", "正例|答案"),
    "negative": _named("negative|neg|hard[ _-]negative|irrelevant", "负例"),
    "query": _named("query|question|search", "查询|问题"),
    "candidates": _named("candidates|documents|passages|items|options|choices", "候选|选项"),
    "messages": _named("messages|conversations?|dialog(ue)?s?|chat|turns", "对话|消息"),
    "tools": _named("tools|functions", "工具"),
    "source": _named("source|src|input|text|article|document|content|dialogue|from", "原文|源文|正文"),
    "target": _named("target|tgt|translation|summary|output|reference|title|to", "译文|目标|摘要|标题"),
    "prompt": _named("prompt|instruction|question|query|input", "提示|问题|指令"),
    "chosen": _named("chosen|preferred|better|accepted|positive|win", "优选|更好"),
    "completion": _named("completion|answer|response|output|reply", "回答|回复|答案"),
    "rejected": _named("rejected|dispreferred|worse|negative|lose", "拒绝|较差"),
}

# Words that say it less plainly, or in another language: a name of those above goes before.
_ALSO: dict[str, re.Pattern[str]] = {
    "text": _named(
        r"beschreibung|nachricht|anfrage|kommentar|bewertung|anliegen|texto|texte|testo|tekst|descripci[oó]n|description|mensaje|"
        r"comentario|rese[nñ]a|commentaire|avis|messaggio|recensione|descrizione|mensagem|descri[cç][aã]o|omschrijving|bericht|prompt",
        "描述|留言|评价|反馈",
    ),
    "label": _named(
        r"rubrik|kategorien?|thema|klasse|art|typ|einordnung|categor[ií]as?|clase|etiqueta|tema|motivo|cat[ée]gories?|classe|[ée]tiquette|"
        r"th[èe]me|motif|categorie|etichetta|argomento|assunto|r[oó]tulo|onderwerp|kategoria|kategori|type|kind|reason|queue|department|"
        r"completion",
        "类型|主题|栏目|类|分组|原因|部门",
    ),
}
# Columns of people: few names that come again and again, as labels do.
_PEOPLE = _named(
    r"owner|assignee|assigned([ _-]to)?|agent|clerk|author|user(name)?|handler|employee|staff|rep|editor|annotator|created[ _-]by|"
    r"zust[äa]ndig(er|e)?|bearbeiter(in)?|sachbearbeiter(in)?|mitarbeiter(in)?|verantwortlich(er|e)?|ansprechpartner|"
    r"responsable|encargad[oa]|agente|asignado|auteur|addetto|respons[aá]vel|behandelaar|medewerker",
    "负责人|经办|客服|处理人|员工|作者|姓名",
)
_NAMED, _NAMED_ALSO, _OF_PEOPLE = 0.5, 0.3, -0.3
# Two texts of which nothing but names says which comes first: the left one does.
_IN_ORDER = {"translation": ("source", "target"), "embedding": ("anchor", "positive")}


def _text_score(column: ColumnStatistics) -> float:
    """Long, spaced and mostly different values are texts."""
    length = min(1.0, column.characters / column.num_filled / 30)
    variety = len(column.distinct) / column.num_filled
    found = 0.45 * length + 0.35 * variety + 0.2 * column.spaced / column.num_filled
    return found * (1 - max(column.share("json"), column.share("tags")))


def _label_score(column: ColumnStatistics) -> float:
    """Short values that come again and again are labels."""
    if len(column.distinct) < 2:  # noqa: PLR2004 - one value tells nothing apart
        return 0.0
    repetition = 1 - len(column.distinct) / column.num_filled
    brevity = max(0.0, 1 - column.characters / column.num_filled / 60)
    found = 0.65 * repetition + 0.35 * brevity
    return found * (1 - max(column.share("json"), 0.5 * column.share("fraction"), 0.3 * bool(column.delimiter)))


def _label_set_score(column: ColumnStatistics) -> float:
    """Lists of few different things."""
    if column.share("words") > _USELESS:
        parts = column.characters / column.num_filled
        return column.share("words") * min(1.0, 120 / max(1.0, parts))
    return 0.7 if column.delimiter else 0.0


def _number_score(column: ColumnStatistics) -> float:
    """Numbers, above all those that are not whole or of many values."""
    is_quantity = column.share("fraction") > 0 or len(column.distinct) > 20  # noqa: PLR2004 - more than a scale has
    return column.share("number") * (1.0 if is_quantity else 0.5)


def _tokens_score(column: ColumnStatistics) -> float:
    if column.share("tags") > 0.5:  # noqa: PLR2004 - most of it
        return 0.0
    return max(column.share("words"), 0.6 * _text_score(column))


_SCORES: dict[Kind, Callable[[ColumnStatistics], float]] = {
    "text": _text_score,
    "label": _label_score,
    "flag": lambda column: column.share("flag"),
    "labels": _label_set_score,
    "number": _number_score,
    "tokens": _tokens_score,
    "tags": lambda column: column.share("tags"),
    "answers": lambda column: max(column.share("answers"), 0.3 * _text_score(column)),
    "candidates": lambda column: column.share("candidates"),
    "messages": lambda column: column.share("messages"),
    "text_or_messages": lambda column: max(column.share("messages"), _text_score(column), 0.3 * column.share("json")),
    "json": lambda column: column.share("json"),
}


@dataclass(frozen=True)
class MappingGuess:
    """Which column is probably which role of a task, and how sure that is (0 to 1)."""

    task: str
    columns: dict[str, str]
    confidence: float
    delimiter: str | None = None

    @property
    def fit(self) -> float:
        """For comparing tasks: those that explain more columns fit better."""
        return self.confidence + _PER_ROLE * len(self.columns)

    def as_json(self) -> dict[str, Any]:
        """What a dataset keeps as its mapping until somebody confirms it."""
        found: dict[str, Any] = {**self.columns, "confidence": self.confidence}
        return found if self.delimiter is None else {**found, "delimiter": self.delimiter}


def mapping_guess(statistics: Sequence[ColumnStatistics], task: str) -> MappingGuess | None:
    """The best choice of different columns for the roles of a task. None when the contents contradict every choice."""
    filled = [column for column in statistics if column.num_filled]
    guesses = [guess for form in forms_of(task) if (guess := _form_guess(filled, task, form))]
    return max(guesses, key=lambda guess: guess.confidence, default=None)


def _form_guess(filled: Sequence[ColumnStatistics], task: str, form: Sequence[DataColumn]) -> MappingGuess | None:
    """The best choice for one of the forms of a task."""
    required = [column for column in form if not column.is_optional]
    number = _CANDIDATES if len(required) <= _FEW else _CANDIDATES_OF_MANY
    choices = [_best_for(role, filled)[:number] for role in required]
    best: MappingGuess | None = None
    for chosen in product(*choices):
        columns = {role.role: column for role, (_, column) in zip(required, chosen, strict=True)}
        if len({id(column) for column in columns.values()}) < len(required) or _is_useless(required, columns):
            continue
        confidence = min(1.0, sum(score for score, _ in chosen) / len(required)) * _doubt(required, columns)
        confidence *= _likeness(task, columns)
        if best is None or confidence > best.confidence:
            names = {role: column.name for role, column in columns.items()}
            best = MappingGuess(task, _left_first(task, names, filled), round(confidence, 3))
    if best is None:
        return None
    by_name = {column.name: column for column in filled}
    optional = dict(_optional(form, filled, set(best.columns.values())))
    delimiters = (by_name[best.columns[role.role]].delimiter for role in required if role.kind == "labels")
    return MappingGuess(task, {**best.columns, **optional}, best.confidence, next(delimiters, None))


def task_guess(statistics: Sequence[ColumnStatistics], chosen: str) -> MappingGuess | None:
    """Another task that the columns look like, clearly more than like the chosen one. Of two alike, one that a base model can learn."""
    own = mapping_guess(statistics, chosen)
    others = [guess for task in TASKS if task != chosen and (guess := mapping_guess(statistics, task))]
    learnable = {task for base in CATALOGUE.values() for task in base.tasks}
    best = max(others, key=lambda guess: (guess.fit, guess.task in learnable), default=None)
    if best is None or best.fit < (own.fit if own else 0.0) + _CLEARLY or best.confidence < 0.7:  # noqa: PLR2004 - a guess that helps
        return None
    return best


def _best_for(role: DataColumn, statistics: Sequence[ColumnStatistics]) -> list[tuple[float, ColumnStatistics]]:
    """Columns for a role, best first."""
    score = _SCORES[role.kind]
    scored = [(0.6 * score(column) + _named_as(role.role, column.name.lower()), column) for column in statistics]
    return sorted(scored, key=lambda pair: (-pair[0], not pair[1].is_derived))


def _named_as(role: str, name: str) -> float:
    """What a column's name says for a role."""
    if _NAMES[role].search(name):
        return _NAMED
    if role in _ALSO and _ALSO[role].search(name):
        return _NAMED_ALSO
    return _OF_PEOPLE if role == "label" and _PEOPLE.search(name) else 0.0


def _left_first(task: str, names: Mapping[str, str], filled: Sequence[ColumnStatistics]) -> dict[str, str]:
    """The choice with two texts in the order of the file, unless a name says something else."""
    found = dict(names)
    roles = _IN_ORDER.get(task, ())
    if any(_NAMES[role].search(names[one].lower()) for role in roles for one in roles):
        return found
    chosen = {names[role] for role in roles}
    return found | dict(zip(roles, (column.name for column in filled if column.name in chosen), strict=True))


def _is_useless(roles: Sequence[DataColumn], columns: Mapping[str, ColumnStatistics]) -> bool:
    """Whether the contents speak for none of the choices, or plainly against one."""
    scores = [_SCORES[role.kind](columns[role.role]) for role in roles]
    is_impossible = any(
        not score for role, score in zip(roles, scores, strict=True) if role.kind not in {"text", "label"}
    )
    return is_impossible or all(score < _USELESS for score in scores)


def _doubt(roles: Sequence[DataColumn], columns: Mapping[str, ColumnStatistics]) -> float:
    """A factor for what speaks against a choice: labels that read more like texts than the texts do."""
    texts = [_text_score(columns[role.role]) for role in roles if role.kind == "text"]
    labels = [_text_score(columns[role.role]) for role in roles if role.kind == "label"]
    return 0.5 if texts and labels and max(labels) > min(texts) + 0.2 else 1.0


def _likeness(task: str, columns: Mapping[str, ColumnStatistics]) -> float:
    """A factor for what two texts are to each other: a summary is short, a translation about as long as its source.

    Any two texts with a yes or no could be an answer that was judged; only names tell.
    """
    if "completion" in columns:
        are_named = all(_NAMES[role].search(column.name.lower()) for role, column in columns.items())
        return 1.0 if are_named else _UNLIKELY
    if task not in {"translation", "summarisation"}:
        return 1.0
    source, target = (columns[role].characters / columns[role].num_filled for role in ("source", "target"))
    is_short = target < _SHORT_TARGET * source
    return 1.0 if is_short is (task == "summarisation") else _UNLIKELY


def _optional(
    form: Sequence[DataColumn], statistics: Sequence[ColumnStatistics], taken: set[str]
) -> Iterator[tuple[str, str]]:
    """Optional roles are taken where both name and contents say so."""
    for role in form:
        if role.is_optional:
            for _, column in _best_for(role, statistics):
                is_named = _NAMES[role.role].search(column.name.lower())
                if is_named and column.name not in taken and _SCORES[role.kind](column) > _USELESS:
                    taken.add(column.name)
                    yield role.role, column.name
                    break
