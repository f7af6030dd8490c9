"""Translation and summarisation: the loss of transformers for every family, bad pairs, and runs from rows to a model that writes."""

from __future__ import annotations

import json
import re
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from sacrebleu import corpus_bleu, corpus_chrf
from torch.nn import functional
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    GenerationConfig,
    RobertaConfig,
)

from tests.workers.trainer.tiny import SLUG, rewriting_rows, spec_dict, write_rows, write_task
from workers.contract.reasons import JobError
from workers.contract.results import Evaluation, ModelManifest, WritingDetails
from workers.contract.spec import JobSpec
from workers.trainer.bases import Base, find_base
from workers.trainer.bodies import load_tokenizer, open_as_encoder_decoder
from workers.trainer.data.encoded import TARGET, collate
from workers.trainer.data.tokens import Tokeniser
from workers.trainer.engine import Engine
from workers.trainer.evaluate.rewriting import summary_scores, translation_scores
from workers.trainer.generation import write
from workers.trainer.language_model import EncoderDecoder
from workers.trainer.tasks import build_task
from workers.trainer.tasks._encoder_decoder import as_labels
from workers.trainer.tasks._rewriting import DecoderRewriting, EncoderDecoderRewriting
from workers.trainer.tasks.chat import Chat

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workers.trainer.conftest import ForkingTrainer, Outcome
    from tests.workers.trainer.tiny import Tiny

CPU = torch.device("cpu")
WRITERS = ["tiny-t5", "tiny-bart", "tiny-marian"]
LEARN = {"epochs": 6, "batch_size": 8, "learning_rate": 0.01, "early_stopping": None}


class Read:
    """A task with one split's rows, as a run reads and encodes them."""

    def __init__(self, folder: Path, rows: list[Any], base: str = "tiny-t5", **task: Any) -> None:
        write_rows(folder / "train.jsonl", rows)
        write_rows(folder / "validation.jsonl", rewriting_rows(3, seed=2))
        data = {"train": "train.jsonl", "validation": "validation.jsonl"}
        spec = spec_dict(base_model=base, task={"type": "translation", **task}, data=data)
        self.spec = JobSpec.model_validate(spec)
        self.task = build_task(self.spec)
        self.base = find_base(base)
        self.data, self.warnings = self.task.read(self.spec, folder)
        self.tokenizer = load_tokenizer(self.base.folder)

    def encode(self, max_length: int | None = None) -> Any:
        return self.task.encode(self.data.train, self.data, Tokeniser(self.tokenizer), self.base, max_length=max_length)

    def engine(self, *, threads: int = 2) -> Engine:
        model = self.task.open_model(self.base, self.data)
        for part in model.modules():
            if isinstance(part, torch.nn.Dropout):
                part.p = 0.0
            if isinstance(getattr(part, "dropout", None), float):
                part.dropout = 0.0
        return Engine(model, pad_id=self.tokenizer.pad_token_id, device=CPU, threads=threads, batch_size=12)


# --- the loss


