"""Turns what was trained into folders that plain transformers opens: the model, and the adapter where the method has one.

What a folder holds is replayed before it gets its name: golden inputs are recorded from the trained model and answered by what was
written, opened as any program would open it.
"""

from __future__ import annotations

import hashlib
import math
import shutil
from typing import TYPE_CHECKING, Any, Protocol

import torch
from transformers import AutoTokenizer

from workers.contract.events import Exported, PhaseChanged, Warned
from workers.contract.reasons import JobError
from workers.contract.results import MODEL_MANIFEST, ModelManifest, PassageRules
from workers.trainer.durable import publish_folder
from workers.trainer.modelcard import adapter_card, model_card
from workers.trainer.tasks import FindsPassages
from workers.trainer.virtual_words import add_virtual_words, can_carry_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Literal

    from workers.contract.results import Evaluation, Golden
    from workers.trainer.parts import Run

MODEL, ADAPTER = "model", "adapter"
TOLERANCE = 1e-3
_WHY_ALONE = {
    "export:bends_alone": "between the two matrices of each of its small networks stands a function that is not linear, and the product "
    "of matrices that a plain network keeps cannot be one",
    "export:keys_alone": "keys and values of a plain network are all computed from tokens, so that it has no place for those that were "
    "learnt for each layer",
    "export:words_alone": "its vectors could only become new words of the vocabulary, and the outputs of this task, which are about words "
    "or are means over them, would count the new ones as well",
}


class Deliverable(Protocol):
    """How a trained model becomes a network of plain transformers."""

    @property
    def base_name(self) -> str:
        """Under which others find the base model."""

    @property
    def base_weights(self) -> dict[str, torch.Tensor]:
        """Of the untouched body, under its own names."""

    @property
    def body_prefix(self) -> str:
        """What the body's names begin with inside the plain network."""

    @property
    def auto_class(self) -> str:
        """The class of transformers that opens the network."""

    @property
    def takes_words(self) -> bool:
        """Whether words that stand in front of every text leave the network's outputs what they are."""

    @property
    def tokenizer_settings(self) -> Mapping[str, Any]:
        """What the exported tokenizer has besides the base model's: a chat template, a side for padding."""

    @property
    def new_modules(self) -> list[str]:
        """What the base model does not have, by the names that peft's `modules_to_save` understands."""

    def plain(self, body_weights: dict[str, torch.Tensor]) -> Any:
        """A network of plain transformers with these weights and the trained head."""

    def untouched(self) -> Any:
        """The same on the untouched base model: what an adapter is put on."""

    def save(self, network: Any, folder: Path) -> None:
        """Write a network that `plain` made, with whatever else programs look for beside it."""

    def reopen(self, folder: Path) -> Any:
        """The network from a folder, as any program would open it."""

    def opening_lines(self, *settings: str) -> str:
        """Python lines by which a reader opens the base model so that an adapter fits on it; `settings` are added to the call."""


