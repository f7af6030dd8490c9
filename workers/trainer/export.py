"""Turns what was trained into a folder that plain transformers opens: no code of ours, no remote code.

Training pools the mean of all tokens (`workers.trainer.model.mean_pool`), but `BertForSequenceClassification` reads the first
token. The exported network therefore has one more, perfectly standard layer, whose weights are written, not learnt, so that it
computes exactly that mean:

* attention: query and key are zero, so every token attends to all unmasked tokens alike; value is the identity, so the result
  is their mean. `attention.output.dense` is K times the identity, so that its LayerNorm (gamma 1, beta 0) sees
  K * mean + residual, with K = 4096: the normalised mean, in which the first token's own state has no weight to speak of.
* feed-forward: zero, so that the second LayerNorm sees an already normalised vector again.
* pooler: e times the identity, with e = 2**-10: tanh(e x) is e x to one part in ten thousand; the classifier is W / e.

Training computes the same formula with the same K and e, including the residual and the tanh, so that trained and exported
answers differ by float rounding only. That is not believed but measured: golden inputs are recorded from the trained model and
replayed through plain transformers before the folder gets its name. The layer costs one seventh of the serving time of a
six-layer model, and nothing in training.
"""

# ruff: noqa: N806, N815 - capital suffixes name the axes of a tensor: B batch, T token, C channel, L label, N row

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

from workers.contract.events import Exported, PhaseChanged
from workers.contract.reasons import JobError
from workers.contract.results import Golden, ModelManifest
from workers.trainer.durable import publish_folder
from workers.trainer.methods.lora import quiet_peft
from workers.trainer.model import MEAN_SCALE, TANH_SCALE
from workers.trainer.modelcard import adapter_card, model_card

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Literal

    from workers.contract.results import Evaluation
    from workers.trainer.build import Run

MODEL, ADAPTER, MANIFEST = "model", "adapter", "anneal.json"
NUM_GOLDEN = 16
TOLERANCE = 1e-3


@dataclass(frozen=True)
class Deliverable:
    """What an export is made of: the base it stands on, and a merged encoder with a head."""

    config: Any
    """Of the exported network: one layer more than the base model's."""
    base_weights: dict[str, torch.Tensor]
    """Of the base model's encoder, under its own names."""
    head_weight_LC: torch.Tensor
    head_bias_L: torch.Tensor
    base_name: str

    @property
    def pooling_layer(self) -> int:
        return int(self.config.num_hidden_layers) - 1

    @property
    def new_modules(self) -> list[str]:
        """What the base model does not have, by the names that peft's `modules_to_save` understands."""
        return [f"encoder.layer.{self.pooling_layer}", "pooler", "classifier"]

    def classifier(self, encoder_weights: dict[str, torch.Tensor]) -> Any:
        """A standard sequence classifier with these encoder weights, the pooling layer and the head."""
        model = AutoModelForSequenceClassification.from_config(self.config, dtype=torch.float32)
        weights = {f"bert.{name}": tensor for name, tensor in encoder_weights.items()}
        weights |= _pooling_weights(self.config)
        weights |= {"classifier.weight": self.head_weight_LC / TANH_SCALE, "classifier.bias": self.head_bias_L}
        missing, unexpected = model.load_state_dict(weights, strict=False)
        if missing or unexpected:
            raise JobError(
                "training:parity", f"The exported network does not fit its weights: {(missing + unexpected)[:3]}."
            )
        return model.eval()

    def untrained_classifier(self) -> Any:
        """The same on the untouched base model: what an adapter is put on."""
        return self.classifier(self.base_weights)


def _pooling_weights(config: Any) -> dict[str, torch.Tensor]:
    layer = f"bert.encoder.layer.{config.num_hidden_layers - 1}"
    width, inner = config.hidden_size, config.intermediate_size
    identity, zeros, ones = torch.eye(width), torch.zeros(width), torch.ones(width)
    attention, output = f"{layer}.attention", f"{layer}.output"
    return {
        f"{attention}.self.query.weight": torch.zeros(width, width),
        f"{attention}.self.query.bias": zeros,
        f"{attention}.self.key.weight": torch.zeros(width, width),
        f"{attention}.self.key.bias": zeros,
        f"{attention}.self.value.weight": identity,
        f"{attention}.self.value.bias": zeros,
        f"{attention}.output.dense.weight": MEAN_SCALE * identity,
        f"{attention}.output.dense.bias": zeros,
        f"{attention}.output.LayerNorm.weight": ones,
        f"{attention}.output.LayerNorm.bias": zeros,
        f"{layer}.intermediate.dense.weight": torch.zeros(inner, width),
        f"{layer}.intermediate.dense.bias": torch.zeros(inner),
        f"{output}.dense.weight": torch.zeros(width, inner),
        f"{output}.dense.bias": zeros,
        f"{output}.LayerNorm.weight": ones,
        f"{output}.LayerNorm.bias": zeros,
        "bert.pooler.dense.weight": TANH_SCALE * identity,
        "bert.pooler.dense.bias": zeros,
    }