def reference(read: Read, network: Any) -> tuple[Any, torch.Tensor]:
    """What everybody does: both texts through the tokenizer, padding of the target out of the loss."""
    tokens = read.tokenizer(list(read.data.train["source"]), padding=True, return_tensors="pt")
    labels = read.tokenizer(list(read.data.train["target"]), padding=True, return_tensors="pt")
    ids = labels["input_ids"].masked_fill(labels["attention_mask"] == 0, -100)
    return network(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"], labels=ids), ids


@pytest.mark.parametrize("base", WRITERS)
def test_loss_and_gradients_equal_those_of_transformers(tiny_base: Tiny, tmp_path: Path, base: str) -> None:
    read = Read(tmp_path, rewriting_rows(12, seed=4), base)
    plain = AutoModelForSeq2SeqLM.from_pretrained(tiny_base.models_dir / base, attn_implementation="eager").eval()
    said, labels = reference(read, plain)
    said.loss.backward()
    encoded, engine, rows = read.encode(128), read.engine(), np.arange(12)
    units = read.task.units(encoded, rows)
    assert units == int((labels != -100).sum())
    loss = engine.accumulate(encoded, [rows], loss=read.task.loss, units=units, position=(0, 0))
    assert loss == pytest.approx(float(said.loss.detach()), abs=1e-5)
    network: Any = engine.model
    mine = dict(network.network.named_parameters())
    assert mine.keys() == dict(plain.named_parameters()).keys()
    for name, parameter in plain.named_parameters():
        torch.testing.assert_close(mine[name].grad, parameter.grad, atol=1e-5, rtol=1e-4, msg=name)
    engine.close()


def test_smoothed_loss_equals_that_of_torch(tiny_base: Tiny, tmp_path: Path) -> None:
    read = Read(tmp_path, rewriting_rows(12, seed=4))
    smooth = JobSpec.model_validate(
        {**read.spec.model_dump(exclude={"optimisation"}), "optimisation": {"label_smoothing": 0.1}}
    )
    task, engine = build_task(smooth), read.engine(threads=1)
    plain = AutoModelForSeq2SeqLM.from_pretrained(tiny_base.models_dir / "tiny-t5").eval()
    said, labels = reference(read, plain)
    expected = functional.cross_entropy(said.logits.flatten(0, 1), labels.flatten(), label_smoothing=0.1)
    encoded, rows = read.encode(128), np.arange(12)
    found = task.loss(engine.model, collate(encoded, rows, pad_id=3, device=CPU)) / task.units(encoded, rows)
    assert float(found.detach()) == pytest.approx(float(expected.detach()), abs=1e-5)
    engine.close()


@pytest.mark.parametrize("base", [*WRITERS, SLUG])
def test_neighbours_of_another_length_change_no_likelihood(tiny_base: Tiny, tmp_path: Path, base: str) -> None:
    rows = rewriting_rows(11, seed=4)
    rows.append({"source": "a card", "target": "pin"})
    read = Read(tmp_path, rows, base)
    encoded, engine = read.encode(64), read.engine(threads=1)
    together = engine.rows(encoded, read.task.score_rows)
    alone = [engine.rows(encoded.select(np.array([row])), read.task.score_rows)[0] for row in range(12)]
    for first, second in zip(together, alone, strict=True):
        np.testing.assert_allclose(first.likelihoods, second.likelihoods, atol=1e-4)
    assert [len(row.likelihoods) for row in together] == encoded.others[TARGET].ids.lengths.tolist()
    engine.close()


def test_a_warm_start_says_what_its_parts_say_in_plain_transformers(tiny_base: Tiny, tmp_path: Path) -> None:
    read = Read(tmp_path, rewriting_rows(12, seed=4), SLUG)
    encoded, engine, rows = read.encode(64), read.engine(), np.arange(12)
    assert len(engine.team) == 2
    model: Any = engine.model
    network = model.network
    table = network.encoder.get_input_embeddings().weight
    assert network.decoder.get_input_embeddings().weight is table
    assert network.get_output_embeddings().weight is table
    cls, sep = read.tokenizer.cls_token_id, read.tokenizer.sep_token_id
    target = encoded.others[TARGET].ids.row(0).tolist()
    assert cls not in target
    assert target.count(sep) == 1
    assert target[-1] == sep
    batch = collate(encoded, rows, pad_id=0, device=CPU)
    labels = batch.others[TARGET].ids_BT.masked_fill(batch.others[TARGET].mask() == 0, -100)
    before = torch.cat([torch.full((12, 1), cls), labels[:, :-1].clamp(min=0)], dim=1)
    logits = network(input_ids=batch.ids_BT, attention_mask=batch.mask().long(), decoder_input_ids=before).logits
    expected = functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
    expected.backward()
    wanted = {name: parameter.grad.clone() for name, parameter in network.named_parameters()}
    network.zero_grad()
    units = read.task.units(encoded, rows)
    loss = engine.accumulate(encoded, [rows], loss=read.task.loss, units=units, position=(0, 0))
    assert loss == pytest.approx(float(expected.detach()), abs=1e-5)
    replicas: Any = [dict(replica.model.network.named_parameters()) for replica in engine.team.replicas]
    for name, gradient in wanted.items():
        mine = sum(replica[name].grad for replica in replicas)
        torch.testing.assert_close(mine, gradient, atol=1e-5, rtol=1e-4, msg=name)
    new = {name for name in model.new_names if "crossattention" in name}
    assert new
    assert all(name.startswith("decoder.") for name in new)
    engine.close()


def test_a_roberta_is_warm_started_like_a_bert(tiny_base: Tiny, tmp_path: Path) -> None:
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    AutoModel.from_config(RobertaConfig(vocab_size=30_522, pad_token_id=0, **sizes)).save_pretrained(tmp_path)
    load_tokenizer(find_base(SLUG).folder).save_pretrained(tmp_path)
    base = Base(info=replace(find_base(SLUG).info, family="roberta"), folder=tmp_path)
    network, new = open_as_encoder_decoder(base)
    model = EncoderDecoder(network, new)
    ids, before = torch.randint(1000, 2000, (2, 9)), torch.randint(1000, 2000, (2, 5))
    mask = torch.ones_like(ids)
    mask[0, 6:] = 0
    logits = network(input_ids=ids, attention_mask=mask, decoder_input_ids=before).logits
    torch.testing.assert_close(model.logits(model(ids, mask, before).flatten(0, 1)), logits.flatten(0, 1))
    assert network.get_input_embeddings().weight is network.decoder.get_input_embeddings().weight
    assert any("crossattention" in name for name in new)


def test_refuses_encoders_of_which_no_decoder_can_be_made(tiny_base: Tiny) -> None:
    base = find_base(SLUG)
    with pytest.raises(JobError, match="no decoder can be made of the family modernbert") as caught:
        open_as_encoder_decoder(Base(info=replace(base.info, family="modernbert"), folder=base.folder))
    assert caught.value.reason.code == "spec:unsupported"


def test_what_a_warm_start_has_new_must_learn(trainer: ForkingTrainer, tmp_path: Path) -> None:
    data = write_task(tmp_path / "data", "translation")
    spec = spec_dict(task={"type": "translation"}, method={"type": "lora"})
    failure = trainer.run(tmp_path / "out", spec, data_dir=data).failure
    assert failure.code == "spec:unsupported"
    assert "choose the method full" in failure.message


@pytest.mark.parametrize(
    ("ids", "start", "max_length", "expected"),
    [
        ([1, 7, 8, 2], 1, None, [7, 8, 2]),
        ([1, 7, 8, 2], None, None, [1, 7, 8, 2]),
        ([7, 8], None, None, [7, 8, 2]),
        ([7, 8, 9], None, 3, [7, 8, 2]),
    ],
)
def test_labels_end_as_texts_end(
    ids: list[int], start: int | None, max_length: int | None, expected: list[int]
) -> None:
    assert as_labels(ids, start=start, end=2, max_length=max_length) == expected


# --- data


def test_an_instruction_stands_before_every_source(tiny_base: Tiny, tmp_path: Path) -> None:
    rows = rewriting_rows(3, seed=1)
    read = Read(tmp_path, rows, instruction="translate it: ")
    told = read.tokenizer(f"translate it: {rows[0]['source']}")["input_ids"]
    assert read.encode(128).ids.row(0).tolist() == told


def test_a_decoder_reads_pairs_as_conversations(tiny_base: Tiny, tmp_path: Path) -> None:
    rows = rewriting_rows(4, seed=1)
    read = Read(tmp_path, rows, "tiny-llama")
    assert isinstance(read.task, DecoderRewriting)
    messages = [
        {
            "messages": [
                {"role": "user", "content": f"Translate this text:\n{row['source']}"},
                {"role": "assistant", "content": row["target"]},
            ]
        }
        for row in rows
    ]
    write_rows(tmp_path / "train.jsonl", messages)
    write_rows(tmp_path / "validation.jsonl", messages)
    chat = Chat(JobSpec.model_validate({**read.spec.model_dump(), "task": {"type": "chat"}}))
    data, _ = chat.read(
        chat_spec := JobSpec.model_validate({**read.spec.model_dump(), "task": {"type": "chat"}}), tmp_path
    )
    assert chat_spec.task.type == "chat"
    same = chat.encode(data.train, data, Tokeniser(read.tokenizer), read.base, max_length=128)
    found = read.encode(128)
    assert found.ids.values.tolist() == same.ids.values.tolist()
    assert found.beside["weights"].values.tolist() == same.beside["weights"].values.tolist()


def test_a_split_whose_targets_all_begin_too_late_is_refused_by_its_name(tiny_base: Tiny, tmp_path: Path) -> None:
    read = Read(tmp_path, rewriting_rows(3, seed=1), "tiny-llama")
    refused = (
        r"^None of the 3 validation rows \(validation\.jsonl\) .* within 4 tokens: every target begins behind them"
    )
    with pytest.raises(JobError, match=refused):
        read.task.encode(read.data.validation, read.data, Tokeniser(read.tokenizer), read.base, max_length=4)


@pytest.mark.parametrize(
    ("row", "code", "said"),
    [
        (
            {"source": "a", "target": " "},
            "data:missing_target",
            "Row 2 of train.jsonl has a source but nothing in column 'target'",
        ),
        (
            {"source": "a", "target": None},
            "data:missing_target",
            "Row 2 of train.jsonl has a source but nothing in column 'target'",
        ),
        ({"source": "a", "target": ["b"]}, "data:damaged", "Row 2 of train.jsonl holds a list in column 'target'"),
        ({"source": {}, "target": "b"}, "data:damaged", "Row 2 of train.jsonl holds a dict in column 'source'"),
    ],
)
def test_refuses_rows_by_their_number(tiny_base: Tiny, tmp_path: Path, row: Any, code: str, said: str) -> None:
    with pytest.raises(JobError, match=said) as caught:
        Read(tmp_path, [{"source": "a", "target": "b"}, row])
    assert caught.value.reason.code == code
    assert caught.value.params["row"] == 2


def test_refuses_a_file_without_the_column(tiny_base: Tiny, tmp_path: Path) -> None:
    with pytest.raises(
        JobError, match=r"Row 1 of train\.jsonl has no column 'summary'; it has: source, target"
    ) as caught:
        Read(tmp_path, rewriting_rows(2, seed=1), target_column="summary")
    assert caught.value.reason.code == "data:missing_column"


def test_empty_and_identical_rows_are_said_with_their_number(tiny_base: Tiny, tmp_path: Path) -> None:
    rows = [*rewriting_rows(2, seed=1), {"source": " ", "target": "x"}, *[{"source": "OK ", "target": "OK"}] * 2]
    read = Read(tmp_path, rows)
    empty, same = read.warnings
    assert (empty.code, empty.params["row"], empty.params["count"]) == ("data:empty_text", 3, 1)
    assert same.code == "data:identical_pairs"
    assert same.params == {"file": "train.jsonl", "count": 2, "row": 4, "source": "source", "target": "target"}
    assert len(read.data.train) == 4


@pytest.mark.parametrize("base", ["tiny-t5", SLUG])
def test_texts_beyond_the_limit_are_cut_and_said(tiny_base: Tiny, tmp_path: Path, base: str) -> None:
    rows = [
        *[{"source": "my card", "target": "card"}] * 2,
        {"source": "card " * 50, "target": "b"},
        {"source": "a", "target": "pin " * 50},
    ]
    read = Read(tmp_path, rows, base)
    assert read.encode().notes == ()
    encoded = read.encode(24)
    assert encoded.num_truncated == 1
    (note,) = encoded.notes
    assert note.code == "data:targets_truncated"
    assert note.params == {"file": "train.jsonl", "count": 1, "row": 4, "column": "target", "max_length": 24}
    assert encoded.longest == 24
    assert encoded.others[TARGET].ids.row(3)[-1] == (102 if base == SLUG else 2)


# --- figures


def test_figures_are_those_of_the_libraries() -> None:
    references, written = ["the cat sat down", "a dog barks loudly here"], ["the cat sat", "the dog barks here now"]
    found, everything = translation_scores(references, written), np.arange(2)
    assert found.statistics["bleu"](everything) == pytest.approx(corpus_bleu(written, [references]).score)
    assert found.statistics["chrf"](everything) == pytest.approx(corpus_chrf(written, [references]).score)
    assert re.fullmatch(r"nrefs:1\|case:mixed\|eff:no\|tok:13a\|smooth:exp\|version:[\d.]+", found.signatures["bleu"])
    assert found.signatures["chrf"].startswith("nrefs:1|case:mixed|eff:yes|nc:6|nw:0")
    chinese = ["我的女朋友跳舞跳得很棒。"], ["我的朋友跳舞很棒。"]
    found = translation_scores(*chinese)
    assert "tok:zh" in found.signatures["bleu"]
    zh = corpus_bleu(chinese[1], [chinese[0]], tokenize="zh").score
    assert found.statistics["bleu"](np.arange(1)) == pytest.approx(zh)


def test_summaries_in_chinese_share_characters() -> None:
    from rouge_score.rouge_scorer import RougeScorer

    english = "#Person1# likes films, and so does #Person2#.", "#Person2# and #Person1# like films."
    theirs = RougeScorer(["rouge1", "rouge2", "rougeL"]).score(*english)
    found = summary_scores([english[0]], [english[1]]).statistics
    for name, key in (("rouge_1", "rouge1"), ("rouge_2", "rouge2"), ("rouge_l", "rougeL")):
        assert found[name](np.arange(1)) == pytest.approx(theirs[key].fmeasure)
    chinese = summary_scores(["图像检索算法"], ["图 像 算法"]).statistics
    assert chinese["rouge_1"](np.arange(1)) == pytest.approx(2 * 4 / (6 + 4))
    assert chinese["rouge_2"](np.arange(1)) == pytest.approx(2 * 2 / (5 + 3))
    assert next(iter(chinese)) == "rouge_l"


# --- writing


@pytest.mark.parametrize("base", [*WRITERS, SLUG])
@pytest.mark.parametrize("num_beams", [1, 3])
def test_writes_what_transformers_writes_from_each_source_alone(
    tiny_base: Tiny, tmp_path: Path, base: str, num_beams: int
) -> None:
    read = Read(tmp_path, rewriting_rows(4, seed=1), base)
    encoded, engine = read.encode(64), read.engine(threads=1)
    model: Any = engine.model
    end = read.tokenizer.sep_token_id or read.tokenizer.eos_token_id
    for row, written in enumerate(write(engine, encoded, max_new_tokens=9, num_beams=num_beams)):
        ids = torch.from_numpy(encoded.ids.row(row))[None]
        settings = {"max_new_tokens": 9, "do_sample": False, "num_beams": num_beams}
        said = model.network.generate(ids, attention_mask=torch.ones_like(ids), **settings)[0].tolist()[1:]
        assert written == (said[: said.index(end)] if end in said else said)
    engine.close()


def test_a_base_that_was_told_to_write_at_length_may_be_brief(tiny_base: Tiny, tmp_path: Path) -> None:
    read = Read(tmp_path, [{"source": "why is my card lost", "target": "lost card"}] * 4, "tiny-bart")
    read.encode(64)
    told = GenerationConfig(num_beams=4, min_length=56, max_length=142, early_stopping=True, length_penalty=2.0)
    assert isinstance(read.task, EncoderDecoderRewriting)
    read.task._writing.settle(told, num_beams=1, limit=64)
    assert (told.min_length, told.max_length, told.num_beams) == (None, None, 1)
    assert told.max_new_tokens == read.task._writing.longest * 3 // 2 + 8
    told.save_pretrained(tmp_path)  # It refuses what contradicts itself.


def run_usage(card: Path) -> str:
    """What the code of a model card prints."""
    (code,) = re.findall(r"```python\n(.*?)```", card.read_text(), flags=re.DOTALL)
    printed: list[Any] = []
    exec(code.replace("path/to/this/folder", str(card.parent)), {"print": printed.append})  # noqa: S102 - it is what a reader would do
    (found,) = printed
    return found if isinstance(found, str) else found[0]["generated_text"][-1]["content"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "base", "epochs", "rate"),
    [
        ("summarisation", "tiny-t5", 6, 0.01),
        ("translation", "tiny-bart", 6, 0.005),
        ("translation", "tiny-marian", 12, 0.01),
        ("summarisation", "tiny-llama", 6, 0.01),
        ("summarisation", SLUG, 25, 0.005),
    ],
)
def test_a_run_learns_to_write_and_delivers_it(
    trainer: ForkingTrainer, tmp_path: Path, task: str, base: str, epochs: int, rate: float
) -> None:
    data = write_task(tmp_path / "data", task)
    instruction = {} if base == "tiny-llama" else {"instruction": "go: "}
    spec = spec_dict(
        base_model=base,
        task={"type": task, **instruction},
        optimisation={**LEARN, "epochs": epochs, "learning_rate": rate},
    )
    outcome = trainer.run(tmp_path / "out", spec, data_dir=data)
    assert outcome.status == 0, outcome.log
    # The short texts of some rows have fewer letters than what is to be said of them.
    assert {event.code for event in outcome.of_type("warning")} <= {"data:longer_than_source"}
    document = Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes())
    by_name = {contender.name: contender for contender in document.contenders}
    blind = {
        "copy_source",
        *(["first_sentence"] if task == "summarisation" else []),
        *(["base"] if base != SLUG else []),
    }
    assert set(by_name) == {"tuned", "typical_target", "nearest_example", *blind}
    primary = "rouge_l" if task == "summarisation" else "chrf"
    assert document.primary == primary
    figures = {name: contender.metrics[primary].value for name, contender in by_name.items()}
    tuned = figures.pop("tuned")
    # There are few different answers to these texts: whoever looks them up does well.
    assert document.verdict.against == max(figures, key=lambda name: figures[name])
    # Made of a tiny encoder, a writer has learnt in this time what all answers have in common, and no more.
    assert tuned > figures["typical_target"] or base == SLUG
    scale = 1 if task == "summarisation" else 100
    assert tuned > 0.6 * scale
    assert all(figures[name] < 0.4 * scale for name in blind)
    assert "loss" not in by_name["copy_source"].metrics
    details = document.details
    assert isinstance(details, WritingDetails)
    assert details.num_written == document.num_rows == 30
    assert set(details.signatures) == (
        {"rouge_1", "rouge_2", "rouge_l"} if task == "summarisation" else {"chrf", "bleu"}
    )
    wanted = rewriting_rows(30, seed=3)
    assert all(example.reference == wanted[example.row - 1]["target"] for example in details.examples)
    scores = summary_scores if task == "summarisation" else translation_scores
    alone = [
        next(iter(scores([example.reference], [example.tuned]).statistics.values()))(np.array([0]))
        for example in details.examples
    ]
    assert alone == sorted(alone)
    assert alone[0] < alone[-1]
    assert details.examples_by == primary
    # Who opens the folder and asks as its card says is answered as the evaluation says.
    card = outcome.out_dir / "model" / "README.md"
    first = details.examples[0]
    text = json.dumps(wanted[first.row - 1]["source"])[1:-1]
    card.write_text(card.read_text().replace("your text", text))
    assert run_usage(card).strip() == first.tuned


