"""JobSpec -> the parts of a run. Builds and checks; trains nothing."""

from __future__ import annotations

import copy
import functools
import hashlib
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import transformers
from transformers import AutoModel, AutoTokenizer

from workers.contract.events import Metrics, PhaseChanged, Started, Warned
from workers.contract.reasons import JobError
from workers.trainer import attention
from workers.trainer.auto import Plan, resolve
from workers.trainer.bases import Base, find_base
from workers.trainer.checkpoint import CheckpointStore, Snapshot
from workers.trainer.data.batches import epoch_batches
from workers.trainer.data.tokens import Tokens, cut, tokenise
from workers.trainer.durable import remove_unfinished
from workers.trainer.engine import Engine, pick_device
from workers.trainer.environment import num_threads
from workers.trainer.fingerprint import environment_fingerprint, seed_everything
from workers.trainer.methods import Method, build_method
from workers.trainer.model import TextClassifier
from workers.trainer.optimiser import ShardedAdamW
from workers.trainer.probe import FeatureCache, solve_head
from workers.trainer.schedule import learning_rate_at
from workers.trainer.state import RunState
from workers.trainer.tasks import Task, build_task
from workers.trainer.vocabulary import CompactVocabulary

if TYPE_CHECKING:
    from pathlib import Path

    from workers.contract.events import Scalar
    from workers.contract.spec import JobSpec
    from workers.trainer.control import Control
    from workers.trainer.data.tokens import IntArray
    from workers.trainer.events import EventStream
    from workers.trainer.tasks.classification import LabelledData

SPLITS = ("train", "validation", "held_out")