def export(run: Run, evaluation: Evaluation) -> None:
    """Write OUT/model, and OUT/adapter where the method has one. Raises JobError `training:parity`. May be repeated."""
    run.events.emit(PhaseChanged(phase="exporting"))
    deliverable = _deliverable(run)
    golden = _golden(run)
    merged = run.method.merged(run.engine.model.encoder)
    merged["embeddings.word_embeddings.weight"] = run.vocabulary.expand(
        merged["embeddings.word_embeddings.weight"], deliverable.base_weights["embeddings.word_embeddings.weight"]
    )
    model = deliverable.classifier(merged)

    def save_merged(folder: Path) -> bool:
        model.save_pretrained(folder)
        (folder / "README.md").write_text(model_card(run, evaluation), encoding="utf-8")
        return True

    def save_adapter(folder: Path) -> bool:
        is_written = run.method.save_adapter(folder, run.engine.model.encoder, deliverable)
        if is_written:
            (folder / "README.md").write_text(adapter_card(run, deliverable), encoding="utf-8")
        return is_written

    def open_adapter(folder: Path) -> Any:
        with quiet_peft():
            return PeftModel.from_pretrained(deliverable.untrained_classifier(), folder).eval()

    _publish(run, MODEL, "merged", golden, save=save_merged, reopen=_open_merged)
    run.control.check()
    _publish(run, ADAPTER, "adapter", golden, save=save_adapter, reopen=open_adapter)


def _open_merged(folder: Path) -> Any:
    return AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True).eval()


def _publish(
    run: Run,
    name: str,
    kind: Literal["merged", "adapter"],
    golden: tuple[Golden, ...],
    *,
    save: Callable[[Path], bool],
    reopen: Callable[[Path], Any],
) -> None:
    """Save into a hidden folder, replay the golden inputs from what was saved, then give it its name and announce it."""
    folder = run.out_dir / f".tmp-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if not save(folder):
        folder.rmdir()
        return
    _save_tokenizer(run, folder)
    (folder / MANIFEST).write_text(
        ModelManifest(
            base_model=run.spec.base_model,
            spec_sha256=run.spec.sha256(),
            labels=run.data.labels,
            max_length=run.plan.max_length,
            golden=golden,
            tolerance=TOLERANCE,
        ).model_dump_json(indent=1),
        encoding="utf-8",
    )
    for file in folder.iterdir():
        file.chmod(0o644)  # The tensor library writes for its owner alone.
    replay(reopen(folder), AutoTokenizer.from_pretrained(folder, local_files_only=True), golden, name=name)
    final = run.out_dir / name
    publish_folder(folder, final)
    run.events.emit(
        Exported(
            path=name,
            kind=kind,
            files={file.name: _sha256(file) for file in sorted(final.iterdir())},
            size_bytes=sum(file.stat().st_size for file in final.iterdir()),
        )
    )


def replay(model: Any, tokenizer: Any, golden: tuple[Golden, ...], *, name: str = MODEL) -> float:
    """Largest difference in probability, over a padded batch and one by one. Raises `training:parity` beyond TOLERANCE."""
    expected_NL = torch.tensor([item.probabilities for item in golden])
    texts = [item.text for item in golden]
    with torch.inference_mode():
        batches = [texts, *([text] for text in texts)]
        answers = [
            model(**tokenizer(batch, padding=True, truncation=True, return_tensors="pt")).logits.softmax(-1)
            for batch in batches
        ]
    padded_NL, single_NL = answers[0], torch.cat(answers[1:])
    difference = max(float((found - expected_NL).abs().max()) for found in (padded_NL, single_NL))
    if not difference <= TOLERANCE:
        raise JobError(
            "training:parity",
            f"The exported {name} answers differently from the trained model (by {difference:.2g} in probability); "
            "it is not published.",
            artifact=name,
            difference=difference,
        )
    return difference


def _deliverable(run: Run) -> Deliverable:
    config = AutoConfig.from_pretrained(run.base.folder, local_files_only=True)
    config._name_or_path = run.base.info.source  # noqa: SLF001 - libraries write it into files; not the path on this machine
    config.num_hidden_layers += 1
    config.id2label = dict(enumerate(run.data.labels))
    config.label2id = {label: i for i, label in enumerate(run.data.labels)}
    config.problem_type = "single_label_classification"
    config.architectures = ["BertForSequenceClassification"]
    head = run.engine.model.head
    stored = load_file(run.base.folder / "model.safetensors")
    return Deliverable(
        config=config,
        base_weights={
            name: tensor
            for name, tensor in stored.items()
            if not name.startswith("pooler.") and "position_ids" not in name
        },
        head_weight_LC=head.weight.detach().cpu(),
        head_bias_L=head.bias.detach().cpu(),
        base_name=run.base.info.source,
    )


def _golden(run: Run) -> tuple[Golden, ...]:
    """Held-out texts from the shortest to the longest, so that replaying them in one batch pads."""
    tokens = run.tokens["held_out"]
    by_length = np.argsort(tokens.lengths, kind="stable")
    chosen = by_length[np.linspace(0, len(by_length) - 1, min(NUM_GOLDEN, len(by_length))).round().astype(int)]
    probabilities = run.engine.logits(tokens.select(chosen), is_exact=True).softmax(-1)
    return tuple(
        Golden(text=run.data.held_out.texts[row], probabilities=tuple(probabilities[i].tolist()))
        for i, row in enumerate(chosen)
    )


def _save_tokenizer(run: Run, folder: Path) -> None:
    """The base model's tokenizer with this run's length limit, so that `truncation=True` cuts where training cut."""
    tokenizer = AutoTokenizer.from_pretrained(run.base.folder, local_files_only=True)
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.model_max_length = run.plan.max_length
    tokenizer.save_pretrained(folder)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