@pytest.mark.slow
def test_the_loss_decides_where_no_row_is_read_whole(trainer: ForkingTrainer, tmp_path: Path) -> None:
    data = write_task(tmp_path / "data", "summarisation")
    for split in ("train", "validation", "test"):
        write_rows(data / f"{split}.jsonl", [{"source": "my pin", "target": "card " * 60}] * 12)
    task = {"type": "summarisation", "max_length": 64, "instruction": ""}
    outcome = trainer.run(tmp_path / "out", spec_dict(base_model="tiny-llama", task=task), data_dir=data)
    assert outcome.status == 0, outcome.log
    document = Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes())
    assert (document.primary, document.verdict.against) == ("loss", "base")
    assert isinstance(document.details, WritingDetails)
    assert (document.details.num_written, document.details.signatures) == (0, {})
    assert {contender.name for contender in document.contenders} == {"tuned", "base"}


@pytest.mark.slow
@pytest.mark.parametrize(("base", "method"), [("tiny-t5", "lora"), ("tiny-bart", "full"), (SLUG, "full")])
def test_weights_are_the_same_when_killed_in_the_middle(
    trainer: ForkingTrainer, tmp_path: Path, base: str, method: str
) -> None:
    data = write_task(tmp_path / "data", "translation")
    spec = spec_dict(
        base_model=base,
        task={"type": "translation"},
        method={"type": method},
        checkpointing={"every_steps": 2},
        limits={"max_steps": 8},
    )

    def run(name: str, mark: str | None = None) -> Outcome:
        when = None if mark is None else (signal.SIGKILL, lambda lines: any(mark in line for line in lines))
        return trainer.run(tmp_path / name, spec, data_dir=data, signal_when=when)

    straight = run("straight")
    assert straight.status == 0, straight.log
    for mark in ('"step":4,', '"step":7,'):
        assert run("killed", mark).status in {-signal.SIGKILL, 0}
    resumed = run("killed")
    assert resumed.status == 0, resumed.log
    assert resumed.artifacts_sha256 == straight.artifacts_sha256
    assert resumed.metrics == straight.metrics