@dataclass
class Run:
    """The parts of one run and where it stands. The loop changes `state` and `best`; everything else stays."""

    spec: JobSpec
    out_dir: Path
    events: EventStream
    control: Control
    base: Base
    tokenizer: Any
    task: Task
    method: Method
    data: LabelledData
    plan: Plan
    vocabulary: CompactVocabulary
    tokens: dict[str, Tokens]
    """By split, in compact ids."""
    targets: dict[str, torch.Tensor]
    engine: Engine
    optimiser: ShardedAdamW
    store: CheckpointStore
    feature_cache: FeatureCache
    state: RunState
    best: dict[str, torch.Tensor] | None = None
    _epoch_steps: dict[int, list[list[IntArray]]] = field(default_factory=dict)

    # --- where the run is

    @property
    def steps_per_epoch(self) -> int:
        num_batches = math.ceil(len(self.tokens["train"]) / self.plan.batch_size)
        return math.ceil(num_batches / self.spec.optimisation.gradient_accumulation)

    @property
    def total_steps(self) -> int:
        whole = self.plan.epochs * self.steps_per_epoch
        return min(whole, self.spec.limits.max_steps or whole)

    @property
    def epoch(self) -> float:
        """Position in passes over the data."""
        return self.state.step / self.steps_per_epoch

    @property
    def is_end_of_epoch(self) -> bool:
        """Of an epoch, or of the whole run where `max_steps` ends it in the middle of one."""
        return self.state.step_in_epoch >= self.steps_per_epoch or self.state.step >= self.total_steps

    def steps_of_epoch(self, epoch: int) -> list[list[IntArray]]:
        """For every step of the epoch the batches whose gradients it sums."""
        batches = epoch_batches(
            self.tokens["train"].lengths, batch_size=self.plan.batch_size, seed=self.spec.seed, epoch=epoch
        )
        size = self.spec.optimisation.gradient_accumulation
        return [batches[i : i + size] for i in range(0, len(batches), size)]

    def learning_rate_at(self, step: int) -> float:
        optimisation = self.spec.optimisation
        return learning_rate_at(
            step,
            peak=self.plan.learning_rate,
            total_steps=self.total_steps,
            warmup_ratio=optimisation.warmup_ratio,
            schedule=optimisation.schedule,
        )

    # --- what it learns from

    def loss(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return self.task.loss(logits, targets, label_smoothing=self.spec.optimisation.label_smoothing)

    def features(self, split: str, engine: Engine | None = None) -> torch.Tensor:
        """Features of the untouched base model; `engine` must hold it, and is this run's own before its first step."""
        return self.feature_cache.get(split, self.tokens[split], (engine or self.engine).pooled)

    def watched(self, metrics: dict[str, float]) -> float:
        """The metric that decides which weights are best, turned so that higher is better."""
        stopping = self.spec.optimisation.early_stopping
        name = stopping.metric if stopping else "macro_f1"
        return -metrics["loss"] if name == "loss" else metrics[name]

    def judge_weights(self, metrics: dict[str, float], *, step: int) -> None:
        """Report validation figures of the present weights, and keep them if they are the best so far."""
        values = {f"validation/{name}": value for name, value in metrics.items()}
        self.events.emit(Metrics(step=step, epoch=self.epoch, values=values))
        value = self.watched(metrics)
        update: dict[str, Any] = {"peak_value": max(value, self.state.peak_value or value)}
        if self._is_gain(value, metrics):
            self.best = self.engine.weights()
            update |= {
                "best_step": step,
                "best_value": value,
                "best_loss": metrics["loss"],
                "evaluations_without_gain": 0,
            }
        else:
            update["evaluations_without_gain"] = self.state.evaluations_without_gain + 1
        self.state = self.state.model_copy(update=update)

    def _is_gain(self, value: float, metrics: dict[str, float]) -> bool:
        """Whether these figures are better than the best so far.

        A share of a small validation set is a coarse measure: 13 rows per label move macro F1 by points. Values within one
        standard error of the peak are therefore told apart by the loss, which every row moves. A `min_delta` that is
        asked for, and the loss itself as the watched metric, are taken as they are.
        """
        state, stopping = self.state, self.spec.optimisation.early_stopping
        if state.best_value is None or state.best_loss is None or state.peak_value is None:
            return True
        if stopping is not None and (stopping.min_delta > 0 or stopping.metric == "loss"):
            return value > state.best_value + stopping.min_delta
        error = math.sqrt(metrics["accuracy"] * (1 - metrics["accuracy"]) / len(self.data.validation))
        if abs(value - state.peak_value) > error:
            return value > state.peak_value
        return metrics["loss"] < state.best_loss

    # --- what is kept

    def snapshot(self) -> Snapshot:
        self.state = self.state.model_copy(update={"seconds": self.control.seconds})
        return Snapshot(
            state=self.state,
            epoch=self.epoch,
            weights=self.engine.weights(),
            optimizer=self.optimiser.state(),
            num_updates=self.optimiser.num_updates,
            best=None if self.state.best_step == self.state.step else self.best,
        )

    def restore(self, snapshot: Snapshot) -> None:
        self.state = snapshot.state
        self.engine.load_weights(snapshot.weights)
        self.optimiser.load_state(snapshot.optimizer, num_updates=snapshot.num_updates)
        self.best = snapshot.weights if snapshot.state.best_step == snapshot.state.step else snapshot.best
        self.control.count_from(snapshot.state.seconds)

    def best_weights(self) -> dict[str, torch.Tensor]:
        return self.best if self.best is not None else self.engine.weights()

    def close(self) -> None:
        self.store.close()
        self.engine.close()


@functools.lru_cache(maxsize=4)
def load_tokenizer(folder: Path) -> Any:
    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


_loaded_ahead: dict[str, Any] = {}


def load_ahead(base: Base) -> None:
    """Open a base model before a job asks for it, and rehearse a step on a copy.

    Much of a first step is not work: thread pools, kernels made on first use, modules that torch imports late.
    """
    encoder = _open_encoder(base)
    tokens = tokenise(load_tokenizer(base.folder).backend_tokenizer, ["one", "two or three"] * 16)
    targets = torch.zeros(len(tokens), dtype=torch.long)
    engine = Engine(
        TextClassifier(copy.deepcopy(encoder), 2),
        pad_id=0,
        device=pick_device(),
        threads=num_threads(),
        batch_size=len(tokens),
    )
    features = engine.pooled(tokens)
    solve_head(features, targets, num_labels=2, judge=lambda _: 0.0)
    engine.accumulate(
        tokens,
        targets,
        [np.arange(len(tokens))],
        loss=lambda logits, found: torch.nn.functional.cross_entropy(logits, found, reduction="sum"),
        position=(0, 0),
    )
    ShardedAdamW(engine.team, weight_decay=0.0).update(learning_rate=0.0, max_grad_norm=1.0)
    engine.close()
    _loaded_ahead[base.info.slug] = encoder


def load_encoder(base: Base) -> Any:
    """The base model's encoder, untouched and nobody else's. Raises `platform:base_model_damaged`."""
    return _loaded_ahead.pop(base.info.slug, None) or _open_encoder(base)


def _open_encoder(base: Base) -> Any:
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    encoder, report = AutoModel.from_pretrained(
        base.folder,
        local_files_only=True,
        add_pooling_layer=False,
        attn_implementation=attention.NAME,
        dtype=torch.float32,
        output_loading_info=True,
    )
    if report["missing_keys"]:
        raise JobError(
            "platform:base_model_damaged",
            f"The weights of {base.info.slug} lack {min(report['missing_keys'])}.",
            base_model=base.info.slug,
        )
    return encoder.eval()


def base_engine(run: Run) -> Engine:
    """An engine around the untouched base model, for features after training has moved the run's own."""
    encoder = load_encoder(run.base)
    run.vocabulary.shrink(encoder)
    return Engine(
        TextClassifier(encoder, len(run.data.labels)),
        pad_id=run.vocabulary.pad_id,
        device=run.engine.device,
        threads=num_threads(),
        batch_size=run.plan.batch_size,
        between_batches=run.control.check,
    )


def build_run(spec: JobSpec, *, out_dir: Path, data_dir: Path, events: EventStream, control: Control) -> Run:
    """Everything up to the first step. Raises JobError; emits `started` when all is well."""
    events.emit(PhaseChanged(phase="loading"))
    base = find_base(spec.base_model)
    task = build_task(spec.task)
    method = build_method(spec.method)
    store = CheckpointStore(out_dir, keep_last=spec.checkpointing.keep_last, events=events)
    tokenizer = load_tokenizer(base.folder)
    seed_everything(spec.seed)

    events.emit(PhaseChanged(phase="preparing"))
    data, warnings = task.read(spec, data_dir)
    rows = dict(zip(SPLITS, (data.train, data.validation, data.held_out), strict=True))
    backend = tokenizer.backend_tokenizer
    cache = out_dir / "cache"
    for folder in (out_dir, cache):
        remove_unfinished(folder)
    whole = {split: tokenise(backend, rows[split].texts, cache=cache) for split in SPLITS}
    plan = resolve(
        spec,
        base.info,
        num_examples=len(data.train),
        longest_tokens=int(whole["train"].lengths.max()),
        rate_factor=method.learning_rate_factor,
    )
    tokens = {split: cut(whole[split], backend, rows[split].texts, max_length=plan.max_length) for split in SPLITS}
    warnings += [_cut_off(split, tokens[split], plan.max_length) for split in SPLITS if tokens[split].num_truncated]
    vocabulary = CompactVocabulary.of(tokens.values(), pad_id=tokenizer.pad_token_id)

    encoder = load_encoder(base)
    vocabulary.shrink(encoder)
    model = TextClassifier(method.prepare(encoder), len(data.labels))
    engine = Engine(
        model,
        pad_id=vocabulary.pad_id,
        device=pick_device(),
        threads=num_threads(),
        batch_size=plan.batch_size,
        between_batches=control.check,
    )
    fingerprint = environment_fingerprint(
        device=engine.device.type,
        threads=num_threads(),
        replicas=engine.num_replicas,
        linear_kernel=engine.linear_kernel,
    )
    run = Run(
        spec=spec,
        out_dir=out_dir,
        events=events,
        control=control,
        base=base,
        tokenizer=tokenizer,
        task=task,
        method=method,
        data=data,
        plan=plan,
        vocabulary=vocabulary,
        tokens={split: vocabulary.compact(tokens[split]) for split in SPLITS},
        targets={split: data.targets(rows[split]) for split in SPLITS},
        engine=engine,
        optimiser=ShardedAdamW(engine.team, weight_decay=spec.optimisation.weight_decay),
        store=store,
        feature_cache=FeatureCache(cache, key=_features_key(base, tokens, fingerprint)),
        state=RunState(spec_sha256=spec.sha256(), data_sha256=_data_sha256(data), fingerprint=fingerprint),
    )
    _resume(run, fingerprint)
    for warning in warnings:
        events.emit(warning)
    return run


def _resume(run: Run, fingerprint: dict[str, Scalar]) -> None:
    """Continue from the newest checkpoint if there is one, and say how the run starts."""
    fresh = run.state
    snapshot = run.store.load_newest()
    is_same_environment = True
    if snapshot is not None:
        _refuse_other_job(fresh, snapshot.state)
        is_same_environment = snapshot.state.fingerprint == fingerprint
        run.restore(snapshot)
        run.state = run.state.model_copy(update={"fingerprint": fingerprint})
    run.events.rewind_to(run.state.step if snapshot is not None else -1)
    model = run.engine.model
    run.events.emit(
        Started(
            resumed_from_step=run.state.step,
            total_steps=run.total_steps,
            steps_per_epoch=run.steps_per_epoch,
            num_examples={
                "train": len(run.data.train),
                "validation": len(run.data.validation),
                **({"test": len(run.data.held_out)} if run.data.held_out_split == "test" else {}),
            },
            trainable_parameters=_trainable_parameters(run),
            total_parameters=_total_parameters(run, model),
            fingerprint=fingerprint,
            is_same_environment=is_same_environment,
            resolved=run.plan.resolved,
        )
    )
    if not is_same_environment:
        changed = sorted(
            name
            for name in fingerprint.keys() | run.state.fingerprint.keys()
            if snapshot is not None and snapshot.state.fingerprint.get(name) != fingerprint.get(name)
        )
        run.events.emit(
            Warned(
                code="environment:changed",
                message="The run continues in another environment than it began in: the same data in the same order, "
                f"but the last bits of the result may differ. Changed: {', '.join(changed)}.",
                params={"changed": ", ".join(changed)},
            )
        )


def _refuse_other_job(fresh: RunState, found: RunState) -> None:
    if found.spec_sha256 != fresh.spec_sha256:
        raise JobError(
            "spec:invalid",
            "The output folder holds checkpoints of another spec; use an empty folder, or the spec that began here.",
        )
    if found.data_sha256 != fresh.data_sha256:
        raise JobError(
            "data:damaged", "The data differ from those that this run began with; a run cannot change its data."
        )


def _trainable_parameters(run: Run) -> int:
    """Of the whole model: rows of the embedding table that are put aside count as what they are."""
    learning = sum(p.numel() for p in run.engine.model.parameters() if p.requires_grad)
    table = run.engine.model.encoder.get_input_embeddings().weight
    return learning + (_rows_put_aside(run) * table.shape[1] if table.requires_grad else 0)


def _total_parameters(run: Run, model: TextClassifier) -> int:
    table = model.encoder.get_input_embeddings().weight
    return sum(p.numel() for p in model.parameters()) + _rows_put_aside(run) * int(table.shape[1])


def _rows_put_aside(run: Run) -> int:
    return int(run.engine.model.encoder.config.vocab_size) - len(run.vocabulary.used)


def _cut_off(split: str, tokens: Tokens, max_length: int) -> Warned:
    return Warned(
        code="data:truncated",
        message=f"{tokens.num_truncated} texts of the {split} rows are longer than {max_length} tokens; their ends are "
        "not read.",
        params={"split": split, "count": tokens.num_truncated, "max_length": max_length},
    )


def _data_sha256(data: LabelledData) -> str:
    digest = hashlib.sha256()
    for rows in (data.train, data.validation, data.held_out):
        for text, label in zip(rows.texts, rows.labels, strict=True):
            for part in (text.encode(), label.encode()):
                digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _features_key(base: Base, tokens: dict[str, Tokens], fingerprint: dict[str, Scalar]) -> str:
    digest = hashlib.sha256(f"{base.info.weights_sha256}/{sorted(fingerprint.items())}".encode())
    for split in SPLITS:
        digest.update(tokens[split].ids.tobytes())
        digest.update(tokens[split].offsets.tobytes())
    return digest.hexdigest()[:32]
