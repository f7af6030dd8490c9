"""Conversations as the model reads them: the tokenizer's own template, and exactly where in it the assistant speaks.

What the assistant says begins where a prompt for it would end: the conversation so far is rendered with the header of an answer, as for
writing one, and what the template then adds for the answer is the answer. Nothing is searched for in the text, so templates may trim,
quote or decorate what they are given. Tokens end where an answer begins and ends, as they do when it is written.

Control tokens of the model inside a message are read as plain text; only the template may say where a turn ends.

Trainer and model server both read by this file: what a conversation looks like when it is answered is what it looked like in training, to
the last token. It needs nothing else of ours.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Message = Mapping[str, Any]
    Conversation = Sequence[Message]

DEFAULT_TEMPLATE = """\
{{- bos_token or '' -}}
{%- if tools -%}Tools: {{ tools | tojson }}{{ '\\n\\n' }}{%- endif -%}
{%- for message in messages -%}
{{- {'system': 'System:', 'user': 'User:', 'assistant': 'Assistant:', 'tool': 'Result:'}[message['role']] -}}
{%- if message['content'] | trim -%}{{ ' ' + message['content'] | trim }}{%- endif -%}
{%- for call in message['tool_calls'] or [] -%}{{ ' ' + (call['function'] or call) | tojson }}{%- endfor -%}
{{- (eos_token or '') if message['role'] == 'assistant' else '' -}}{{ '\\n\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}Assistant:{%- endif -%}
"""
"""For base models without one: names before turns, the token that ends a text after answers. It goes out with the model."""

# Around a template: beginnings of one conversation, each as the template would write it alone. What is done to a conversation before a
# template sees it takes longer than the template, and is done once. The line break is not written, and lets the template begin a line.
_EACH = """\
{%- set anneal_messages = messages -%}
{%- for anneal_cut in anneal_cuts -%}
{%- set messages = anneal_messages[:anneal_cut.length] + anneal_cut.then -%}
{%- set add_generation_prompt = anneal_cut.is_prompt %}
"""
_END_OF_EACH = "{{ anneal_end }}{%- endfor -%}"

# Private-use characters that stand around control tokens of messages until these are tokens; taken out of texts beforehand.
_BEGIN, _END, _SENTINEL = "\ue0f0", "\ue0f1", "\ue0f2"
# In no text either. Twice, since names of arguments are left as they are.
_END_OF_CUT = _SENTINEL * 2
_SOME_ANSWER = {"role": "assistant", "content": _SENTINEL}
_MARKS = re.compile(f"[{_BEGIN}{_END}{_SENTINEL}]")
_MARKED = re.compile(f"{_BEGIN}([^{_BEGIN}{_END}]*){_END}|[{_BEGIN}{_END}]")


class RenderingError(Exception):
    """The template refuses a conversation; the message says why in its own words."""


@dataclass(frozen=True)
class Answer:
    """`text[start:end]` of a rendering is what the assistant says; `weight` is what each of its tokens counts."""

    start: int
    end: int
    weight: float


@dataclass(frozen=True)
class _Cut:
    """How much of a conversation is rendered, and what behind it."""

    length: int
    is_prompt: bool = False
    then: list[Message] = field(default_factory=list)


@dataclass(frozen=True)
class Rendering:
    text: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class ReadConversation:
    """Token ids, what predicting each of them counts, and where the last answer begins."""

    ids: list[int]
    weights: list[float]
    last_answer: int


class ChatTemplate:
    """One tokenizer with its template, or with the default one."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._backend = tokenizer.backend_tokenizer
        self._given = None if tokenizer.chat_template else DEFAULT_TEMPLATE
        template = tokenizer.get_chat_template(self._given)
        added = tokenizer.added_tokens_decoder.values()
        special = [token.content for token in added if token.special]
        of_template = [token.content for token in added if token.content.strip() and token.content in template]
        # What the assistant says may hold tokens that only the template makes special: thoughts, calls of tools.
        self._special = pattern_of(special)
        self._control = pattern_of([*special, *of_template])
        self._ends = tuple({*special, *of_template})
        self._added = sorted((token.content for token in added), key=len, reverse=True)

    def control_token(self, conversation: Conversation) -> str | None:
        """The first control token that stands in a text of the conversation, if any does."""
        found = (self._control_of(message["role"]).search(message["content"]) for message in conversation)
        return next((match[0] for match in found if match), None)

    def prompt(self, conversation: Conversation, tools: Sequence[Any] | None = None) -> list[int]:
        """Token ids of a conversation up to where the assistant is to answer."""
        (text,) = self._render(conversation, tools, [_Cut(len(conversation), is_prompt=True)])
        return self._read([Rendering(text, (Answer(len(text), len(text), 0.0),))])[0].ids

    def read(self, conversation: Conversation, tools: Sequence[Any] | None = None) -> list[ReadConversation]:
        """A conversation up to its last answer. Several where the template shows an answer otherwise once others follow it: then
        each answer is learnt from the conversation up to it. Raises RenderingError.
        """
        return self._read(self.renderings(conversation, tools))

    def read_all(self, renderings: Sequence[Sequence[Rendering]]) -> list[list[ReadConversation]]:
        """The renderings of many conversations, tokenised together."""
        flat = iter(self._read([rendering for some in renderings for rendering in some]))
        return [[next(flat) for _ in some] for some in renderings]

    def renderings(self, conversation: Conversation, tools: Sequence[Any] | None = None) -> list[Rendering]:
        """What `read` reads, as text.

        Every answer is rendered with all that stands before it, since a template may write anything anywhere, and many write an answer
        otherwise once others follow. What the template does grows with the square of their number: about 0.03 s at 100 answers (200
        turns) and 2.4 s at 800.
        """
        places = [i for i, message in enumerate(conversation) if message["role"] == "assistant"]
        if not places:
            return []
        asked = [place for place in places if place]
        cuts = [*(_Cut(place + 1) for place in places), *(_Cut(place, is_prompt=True) for place in asked)]
        found = self._render(conversation, tools, cuts)
        whole, texts = found[len(places) - 1], dict(zip(places, found, strict=False))
        prompts = dict(zip(asked, found[len(places) :], strict=True))
        # The template writes a prompt in another way than a past answer, or cannot write an empty conversation.
        unlike = [place for place in places if place not in prompts or not texts[place].startswith(prompts[place])]
        if unlike:
            others = self._render(conversation, tools, [_Cut(place, then=[_SOME_ANSWER]) for place in unlike])
            for place, other in zip(unlike, others, strict=True):
                prompts[place] = _common_beginning(texts[place], other)
        parts = [self._part(texts[place], prompts[place], conversation[place]) for place in places]
        if all(whole.startswith(part.text) for part in parts):
            return [Rendering(whole, tuple(answer for part in parts for answer in part.answers))]
        return parts

    def _part(self, text: str, prompt: str, message: Message) -> Rendering:
        """A conversation whose last message is the assistant's, and where in it that is: behind `prompt`."""
        stripped = text.rstrip()
        is_ended = stripped.endswith(self._ends) and len(stripped) > len(prompt)
        end = len(stripped) if is_ended else len(text)
        return Rendering(text, (Answer(len(prompt), end, float(message.get("weight", 1.0))),))

    def _render(self, conversation: Conversation, tools: Sequence[Any] | None, cuts: Sequence[_Cut]) -> list[str]:
        """Beginnings of a conversation as the tokenizer's template writes each of them alone."""
        marked = [
            {
                name: self._marked(value, self._control_of(message["role"]))
                for name, value in message.items()
                if name != "weight"
            }
            for message in conversation
        ]
        template = self._tokenizer.get_chat_template(self._given, tools).removesuffix("\n")
        try:
            text: str = self._tokenizer.apply_chat_template(
                marked,
                tools=None if tools is None else self._marked(list(tools), self._control),
                chat_template=f"{_EACH}{template}{_END_OF_EACH}",
                tokenize=False,
                anneal_cuts=cuts,
                anneal_end=_END_OF_CUT,
            )
        except (TemplateError, TypeError, ValueError, KeyError) as error:
            raise RenderingError(str(error)) from error
        return text.split(_END_OF_CUT)[:-1]

    def _control_of(self, role: str) -> re.Pattern[str]:
        return self._special if role == "assistant" else self._control

    def _marked(self, value: Any, control: re.Pattern[str]) -> Any:
        if isinstance(value, str):
            # A sentinel stands alone, in a message of ours.
            text = value if value == _SENTINEL else _MARKS.sub("", value)
            return control.sub(lambda match: f"{_BEGIN}{match[0]}{_END}", text)
        if isinstance(value, dict):
            return {name: self._marked(part, control) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return [self._marked(part, control) for part in value]
        return value

    # --- from text to tokens

    def _read(self, renderings: Sequence[Rendering]) -> list[ReadConversation]:
        pieces = [_pieces(rendering) for rendering in renderings]
        plain = iter(self._tokens(piece for some in pieces for piece in some))
        found = []
        for some in pieces:
            ids: list[int] = []
            weights: list[float] = []
            last_answer, is_before_answer = 0, True
            for piece in some:
                if piece.is_answer and is_before_answer:
                    last_answer = len(ids)
                is_before_answer = not piece.is_answer
                tokens = next(plain)
                ids += tokens
                weights += [piece.weight] * len(tokens)
            found.append(ReadConversation(ids, weights, last_answer))
        return found

    def _tokens(self, pieces: Iterable[_Piece]) -> list[list[int]]:
        """Tokens of each piece, as they are inside of the text: many tokenizers put a space before whatever they are given."""
        chosen = list(pieces)
        leads = [self._lead(piece) for piece in chosen]
        lead_ids = {lead: self._plain([lead])[0] for lead in set(leads)}
        said = self._plain([lead + piece.text for piece, lead in zip(chosen, leads, strict=True)])
        return [
            self._literal(piece) if piece.is_literal else self._behind(piece, ids, lead_ids[lead])
            for piece, lead, ids in zip(chosen, leads, said, strict=True)
        ]

    def _lead(self, piece: _Piece) -> str:
        """What a piece is tokenised behind, and then cut off again: the token that it follows, or else a new line."""
        if piece.is_first:
            return ""
        return next((token for token in self._added if piece.before.endswith(token)), "\n")

    def _behind(self, piece: _Piece, ids: list[int], lead: list[int]) -> list[int]:
        return ids[len(lead) :] if ids[: len(lead)] == lead else self._plain([piece.text])[0]

    def _literal(self, piece: _Piece) -> list[int]:
        """A control token as the plain text that it is here."""
        lead = self._plain(["\n"])[0]
        ids = self._behind(piece, self._plain([f"\n{piece.text}"], splits_special=True)[0], lead)
        if self._tokenizer.convert_tokens_to_ids(piece.text) not in ids:
            return ids
        halves = self._plain([f"\n{piece.text[:1]}", f"\n{piece.text[1:]}"])
        return [number for half in halves for number in half[len(lead) :]]

    def _plain(self, texts: Sequence[str], *, splits_special: bool = False) -> list[list[int]]:
        """Every setting is set, since the tokenizer keeps what others have set before."""
        self._backend.no_truncation()
        self._backend.no_padding()
        self._backend.encode_special_tokens = splits_special
        return [encoding.ids for encoding in self._backend.encode_batch_fast(list(texts), add_special_tokens=False)]


@dataclass(frozen=True)
class _Piece:
    """A stretch of a rendering that is tokenised on its own."""

    text: str
    weight: float
    is_answer: bool
    is_literal: bool
    before: str
    """What is tokenised before it."""

    @property
    def is_first(self) -> bool:
        return not self.before


def _pieces(rendering: Rendering) -> list[_Piece]:
    """What follows the last answer is left out: nothing is learnt from it."""
    stretches: list[tuple[str, float, bool]] = []
    done = 0
    for answer in rendering.answers:
        stretches.append((rendering.text[done : answer.start], 0.0, False))
        stretches.append((rendering.text[answer.start : answer.end], answer.weight, True))
        done = answer.end
    pieces: list[_Piece] = []
    before = ""
    for text, weight, is_answer in stretches:
        done, parts = 0, []
        for match in _MARKED.finditer(text):
            parts.append((text[done : match.start()], False))
            parts.append((match[1] or "", bool(match[1])))
            done = match.end()
        parts.append((text[done:], False))
        for part, is_literal in parts:
            if part or is_answer:
                pieces.append(_Piece(part, weight, is_answer, is_literal, before))
                # A control token that is read as plain text is no token to stand behind.
                before = f"{part} " if is_literal else part or before
    return pieces


def _common_beginning(one: str, other: str) -> str:
    shorter = range(min(len(one), len(other)))
    return one[: bisect_left(shorter, True, key=lambda i: one[: i + 1] != other[: i + 1])]


def pattern_of(tokens: Iterable[str]) -> re.Pattern[str]:
    """Longer tokens first, so that none is taken for a part of itself."""
    longest_first = sorted(set(tokens), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or "(?!)")