@pytest.mark.slow
def test_texts_are_written_by_the_best_weights(trainer: ForkingTrainer, tmp_path: Path) -> None:
    """What is learnt is not what validation asks for, so that it is worse at the end than it was before."""
    data = write_task(tmp_path / "data", "summarisation")
    rows = [{**row, "target": "my pin is lost again today"} for row in rewriting_rows(96, seed=1)]
    write_rows(data / "train.jsonl", rows)
    spec = spec_dict(base_model="tiny-t5", task={"type": "summarisation"}, optimisation=LEARN)
    outcome = trainer.run(tmp_path / "out", spec, data_dir=data)
    assert outcome.status == 0, outcome.log
    losses = {step: value for (name, step), value in outcome.metrics.items() if name == "validation/loss"}
    best = min(losses, key=lambda step: losses[step])
    assert losses[best] < losses[max(losses)]
    document = Evaluation.model_validate_json((outcome.out_dir / "evaluation.json").read_bytes())
    tuned, base = document.contenders[:2]
    assert tuned.metrics["loss"].value == pytest.approx(losses[best], rel=0.2)
    details = document.details
    assert isinstance(details, WritingDetails)
    network = AutoModelForSeq2SeqLM.from_pretrained(outcome.out_dir / "model").eval()
    tokenizer = AutoTokenizer.from_pretrained(outcome.out_dir / "model")
    source = rewriting_rows(30, seed=3)[details.examples[0].row - 1]["source"]
    said = network.generate(**tokenizer(source, return_tensors="pt"))[0]
    assert tokenizer.decode(said, skip_special_tokens=True).strip()[:1000] == details.examples[0].tuned
    assert base.name == "base"


