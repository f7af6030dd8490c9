"""What translation and summarisation share: pairs of texts, read by whatever kind of model the base model is."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workers.contract.events import Warned
from workers.contract.reasons import JobError
from workers.trainer.bases import find_base
from workers.trainer.data import values
from workers.trainer.data.doubts import doubtful_examples, identical_pairs, longer_than_source
from workers.trainer.data.encoded import TARGET, Cuts, Encoded, Ragged
from workers.trainer.data.read import Column, read_splits
from workers.trainer.data.splits import divide
from workers.trainer.evaluate.rewriting import evaluate_rewriting
from workers.trainer.golden import golden_rows
from workers.trainer.tasks._conversation import ANSWER, ROW
from workers.trainer.tasks._encoder_decoder import EncoderDecoderTask, as_labels, plain_likelihoods
from workers.trainer.tasks._language import GOLDEN_CHARACTERS, golden_likelihoods
from workers.trainer.tasks.chat import Chat
from workers.trainer.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from workers.contract.results import Evaluation, Golden
    from workers.contract.spec import JobSpec
    from workers.trainer.bases import Base
    from workers.trainer.data.encoded import IntArray
    from workers.trainer.data.read import Place, Rows
    from workers.trainer.data.splits import TaskData
    from workers.trainer.data.tokens import Tokeniser
    from workers.trainer.evaluate.rewriting import Scores
    from workers.trainer.language_model import Decoder, EncoderDecoder
    from workers.trainer.parts import Run


@dataclass(frozen=True)
class Kind:
    """In what translation and summarisation differ."""

    title: str
    pipeline_tag: str
    instruction: str
    """What a decoder is told where the spec says nothing."""
    scores: Callable[[Sequence[str], Sequence[str]], Scores]
    has_first_sentence: bool
    """Whether the first sentences of the source are a rival."""


# --- data


def read_pairs(spec: JobSpec, data_dir: Path) -> tuple[TaskData, list[Warned]]:
    """Raises JobError `data:*`."""
    task: Any = spec.task
    columns = [Column("source", task.source_column, values.text), Column("target", task.target_column, _target)]
    splits = dict(read_splits(spec.data, data_dir, columns=columns, is_empty=_has_no_source))
    data, warnings = divide(splits, seed=spec.seed)
    warnings += doubtful_examples(data, inputs=("source",))
    for rows in splits.values():
        sides = ([text.strip() for text in rows[role]] for role in ("source", "target"))
        warnings += identical_pairs(rows, *sides, columns=(task.source_column, task.target_column))
        if task.type == "summarisation":
            warnings += longer_than_source(rows, column=task.target_column)
    return data, warnings


def _has_no_source(raw: Mapping[str, Any]) -> bool:
    return values.is_blank(raw["source"])


def _target(value: Any, place: Place) -> str:
    if values.is_blank(value):
        raise JobError(
            "data:missing_target",
            f"Row {place.row} of {place.file} has a source but nothing in column {place.column!r}; write the target or remove the row.",
            file=place.file,
            row=place.row,
            column=place.column,
        )
    return values.text(value, place)


# --- how texts are written


class _Writing:
    """How long texts become, by the training rows; the delivered model writes as the evaluation does."""

    def __init__(self) -> None:
        self.longest = 1
        self.shortest = 1

    def learn_lengths(self, rows: Rows, tokeniser: Tokeniser) -> None:
        lengths = tokeniser.texts(rows["target"]).ids.lengths
        self.longest, self.shortest = int(lengths.max()), int(lengths.min())

    @property
    def max_new_tokens(self) -> int:
        """Half as long again as the longest target that was learnt."""
        return self.longest * 3 // 2 + 8

    def settle(self, config: Any, *, num_beams: int, limit: int) -> None:
        """Into the generation config: what the base model was told to keep to, such as a least length, may not suit these targets."""
        config.update(
            num_beams=num_beams, do_sample=False, max_length=None, max_new_tokens=min(self.max_new_tokens, limit)
        )
        for name in ("min_length", "min_new_tokens"):
            if (getattr(config, name, None) or 0) > self.shortest:
                setattr(config, name, None)
        if num_beams == 1:
            for name in ("early_stopping", "length_penalty"):  # Of beams; nobody may save them without.
                setattr(config, name, None)


# --- the two ways to do it


class EncoderDecoderRewriting(EncoderDecoderTask):
    """The source is what the encoder reads, the target what the decoder says."""

    def __init__(self, spec: JobSpec, kind: Kind, base: Base) -> None:
        super().__init__(spec)
        self._kind = kind
        self._writing = _Writing()
        self.scores = kind.scores
        self.has_first_sentence = kind.has_first_sentence
        self.can_base_write = base.info.architecture != "encoder"

    def read(self, spec: JobSpec, data_dir: Path) -> tuple[TaskData, list[Warned]]:
        return read_pairs(spec, data_dir)

    def encode(
        self, rows: Rows, data: TaskData, tokeniser: Tokeniser, base: Base, *, max_length: int | None
    ) -> Encoded:
        del data, base
        if rows.split == "train":
            self._writing.learn_lengths(rows, tokeniser)
        sources = tokeniser.texts([self._asked(text) for text in rows["source"]], max_length=max_length)
        targets = tokeniser.texts(rows["target"], max_length=max_length)
        too_long = (
            []
            if max_length is None
            else np.flatnonzero(tokeniser.texts(rows["target"]).ids.lengths > max_length).tolist()
        )
        labels = [self.labels(tokeniser.tokenizer, targets.ids.row(i).tolist(), max_length) for i in range(len(rows))]
        texts = tokeniser.texts(rows["target"]).ids
        whole = [len(self.labels(tokeniser.tokenizer, texts.row(i).tolist(), None)) for i in range(len(rows))]
        return Encoded(
            ids=sources.ids,
            others={TARGET: Encoded(ids=Ragged.of(labels), cuts=Cuts.at_end(whole, max_length, num_closing=1))},
            num_truncated=sources.num_truncated,
            cuts=sources.cuts,
            notes=() if max_length is None or not too_long else (self._cut(rows, too_long, max_length),),
        )

    def labels(self, tokenizer: Any, ids: Sequence[int], max_length: int | None) -> list[int]:
        """A warm-started decoder begins with the token that its tokenizer puts before every text; others have their own."""
        start = None if self.can_base_write else tokenizer.cls_token_id
        end = tokenizer.sep_token_id if tokenizer.eos_token_id is None else tokenizer.eos_token_id
        return as_labels(ids, start=start, end=end, max_length=max_length)

    def _asked(self, source: str) -> str:
        return f"{self.spec.instruction or ''}{source}"

    def _cut(self, rows: Rows, positions: Sequence[int], max_length: int) -> Warned:
        row, column = rows.rows[positions[0]], self.spec.target_column
        return Warned(
            code="data:targets_truncated",
            message=f"{len(positions)} rows of {rows.file} have a text in {column} that is longer than {max_length} tokens; its end is "
            f"not learnt. The first is row {row}.",
            params={"file": rows.file, "count": len(positions), "row": row, "column": column, "max_length": max_length},
        )

    def open_model(self, base: Base, data: TaskData) -> EncoderDecoder:
        model = super().open_model(base, data)
        self._writing.settle(model.network.generation_config, num_beams=self.spec.num_beams, limit=base.info.max_length)
        return model

    # --- evaluation

    def rows_of(self, encoded: Encoded) -> IntArray:
        return np.arange(len(encoded))

    def prompts(self, encoded: Encoded) -> tuple[Encoded, IntArray]:
        """A source that was cut can still be written from."""
        return Encoded(ids=encoded.ids), np.arange(len(encoded))

    def max_new_tokens(self, run: Run, prompts: Encoded) -> int:
        del prompts
        return min(self._writing.max_new_tokens, run.base.info.max_length)

    def evaluate(self, run: Run) -> Evaluation:
        return evaluate_rewriting(run, self)

    # --- what is delivered

    def golden(self, run: Run) -> tuple[Golden, ...]:
        """Log-likelihoods of the beginnings of held-out targets, when the beginnings of their sources are read."""
        rows = run.data.held_out
        sources = [text[:GOLDEN_CHARACTERS] for text in rows["source"]]
        chosen = golden_rows(np.array([len(text) for text in sources])).tolist()
        inputs = [
            {"source": sources[i], "target": rows["target"][i][:GOLDEN_CHARACTERS].strip() or rows["target"][i]}
            for i in chosen
        ]
        ids = [self._golden_ids(run.tokenizer, item, run.plan.max_length) for item in inputs]
        encoded = Encoded(
            ids=Ragged.of([source for source, _ in ids]),
            others={TARGET: Encoded(ids=Ragged.of([target for _, target in ids]))},
        )
        scores = run.engine.rows(encoded, self.score_rows, is_exact=True)
        return golden_likelihoods(inputs, scores)

    def plain_answers(self, model: Any, tokenizer: Any, golden: Sequence[Golden]) -> list[list[float]]:
        ids = [self._golden_ids(tokenizer, item.inputs, tokenizer.model_max_length) for item in golden]
        return plain_likelihoods(
            model, [source for source, _ in ids], [target for _, target in ids], pad_id=tokenizer.pad_token_id
        )

    def _golden_ids(self, tokenizer: Any, inputs: Mapping[str, Any], max_length: int) -> tuple[list[int], list[int]]:
        source, target = (
            tokenizer(text, truncation=True, max_length=max_length)["input_ids"]
            for text in (self._asked(inputs["source"]), inputs["target"])
        )
        return source, self.labels(tokenizer, target, max_length)

    def usage(self, run: Run) -> Usage:
        text = json.dumps(self._asked("your text"), ensure_ascii=False)
        return Usage(
            title=f"{self._kind.title} on {run.base.info.name}",
            pipeline_tag=self._kind.pipeline_tag,
            code="from transformers import AutoModelForSeq2SeqLM, AutoTokenizer\n\n"
            'tokenizer = AutoTokenizer.from_pretrained("path/to/this/folder")\n'
            'model = AutoModelForSeq2SeqLM.from_pretrained("path/to/this/folder")\n'
            f'inputs = tokenizer({text}, truncation=True, return_tensors="pt")\n'
            "print(tokenizer.decode(model.generate(**inputs)[0], skip_special_tokens=True))",
            note="The network is a standard one of its family."
            if self.can_base_write
            else "The network is a standard `EncoderDecoderModel` whose halves both began as the base model.",
        )


class DecoderRewriting(Chat):
    """The source, with an instruction before it, is what a user says, the target what is answered."""

    nothing_learnt = "every target begins behind them, after its source; raise task.max_length, or shorten or remove the longest sources"

    def __init__(self, spec: JobSpec, kind: Kind) -> None:
        super().__init__(spec)
        self._kind = kind
        self._writing = _Writing()
        self._instruction = kind.instruction if self.spec.instruction is None else self.spec.instruction
        self.scores = kind.scores
        self.has_first_sentence = kind.has_first_sentence
        self.can_base_write = True

    def read(self, spec: JobSpec, data_dir: Path) -> tuple[TaskData, list[Warned]]:
        data, warnings = read_pairs(spec, data_dir)
        validation = self._as_conversations(data.validation)
        is_same = data.held_out is data.validation
        return replace(
            data,
            train=self._as_conversations(data.train),
            validation=validation,
            held_out=validation if is_same else self._as_conversations(data.held_out),
        ), warnings

    def _as_conversations(self, rows: Rows) -> Rows:
        messages = tuple(
            (
                {"role": "user", "content": f"{self._instruction}{source}"},
                {"role": "assistant", "content": target},
            )
            for source, target in zip(rows["source"], rows["target"], strict=True)
        )
        return rows.with_fields(messages=messages, tools=(None,) * len(rows))

    def encode(
        self, rows: Rows, data: TaskData, tokeniser: Tokeniser, base: Base, *, max_length: int | None
    ) -> Encoded:
        if rows.split == "train":
            self._writing.learn_lengths(rows, tokeniser)
        return super().encode(rows, data, tokeniser, base, max_length=max_length)

    def open_model(self, base: Base, data: TaskData) -> Decoder:
        model = super().open_model(base, data)
        self._writing.settle(model.network.generation_config, num_beams=self.spec.num_beams, limit=base.info.max_length)
        return model

    # --- evaluation

    def rows_of(self, encoded: Encoded) -> IntArray:
        found: IntArray = encoded.targets[ROW].numpy()
        return found

    def prompts(self, encoded: Encoded) -> tuple[Encoded, IntArray]:
        starts = encoded.targets[ANSWER].numpy()
        whole = np.flatnonzero(starts > 0)
        ids = [encoded.ids.row(int(i))[: starts[i]] for i in whole]
        return Encoded(ids=Ragged.of(ids)), self.rows_of(encoded)[whole]

    def max_new_tokens(self, run: Run, prompts: Encoded) -> int:
        """Prompt and answer stand in one row, which is no longer than the base model reads."""
        return max(1, min(self._writing.max_new_tokens, run.base.info.max_length - int(prompts.ids.lengths.max())))

    def evaluate(self, run: Run) -> Evaluation:
        return evaluate_rewriting(run, self)

    # --- what is delivered

    def usage(self, run: Run) -> Usage:
        text = json.dumps(f"{self._instruction}your text", ensure_ascii=False)
        return Usage(
            title=f"{self._kind.title} on {run.base.info.name}",
            pipeline_tag=self._kind.pipeline_tag,
            code="from transformers import pipeline\n\n"
            'write = pipeline("text-generation", model="path/to/this/folder")\n'
            f'print(write([{{"role": "user", "content": {text}}}]))',
            note="The network is a standard one of its family; the chat template that it was trained with is in the tokenizer.",
        )


def build_rewriting(spec: JobSpec, kind: Kind) -> EncoderDecoderRewriting | DecoderRewriting:
    """By what the base model is."""
    base = find_base(spec.base_model)
    if base.info.architecture == "decoder":
        return DecoderRewriting(spec, kind)
    return EncoderDecoderRewriting(spec, kind, base)
