"""Figures of a dialogue: which turns are asked, and that likelihoods and vectors are those of plain transformers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from tests.workers.trainer.tiny import chat_rows, spec_dict, write_rows
from workers.contract.spec import JobSpec
from workers.trainer.bases import find_base
from workers.trainer.bodies import load_tokenizer
from workers.trainer.engine import Engine
from workers.trainer.evaluate.dialogue import Meanings, Tone, next_turns
from workers.trainer.tasks.chat import Chat

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.workers.trainer.tiny import Tiny

POOL = {f"answer {number}": [10 + number] * (number + 1) for number in range(7)}


@pytest.fixture
def asked(tiny_base: Tiny, tmp_path: Path) -> Iterator[tuple[Chat, Engine, Any, Any]]:
    """The task, an engine around the tiny decoder, its tokenizer, and the same network as plain transformers open it."""
    for split in ("train", "validation"):
        write_rows(tmp_path / f"{split}.jsonl", chat_rows(4, seed=1))
    spec = JobSpec.model_validate(spec_dict(base_model="tiny-llama", task={"type": "chat"}))
    task, base = Chat(spec), find_base("tiny-llama")
    model = task.open_model(base, task.read(spec.model_copy(update={"data": _two_files(spec)}), tmp_path)[0])
    engine = Engine(model, pad_id=2, device=torch.device("cpu"), threads=1, batch_size=4)
    yield task, engine, load_tokenizer(base.folder), AutoModelForCausalLM.from_pretrained(base.folder).eval()
    engine.close()


def _two_files(spec: JobSpec) -> Any:
    return spec.data.model_copy(update={"test": None})


def test_every_conversation_is_asked_with_different_answers_of_others_and_the_same_in_every_job() -> None:
    prompts, true = [[1], [2, 3]] * 10, ["answer 0", "answer 6"] * 10
    turns = next_turns(prompts, true, POOL, max_length=5)
    assert turns is not None
    assert (turns.num_others, turns.chance) == (4, 0.2)
    for answer, texts in zip(true, turns.texts, strict=True):
        assert texts[0] == answer
        assert len(set(texts)) == 5
    drawn = {text for texts in turns.texts for text in texts[1:]}
    assert drawn == set(POOL)
    assert turns.rows.ids.lengths.max() == 5
    assert turns.rows.ids.row(0).tolist() == [1, 10]
    again = next_turns(prompts, true, POOL, max_length=5)
    assert again is not None
    assert again.texts == turns.texts


def test_nothing_is_asked_where_all_answers_are_alike() -> None:
    assert next_turns([[1], [2]], ["yes", "yes"], {"yes": [5]}, max_length=9) is None


def test_the_likeliest_turn_is_that_of_transformers_token_by_token(asked: tuple[Chat, Engine, Any, Any]) -> None:
    task, engine, _, plain = asked
    prompts, true = [[1, 40, 41], [1, 50], [1, 60, 61]], ["answer 1", "answer 2", "answer 3"]
    turns = next_turns(prompts, true, POOL, max_length=64)
    assert turns is not None
    expected = []
    for prompt, texts in zip(prompts, turns.texts, strict=True):
        losses = []
        for text in texts:
            ids = torch.tensor([[*prompt, *POOL[text]]])
            labels = ids.clone()
            labels[:, : len(prompt)] = -100
            with torch.inference_mode():
                losses.append(float(plain(ids, labels=labels).loss))
        expected.append(float(losses[0] < min(losses[1:])))
    assert turns.is_true_one_likeliest(task, engine).tolist() == expected
    assert 0 < sum(expected) < 3


def test_vectors_are_the_mean_states_of_the_words_and_the_true_answer_is_nearest_to_itself(
    asked: tuple[Chat, Engine, Any, Any],
) -> None:
    _, engine, tokenizer, plain = asked
    texts = ["the card is lost", "your pin", ""]
    meanings = Meanings(engine, tokenizer, [*texts, *POOL])
    begin = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    for text in texts[:2]:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        with torch.inference_mode():
            states = plain.model(torch.tensor([[begin, *ids]]))[0][0, 1:].double()
        expected = torch.nn.functional.normalize(states.mean(0), dim=0)
        torch.testing.assert_close(meanings.of([text])[0], expected, atol=1e-5, rtol=1e-5)
    assert meanings.similarities(["your pin", ""], ["your pin", "your pin"]).tolist() == pytest.approx([1, 0])
    turns = next_turns([[1], [1]], ["answer 0", "answer 1"], POOL, max_length=9)
    assert turns is not None
    assert meanings.is_true_one_nearest(["answer 0", turns.texts[1][2]], turns).tolist() == [1, 0]


def test_tone_is_compared_in_english_alone() -> None:
    tone = Tone.of(["that is what we love", "this is terrible", "it is on the table", "you can have it"])
    assert tone is not None
    assert tone.commonest == 0.5
    written = ["it is wonderful", "we love it", "it stands there", "you will hate it"]
    assert tone.agreement(written).tolist() == [1, 0, 1, 0]
    assert Tone.of(["das ist wirklich schön", "ich hasse es"]) is None
    assert Tone.of(["您的包裹周一到达。"]) is None
    assert Tone.of([]) is None
