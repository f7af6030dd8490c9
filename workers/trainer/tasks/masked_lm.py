"""Continued pre-training of an encoder on plain text: hidden words are found again."""

# ruff: noqa: N806 - capital suffixes name the axes of a tensor: B batch, T token, V vocabulary, N chosen position

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional
from transformers import AutoModelForMaskedLM

from workers.contract.reasons import JobError
from workers.trainer.bodies import open_language_network
from workers.trainer.data.encoded import IGNORED, Encoded, Ragged
from workers.trainer.data.masking import LABELS, WORDS, Masking
from workers.trainer.data.sentence_pairs import PAIR, SENTENCES, PairFrame, Pairing, whole_sentences
from workers.trainer.data.sentences import sentence_starts
from workers.trainer.data.unlearnt import left_out_rows
from workers.trainer.evaluate.hidden_words import evaluate_hidden_words
from workers.trainer.headed import HeadedDeliverable
from workers.trainer.language_model import MaskedModel, speaking
from workers.trainer.row_scores import PairScores, pairs_among
from workers.trainer.tasks._language import Asked, LanguageTask, golden_likelihoods, golden_texts, read_texts
from workers.trainer.taught import Part, Taught, asked_lesson
from workers.trainer.token_loss import positions
from workers.trainer.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tokenizers import Encoding

    from workers.contract.events import Warned
    from workers.contract.results import Evaluation, Golden
    from workers.contract.spec import JobSpec
    from workers.trainer.bases import Base
    from workers.trainer.data.encoded import Batch, IntArray
    from workers.trainer.data.read import Rows
    from workers.trainer.data.splits import TaskData
    from workers.trainer.data.tokens import Tokeniser
    from workers.trainer.engine import Engine
    from workers.trainer.language_model import LanguageModel, PairHead
    from workers.trainer.parts import Run
    from workers.trainer.row_scores import RowScores

# Validation and held-out rows hide the same words whenever they are asked: those of a pass that is never trained.
_NO_EPOCH = -1
# In golden texts, every so many tokens one is hidden.
_GOLDEN_STEP = 7
_WITHOUT_PAIRS = " It was asked about pairs of sentences as well; the layer that answered is left out, as this format has no place for it."