@pytest.mark.slow
@pytest.mark.parametrize("base", ["tiny-t5", "tiny-llama"])
def test_golden_inputs_are_repeated_and_tell_sources_apart(
    trainer: ForkingTrainer, tiny_base: Tiny, tmp_path: Path, base: str
) -> None:
    data = write_task(tmp_path / "data", "translation")
    spec = spec_dict(base_model=base, task={"type": "translation"}, limits={"max_steps": 2})
    outcome = trainer.run(tmp_path / "out", spec, data_dir=data)
    assert outcome.status == 0, outcome.log
    folder = outcome.out_dir / "model"
    golden = ModelManifest.model_validate_json((folder / "anneal.json").read_bytes()).golden
    auto_class: Any = AutoModelForSeq2SeqLM if base == "tiny-t5" else AutoModelForCausalLM
    model, tokenizer = auto_class.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    task = build_task(JobSpec.model_validate(spec))
    with torch.inference_mode():
        found = task.plain_answers(model, tokenizer, golden)
        for answers, item in zip(found, golden, strict=True):
            assert answers == pytest.approx(item.expected, abs=1e-4)
        assert len(golden) == 16
        role, old, new = ("source", "a", "e") if base == "tiny-t5" else ("messages", "Translate", "Repeat")
        told = [
            item.model_copy(update={"inputs": {**item.inputs, role: str(item.inputs[role]).replace(old, new)}})
            for item in golden
        ]
        other = task.plain_answers(model, tokenizer, told)
    assert all(answers != pytest.approx(item.expected, abs=1e-4) for answers, item in zip(other, golden, strict=True))
