"""JobSpec -> the parts of a run. Builds and checks; trains nothing."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from workers.contract.events import PhaseChanged, Started, Warned
from workers.contract.reasons import JobError
from workers.trainer.augment import build_augmenter
from workers.trainer.augment.back_translation import back_translated
from workers.trainer.auto import resolve
from workers.trainer.averaging import WeightAverage
from workers.trainer.bases import find_base
from workers.trainer.bodies import load_tokenizer
from workers.trainer.checkpoint import CheckpointStore
from workers.trainer.data.splits import SPLITS
from workers.trainer.data.tokens import Tokeniser
from workers.trainer.dropout import set_dropout
from workers.trainer.durable import remove_unfinished
from workers.trainer.engine import Engine, pick_device
from workers.trainer.environment import num_threads
from workers.trainer.fingerprint import environment_fingerprint, seed_everything
from workers.trainer.lower_layers import freeze_lower_layers
from workers.trainer.methods import build_method
from workers.trainer.optimiser import ShardedAdamW, layer_shares
from workers.trainer.parts import Run
from workers.trainer.probe import FeatureCache
from workers.trainer.ranks import ALONE, Ranks
from workers.trainer.state import RunState
from workers.trainer.tasks import AsksTheBase, build_task
from workers.trainer.vocabulary import CompactVocabulary

if TYPE_CHECKING:
    from pathlib import Path

    from workers.contract.events import Scalar
    from workers.contract.spec import JobSpec
    from workers.trainer.auto import Plan
    from workers.trainer.bases import Base
    from workers.trainer.control import Control
    from workers.trainer.data.encoded import Encoded
    from workers.trainer.data.splits import TaskData
    from workers.trainer.events import EventStream
    from workers.trainer.methods._method import Method
    from workers.trainer.model import TaskModel
    from workers.trainer.tasks import Task


def build_run(
    spec: JobSpec,
    *,
    out_dir: Path,
    data_dir: Path,
    events: EventStream,
    control: Control,
    cache: Path | None = None,
    deliver_to: Path | None = None,
    ranks: Ranks = ALONE,
) -> Run:
    """Everything up to the first step. Raises JobError; emits `started` when all is well.

    `cache` keeps what depends on content alone, and may be shared by runs; `deliver_to` is where evaluation and models go
    when that is not `out_dir`; `ranks` are the processes that train together.
    """
    events.emit(PhaseChanged(phase="loading"))
    base = find_base(spec.base_model)
    _refuse_task(spec, base)
    task = build_task(spec)
    method = build_method(spec.method)
    device = pick_device()
    method.check(device)
    _refuse_several_processes(ranks, task, method)
    store = CheckpointStore(out_dir, keep_last=spec.checkpointing.keep_last, events=events, is_writing=ranks.is_first)
    tokenizer = load_tokenizer(base.folder)
    seed_everything(spec.seed)

    events.emit(PhaseChanged(phase="preparing"))
    data, warnings = task.read(spec, data_dir)
    cache = cache or out_dir / "cache"
    for folder in (out_dir, cache):
        remove_unfinished(folder)
    tokeniser = Tokeniser(tokenizer, cache=cache)
    longest = task.encode(data.train, data, tokeniser, base, max_length=None)
    plan = resolve(
        spec,
        base.info,
        num_examples=len(data.train),
        longest_tokens=longest.longest,
        rate_factor=method.learning_rate_factor,
        virtual_tokens=method.num_virtual_tokens,
        tokens_per_example=float(longest.lengths.mean()),
        has_head_start=task.has_head_start,
    )
    encoded = {
        split: task.encode(data.split(split), data, tokeniser, base, max_length=plan.max_length) for split in SPLITS
    }
    # Where there is no test file, two of the splits are the same rows.
    warnings += [note for split, found in encoded.items() if _is_new(split, data) for note in found.notes]
    warnings += [_cut_off(split, found, plan.max_length) for split, found in encoded.items() if found.num_truncated]

    model = task.open_model(base, data)
    pad_id = tokenizer.pad_token_id
    augmenter = build_augmenter(
        spec.augmentation,
        encoded["train"],
        in_other_words=_in_other_words(spec, task, data, tokeniser, base, plan, cache=cache, control=control),
        tokenizer=tokenizer,
        table=model.body.get_input_embeddings().weight,
        labels=data.labels,
        max_length=plan.max_length,
    )
    if augmenter is not None:
        warnings += augmenter.notes
    if task.needs_vocabulary:
        vocabulary = CompactVocabulary.whole(model.body, pad_id=pad_id)
    else:
        vocabulary = CompactVocabulary.of(
            encoded.values(), pad_id=pad_id, more=() if augmenter is None else augmenter.new_ids
        )
    vocabulary.shrink(model.body)
    optimisation = spec.optimisation
    if optimisation.dropout is not None:
        set_dropout(model, optimisation.dropout)
    method.prepare(model)
    _refuse_without_learning(spec, model)
    model.settle()
    freeze_lower_layers(model)
    engine = Engine(
        model,
        pad_id=vocabulary.pad_id,
        device=device,
        threads=num_threads(),
        batch_size=plan.batch_size,
        may_split=task.may_split,
        precision=optimisation.precision,
        is_checkpointing=optimisation.gradient_checkpointing,
        ranks=ranks,
        between_batches=control.check,
    )
    shares = layer_shares(model, optimisation.layer_decay) if optimisation.layer_decay < 1 else {}
    fingerprint = environment_fingerprint(
        device=engine.device.type,
        threads=num_threads(),
        replicas=engine.num_replicas * ranks.size,
        linear_kernel=engine.linear_kernel,
        is_sharded=ranks.is_sharding,
    )
    run = Run(
        spec=spec,
        out_dir=out_dir,
        deliver_to=deliver_to or out_dir,
        events=events,
        control=control,
        ranks=ranks,
        base=base,
        tokenizer=tokenizer,
        task=task,
        method=method,
        data=data,
        plan=plan,
        vocabulary=vocabulary,
        encoded={split: vocabulary.compact(found) for split, found in encoded.items()},
        engine=engine,
        optimiser=ShardedAdamW(engine.team, weight_decay=optimisation.weight_decay, rate_shares=shares, ranks=ranks),
        store=store,
        feature_cache=FeatureCache(cache, key=_features_key(base, encoded, fingerprint)),
        augmenter=None if augmenter is None else augmenter.compacted(vocabulary),
        state=RunState(spec_sha256=spec.sha256(), data_sha256=_data_sha256(data), fingerprint=fingerprint),
    )
    method.begin(model.body, total_steps=run.total_steps)
    run.average = WeightAverage(optimisation.averaging, total_steps=run.total_steps)
    if isinstance(task, AsksTheBase):
        run.encoded = task.with_base_answers(run)
    _resume(run, fingerprint)
    for warning in warnings:
        events.emit(warning)
    return run


def _in_other_words(
    spec: JobSpec,
    task: Task,
    data: TaskData,
    tokeniser: Tokeniser,
    base: Base,
    plan: Plan,
    *,
    cache: Path,
    control: Control,
) -> tuple[Encoded, list[bool]] | None:
    """The training rows as translation gives them back, where that is asked for, and in which of them it changed something."""
    if spec.augmentation is None or spec.augmentation.back_translation is None:
        return None
    rows, is_other = back_translated(data.train, spec.augmentation.back_translation, cache=cache, control=control)
    return task.encode(rows, data, tokeniser, base, max_length=plan.max_length), is_other


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
            data_sha256=run.state.data_sha256,
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


def _refuse_task(spec: JobSpec, base: Base) -> None:
    if spec.task.type not in base.info.tasks:
        raise JobError(
            "spec:task_not_supported",
            f"{base.info.name} cannot learn the task {spec.task.type}; it can learn: {', '.join(base.info.tasks)}. "
            "Choose another base_model.",
            base_model=base.info.slug,
            task=spec.task.type,
        )


def _refuse_several_processes(ranks: Ranks, task: Task, method: Method) -> None:
    if ranks.size > 1 and not task.may_split:
        raise JobError(
            "spec:unsupported",
            f"The task {task.spec.type} tells every row from all others of its batch, which cannot be shared among processes; start "
            "one process.",
            field="task.type",
        )
    if ranks.is_sharding and not method.may_shard:
        raise JobError(
            "spec:unsupported",
            f"The method {method.spec.type} works on whole matrices, which cannot be spread over processes; start without --shard, or "
            "choose another method.",
            field="method.type",
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


def _refuse_without_learning(spec: JobSpec, model: TaskModel) -> None:
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise JobError(
            "spec:unsupported",
            f"With the method {spec.method.type} and these settings no weight of {spec.base_model} would learn: the task "
            "has no output layer of its own. Choose at least one layer, or another method.",
            field="method",
        )


def _trainable_parameters(run: Run) -> int:
    """Of the whole model: rows of the embedding table that are put aside count as what they are."""
    learning = sum(p.numel() for p in run.engine.model.parameters() if p.requires_grad)
    table = run.engine.model.body.get_input_embeddings().weight
    return learning + (_rows_put_aside(run) * table.shape[1] if table.requires_grad else 0)


def _total_parameters(run: Run, model: TaskModel) -> int:
    table = model.body.get_input_embeddings().weight
    return sum(p.numel() for p in model.parameters()) + _rows_put_aside(run) * int(table.shape[1])


def _rows_put_aside(run: Run) -> int:
    return 0 if run.vocabulary.is_whole else run.base.vocab_size - len(run.vocabulary.used)


def _is_new(split: str, data: TaskData) -> bool:
    return split != "held_out" or data.held_out is not data.validation


def _cut_off(split: str, encoded: Encoded, max_length: int) -> Warned:
    return Warned(
        code="data:truncated",
        message=f"{encoded.num_truncated} texts of the {split} rows are longer than {max_length} tokens; their ends are "
        "not read.",
        params={"split": split, "count": encoded.num_truncated, "max_length": max_length},
    )


def _data_sha256(data: TaskData) -> str:
    digest = hashlib.sha256()
    for rows in (data.train, data.validation, data.held_out):
        for role in sorted(rows.fields):
            for value in rows[role]:
                digest.update(json.dumps(value).encode() + b"\n")
    return digest.hexdigest()


def _features_key(base: Base, encoded: dict[str, Encoded], fingerprint: dict[str, Scalar]) -> str:
    digest = hashlib.sha256(f"{base.info.weights_sha256}/{sorted(fingerprint.items())}".encode())
    for split in SPLITS:
        for sequence in (encoded[split], *encoded[split].others.values()):
            digest.update(sequence.ids.values.tobytes())
            digest.update(sequence.ids.offsets.tobytes())
            for name in sorted(sequence.beside):
                digest.update(sequence.beside[name].values.tobytes())
    return digest.hexdigest()[:32]