def export(run: Run, evaluation: Evaluation) -> None:
    """Write OUT/model and OUT/adapter, where the method can be merged and has an adapter, and say why where it cannot. May be repeated.

    Raises JobError `training:parity`.
    """
    run.events.emit(PhaseChanged(phase="exporting"))
    body = run.engine.model.body
    deliverable = run.task.deliverable(run)
    manifest = ModelManifest(
        task=run.spec.task.type,
        base_model=run.spec.base_model,
        spec_sha256=run.spec.sha256(),
        labels=run.data.labels,
        max_length=run.plan.max_length,
        threshold=run.task.threshold(run),
        passages=run.task.passage_rules if isinstance(run.task, FindsPassages) else PassageRules(),
        golden=run.task.golden(run),
        tolerance=TOLERANCE,
    )

    def save_merged(folder: Path) -> bool:
        weights, words = run.method.merged(body), run.method.virtual_words(body)
        tokenizer = _tokenizer(run, deliverable.tokenizer_settings)
        takes_words = deliverable.takes_words and can_carry_words(tokenizer)
        if weights is None or (words is not None and not takes_words):
            return False
        model = deliverable.plain(run.vocabulary.expand_all(weights, deliverable.base_weights))
        if words is not None:
            tokenizer = add_virtual_words(model, tokenizer, words)
        deliverable.save(model, folder)
        tokenizer.save_pretrained(folder)
        (folder / "README.md").write_text(model_card(run, evaluation), encoding="utf-8")
        return True

    def save_adapter(folder: Path) -> bool:
        why_alone = "" if is_merged else _WHY_ALONE[run.method.why_alone]
        is_written = run.method.save_adapter(folder, body, deliverable)
        if is_written:
            _tokenizer(run, deliverable.tokenizer_settings).save_pretrained(folder)
            (folder / "README.md").write_text(adapter_card(run, deliverable, why_alone=why_alone), encoding="utf-8")
        return is_written

    def open_adapter(folder: Path) -> Any:
        return run.method.open_adapter(folder, deliverable)

    num_words = run.method.num_virtual_tokens
    longer = manifest.model_copy(update={"max_length": run.plan.max_length + num_words})
    is_merged = _publish(run, MODEL, "merged", longer, save=save_merged, reopen=deliverable.reopen)
    run.control.check()
    _publish(run, ADAPTER, "adapter", manifest, save=save_adapter, reopen=open_adapter)
    if not is_merged:
        code = run.method.why_alone
        message = f"What was learnt is delivered as an adapter alone, without a whole model: {_WHY_ALONE[code]}."
        run.events.emit(Warned(code=code, message=message))


def _publish(
    run: Run,
    name: str,
    kind: Literal["merged", "adapter"],
    manifest: ModelManifest,
    *,
    save: Callable[[Path], bool],
    reopen: Callable[[Path], Any],
) -> bool:
    """Save into a hidden folder, replay the golden inputs from what was saved, then give it its name and announce it; whether there was
    anything to save.
    """
    folder = run.deliver_to / f".tmp-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if not save(folder):
        folder.rmdir()
        return False
    (folder / MODEL_MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    for file in _files_below(folder):
        file.chmod(0o644)  # The tensor library writes for its owner alone.
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    replay(reopen(folder), tokenizer, manifest.golden, answers=run.task.plain_answers, name=name)
    final = run.deliver_to / name
    publish_folder(folder, final)
    run.events.emit(
        Exported(
            path=name,
            kind=kind,
            files={file.relative_to(final).as_posix(): _sha256(file) for file in _files_below(final)},
            size_bytes=sum(file.stat().st_size for file in _files_below(final)),
        )
    )
    return True


def _files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def replay(
    model: Any,
    tokenizer: Any,
    golden: tuple[Golden, ...],
    *,
    answers: Callable[[Any, Any, Sequence[Golden]], list[list[float]]],
    name: str = MODEL,
) -> float:
    """Largest difference, relative to numbers above one, in one padded batch and one by one. Raises `training:parity` beyond TOLERANCE."""
    with torch.inference_mode():
        padded = answers(model, tokenizer, golden)
        single = [answers(model, tokenizer, [item])[0] for item in golden]
    difference = max(
        item.difference(found) for rows in (padded, single) for found, item in zip(rows, golden, strict=True)
    )
    if not difference <= TOLERANCE:
        raise JobError(
            "training:parity",
            f"The exported {name} answers differently from the trained model (by {difference:.2g}); it is not published.",
            artifact=name,
            difference=difference if math.isfinite(difference) else None,
        )
    return difference


def _tokenizer(run: Run, settings: Mapping[str, Any]) -> Any:
    """The base model's tokenizer with this run's limit of length, so that `truncation=True` cuts where training cut."""
    tokenizer = AutoTokenizer.from_pretrained(
        run.base.folder,
        local_files_only=True,
        pad_token=run.tokenizer.pad_token,
        truncation_side=run.tokenizer.truncation_side,
        **settings,
    )
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.model_max_length = run.plan.max_length
    return tokenizer


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