class MaskedLm(LanguageTask):
    """A row of `Encoded` is a text, or a part of one that is too long. Which words are hidden differs from pass to pass."""

    accuracy = "masked_accuracy"
    shares = frozenset({"pair_accuracy"})

    def __init__(self, spec: JobSpec) -> None:
        super().__init__(spec)
        self._seed = spec.seed
        self._masking: Masking | None = None
        self._pairing: Pairing | None = None

    # --- data

    def read(self, spec: JobSpec, data_dir: Path) -> tuple[TaskData, list[Warned]]:
        return read_texts(spec, data_dir, column=self.spec.text_column)

    def encode(
        self, rows: Rows, data: TaskData, tokeniser: Tokeniser, base: Base, *, max_length: int | None
    ) -> Encoded:
        del data
        self._masking = _masking(tokeniser.tokenizer, base, self.spec.mask_share)
        before, after = _around(tokeniser.tokenizer)
        num_special = len(before) + len(after)
        if self.asks_about_pairs:
            frame = PairFrame.of(tokeniser.tokenizer, has_types=base.has_types)
            num_special = frame.num_tokens
            self._pairing = Pairing(self.spec.sentence_order, frame, max_length or base.info.max_length)
        room = None if max_length is None else max_length - num_special
        ids, words, sentences, origins = [], [], [], []
        for row, encoding in enumerate(tokeniser.encodings(rows["text"], special=False)):
            numbers = encoding.word_ids if self.spec.masking == "whole_words" else range(len(encoding.ids))
            of_sentence = _sentence_numbers(rows["text"][row], encoding)
            for part in self._parts(of_sentence, room):
                ids.append([*before, *encoding.ids[part], *after])
                words.append([*[-1] * len(before), *_numbered(numbers[part]), *[-1] * len(after)])
                sentences.append([*[-1] * len(before), *of_sentence[part], *[-1] * len(after)])
                origins.append(row)
        if not ids:
            raise JobError("data:empty", f"{rows.file} has no text that the tokenizer can read.", file=rows.file)
        beside = {WORDS: Ragged.of(words), **({SENTENCES: Ragged.of(sentences)} if self.asks_about_pairs else {})}
        unread = sorted(set(range(len(rows))) - set(origins))
        encoded = Encoded(
            ids=Ragged.of(ids),
            beside=beside,
            targets={"row": torch.tensor(origins)},
            notes=() if max_length is None else tuple(left_out_rows(rows, unread, max_length)),
        )
        if self._pairing is not None and rows.split == "train" and not self._pairing.can_ask(encoded):
            raise _no_pairs(rows, self._pairing, max_length)
        return encoded

    def _parts(self, of_sentence: IntArray, room: int | None) -> list[slice]:
        """How a text becomes rows: parts of whole sentences where these are asked about, else parts as long as can be."""
        if self.asks_about_pairs:
            return whole_sentences(of_sentence, room)
        length = room or max(1, len(of_sentence))
        return [slice(start, start + length) for start in range(0, len(of_sentence), length)]

    @property
    def asks_about_pairs(self) -> bool:
        return bool(self.spec.sentence_order != "none")

    def rows_of_epoch(self, encoded: Encoded, *, seed: int, epoch: int) -> Encoded:
        assert self._masking is not None  # noqa: S101 - rows are encoded before they are trained on
        if self._pairing is not None:
            encoded = self._pairing.pairs(encoded, seed=seed, epoch=epoch)
        return self._masking.hidden(encoded, seed=seed, epoch=epoch)

    def with_hidden_words(self, encoded: Encoded) -> Encoded:
        """As validation sees them."""
        return self.rows_of_epoch(encoded, seed=self._seed, epoch=_NO_EPOCH)

    def pair_labels(self, encoded: Encoded) -> list[int]:
        """What is true of the pairs that validation sees."""
        found = self.with_hidden_words(encoded).targets.get(PAIR)
        return [] if found is None else found[found != IGNORED].tolist()

    # --- learning

    def open_model(self, base: Base, data: TaskData) -> MaskedModel:
        del data
        network, new_names = open_language_network(base, AutoModelForMaskedLM, may_be_new=True)
        return MaskedModel(network, new_names, has_pairs=self.asks_about_pairs)

    def asked(self, batch: Batch) -> Asked:
        labels = batch.beside[LABELS].flatten()
        places_N = positions(labels != IGNORED)
        return Asked(
            places_N,
            words_N=labels[places_N],
            weights_N=torch.ones_like(places_N, dtype=torch.float32),
            width=batch.ids_BT.shape[1],
        )

    def taught(self, encoded: Encoded, data: TaskData) -> Taught:
        del data
        pairs = encoded.targets.get(PAIR)

        def target(row: int) -> tuple[str, ...] | None:
            """Whether the second stretch truly goes on with the first, where a row is asked that."""
            return None if pairs is None or pairs[row] == IGNORED else ("false" if pairs[row] else "true",)

        part = Part("text", encoded, asked_lesson(encoded, self.asked, ahead=0))
        return Taught((part,), encoded.targets["row"].numpy(), loss_over="tokens", target=target)

    def units(self, encoded: Encoded, rows: IntArray) -> float:
        labels = encoded.beside[LABELS]
        return sum(int((labels.row(int(row)) != IGNORED).sum()) for row in rows)

    def loss(self, model: LanguageModel, batch: Batch) -> torch.Tensor:
        """With that of the pairs, each of which counts as much as it has hidden words: both are then means over the same units."""
        if PAIR not in batch.targets:
            return super().loss(model, batch)
        states_BTC, asked = model.of(batch), self.asked(batch)
        num_words_B = torch.bincount(asked.places_N // asked.width, minlength=len(batch))
        losses_B = functional.cross_entropy(
            _pairs_of(model)(states_BTC).float(), batch.targets[PAIR], reduction="none", ignore_index=IGNORED
        )
        return self.loss_of_words(model, states_BTC, asked) + (losses_B * num_words_B).sum()

    def score_rows(self, model: LanguageModel, batch: Batch) -> list[RowScores]:
        if PAIR not in batch.targets:
            return super().score_rows(model, batch)
        states_BTC, pair_B = model.of(batch), batch.targets[PAIR]
        spread_B2 = _pairs_of(model)(states_BTC).float().softmax(-1)
        true_B = spread_B2.gather(1, pair_B.clamp(min=0).unsqueeze(1)).squeeze(1)
        return [
            PairScores(row.likelihoods, row.hits, row.weights, None if label == IGNORED else probability)
            for row, label, probability in zip(
                self.scores_of_words(model, states_BTC, batch), pair_B.tolist(), true_B.tolist(), strict=True
            )
        ]

    def answer(self, engine: Engine, encoded: Encoded) -> list[RowScores]:
        return super().answer(engine, self.with_hidden_words(encoded))

    def metrics(self, answers: Sequence[RowScores], encoded: Encoded) -> dict[str, float]:
        """With the share of pairs that are told rightly, where there are pairs; `loss` is that of the words alone."""
        found = super().metrics(answers, encoded)
        asked = pairs_among(answers)
        return {**found, "pair_accuracy": float(np.mean([row.is_pair_right for row in asked]))} if asked else found

    def evaluate(self, run: Run) -> Evaluation:
        return evaluate_hidden_words(run, self)

    # --- what is delivered

    def deliverable(self, run: Run) -> HeadedDeliverable:
        model = speaking(run.engine.model)
        return HeadedDeliverable.of(
            model,
            run.base,
            auto_class="AutoModelForMaskedLM",
            new_modules=sorted({name.split(".", 1)[0] for name in model.new_names}),
        )

    def golden(self, run: Run) -> tuple[Golden, ...]:
        """Log-likelihoods of the true tokens of held-out texts where they are hidden at regular distances."""
        chosen = golden_texts(run)
        rows = [_golden_row(run.tokenizer, text, run.plan.max_length) for text in chosen]
        encoded = Encoded(
            ids=Ragged.of([ids for ids, _ in rows]), beside={LABELS: Ragged.of([labels for _, labels in rows])}
        )
        scores = run.engine.rows(encoded, self.score_rows, is_exact=True)
        return golden_likelihoods([{"text": text} for text in chosen], scores)

    def plain_answers(self, model: Any, tokenizer: Any, golden: Sequence[Golden]) -> list[list[float]]:
        rows = [_golden_row(tokenizer, str(item.inputs["text"]), tokenizer.model_max_length) for item in golden]
        ids_BT, labels_BT = (
            torch.nn.utils.rnn.pad_sequence(
                [torch.tensor(row[part]) for row in rows], batch_first=True, padding_value=value
            )
            for part, value in ((0, tokenizer.pad_token_id), (1, IGNORED))
        )
        lengths = torch.tensor([len(ids) for ids, _ in rows])
        mask_BT = (torch.arange(ids_BT.shape[1]) < lengths[:, None]).long()
        spread_BTV = model(input_ids=ids_BT, attention_mask=mask_BT).logits.float().log_softmax(-1)
        found_BT = spread_BTV.gather(-1, labels_BT.clamp(min=0).unsqueeze(-1)).squeeze(-1)
        return [found_BT[row][labels_BT[row] != IGNORED].tolist() for row in range(len(rows))]

    def usage(self, run: Run) -> Usage:
        return Usage(
            title=f"Masked language model on {run.base.info.name}",
            pipeline_tag="fill-mask",
            code="from transformers import pipeline\n\n"
            'fill = pipeline("fill-mask", model="path/to/this/folder")\n'
            f'print(fill("your {run.tokenizer.mask_token} here"))',
            note="The network is a standard one of its family; other tasks can start from it."
            + (_WITHOUT_PAIRS if self.asks_about_pairs else ""),
        )


def _pairs_of(model: LanguageModel) -> PairHead:
    assert isinstance(model, MaskedModel)  # noqa: S101 - `open_model` makes no other
    assert model.pairs is not None  # noqa: S101 - likewise, where pairs are asked about
    return model.pairs


def _sentence_numbers(text: str, encoding: Encoding) -> IntArray:
    """Of every token the number of the sentence in which it begins."""
    begins = np.array([start for start, _ in encoding.offsets], dtype=np.int64)
    return np.searchsorted(sentence_starts(text), begins, side="right") - 1


def _no_pairs(rows: Rows, pairing: Pairing, max_length: int | None) -> JobError:
    wanted = "two texts" if pairing.kind == "next" else "no text"
    return JobError(
        "data:no_sentence_pairs",
        f"{rows.file} has {'fewer than ' if pairing.kind == 'next' else ''}{wanted} of at least two sentences"
        f"{'' if max_length is None else f' within {max_length} tokens'}; set task.sentence_order to none, or bring longer texts.",
        file=rows.file,
    )


def _masking(tokenizer: Any, base: Base, share: float) -> Masking:
    if tokenizer.mask_token_id is None:
        raise JobError(
            "spec:task_not_supported",
            f"The tokenizer of {base.info.name} has no token that stands for a hidden word; choose another base_model.",
            base_model=base.info.slug,
            task="masked_lm",
        )
    special = set(tokenizer.all_special_ids)
    return Masking(
        share=share,
        mask_id=tokenizer.mask_token_id,
        any_ids=np.array([number for number in range(len(tokenizer)) if number not in special]),
    )


def _around(tokenizer: Any) -> tuple[list[int], list[int]]:
    """The tokens that the tokenizer puts before and after a text."""
    inner = tokenizer.encode("a", add_special_tokens=False)
    whole = tokenizer.encode("a")
    start = next(i for i in range(len(whole)) if whole[i : i + len(inner)] == inner)
    return whole[:start], whole[start + len(inner) :]


def _numbered(words: Sequence[int | None]) -> list[int]:
    return [-1 if word is None else word for word in words]


def _golden_row(tokenizer: Any, text: str, max_length: int) -> tuple[list[int], list[int]]:
    """Ids with some of them hidden, and the true ids where they are. A special token hides nothing."""
    ids: list[int] = tokenizer(text, truncation=True, max_length=max_length)["input_ids"]
    special = set(tokenizer.all_special_ids)
    is_hidden = [i % _GOLDEN_STEP == 1 and number not in special for i, number in enumerate(ids)]
    return (
        [tokenizer.mask_token_id if hidden else number for number, hidden in zip(ids, is_hidden, strict=True)],
        [number if hidden else IGNORED for number, hidden in zip(ids, is_hidden, strict=True)],
    )
