"""JobSpec -> the parts of a run. Builds and checks; trains nothing."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from workers.contract.events import PhaseChanged, Started, Warned
from workers.contract.reasons import JobError
from workers.trainer.averaging import WeightAverage
from workers.trainer.checkpoint import CheckpointStore, OtherJobError, refuse_other_spec
from workers.trainer.data.splits import SPLITS
from workers.trainer.dropout import set_dropout
from workers.trainer.durable import remove_unfinished
from workers.trainer.engine import Engine, pick_device
from workers.trainer.environment import num_threads
from workers.trainer.fingerprint import environment_fingerprint, seed_everything
from workers.trainer.lower_layers import freeze_lower_layers
from workers.trainer.optimiser import ShardedAdamW, layer_shares
from workers.trainer.parts import Run
from workers.trainer.prepare import open_parts, prepare_augmenter, prepare_rows
from workers.trainer.probe import FeatureCache
from workers.trainer.ranks import ALONE, Ranks
from workers.trainer.state import RunState
from workers.trainer.tasks import Agreeing, AsksTheBase
from workers.trainer.vocabulary import CompactVocabulary

if TYPE_CHECKING:
    from pathlib import Path

    from workers.contract.events import Scalar
    from workers.contract.spec import JobSpec
    from workers.trainer.augment import Augmenter
    from workers.trainer.bases import Base
    from workers.trainer.control import Control
    from workers.trainer.data.encoded import Encoded
    from workers.trainer.data.splits import TaskData
    from workers.trainer.events import EventStream
    from workers.trainer.methods._method import Method
    from workers.trainer.model import TaskModel
    from workers.trainer.prepare import Prepared
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
    opened = open_parts(spec)
    spec, base, task, method = opened.spec, opened.base, opened.task, opened.method
    device = pick_device()
    method.check(device)
    _refuse_several_processes(ranks, task, method)
    store = CheckpointStore(out_dir, keep_last=spec.checkpointing.keep_last, events=events, is_writing=ranks.is_first)
    seed_everything(spec.seed)

    events.emit(PhaseChanged(phase="preparing"))
    cache = cache or out_dir / "cache"
    for folder in (out_dir, cache):
        remove_unfinished(folder)
    prepared = prepare_rows(spec, opened, data_dir=data_dir, cache=cache)
    data, plan, encoded, warnings = prepared.data, prepared.plan, prepared.encoded, prepared.warnings
    if isinstance(task, Agreeing):
        task.r_drop = plan.r_drop
    tokenizer = prepared.tokeniser.tokenizer

    model = task.open_model(base, data)
    table = model.body.get_input_embeddings().weight
    augmenter = prepare_augmenter(spec, opened, prepared, table=table, cache=cache, control=control)
    if augmenter is not None:
        warnings += augmenter.notes
    vocabulary = _vocabulary(task, model, prepared, augmenter)
    vocabulary.shrink(model.body)
    _make_ready(model, spec, method)
    if plan.similarity_epochs:
        _refuse_comparing_in_vain(spec, model)
    optimisation = spec.optimisation
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
    fingerprint = _fingerprint(engine, ranks)
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
        state=RunState(
            spec_sha256=spec.trained.sha256(),
            data_sha256=_data_sha256(data),
            fingerprint=fingerprint,
            is_padding_free=engine.is_unpadded,
            similarity_epochs=plan.similarity_epochs,
        ),
    )
    method.begin(model.body, total_steps=run.total_steps)
    run.average = WeightAverage(optimisation.averaging, total_steps=run.total_steps)
    if isinstance(task, AsksTheBase):
        run.encoded = task.with_base_answers(run)
    _resume(run, fingerprint)
    if run.flat is not None:
        warnings.append(run.flat)
    for warning in warnings:
        events.emit(warning)
    return run


def _vocabulary(task: Task, model: TaskModel, prepared: Prepared, augmenter: Augmenter | None) -> CompactVocabulary:
    pad_id = prepared.tokeniser.tokenizer.pad_token_id
    if task.needs_vocabulary:
        return CompactVocabulary.whole(model.body, pad_id=pad_id)
    more = () if augmenter is None else augmenter.new_ids
    return CompactVocabulary.of(prepared.encoded.values(), pad_id=pad_id, more=more)


def _make_ready(model: TaskModel, spec: JobSpec, method: Method) -> None:
    """From the model that a task opens to the one that learns as the spec says. Raises JobError where nothing would."""
    if spec.optimisation.dropout is not None:
        set_dropout(model, spec.optimisation.dropout)
    method.prepare(model)
    _refuse_without_learning(spec, model)
    model.settle()
    freeze_lower_layers(model)


def _fingerprint(engine: Engine, ranks: Ranks) -> dict[str, Scalar]:
    return environment_fingerprint(
        device=engine.device.type,
        threads=num_threads(),
        replicas=engine.num_replicas * ranks.size,
        linear_kernel=engine.linear_kernel,
        precision=engine.precision,
        is_sharded=ranks.is_sharding,
    )


def _resume(run: Run, fingerprint: dict[str, Scalar]) -> None:
    """Continue from the newest checkpoint if there is one, or from the one to deliver, and say how the run starts."""
    fresh = run.state
    delivered = run.spec.checkpointing.deliver_step
    snapshot = run.store.load_newest() if delivered is None else run.store.load(delivered)
    changed: list[str] = []
    if snapshot is not None:
        _refuse_other_job(fresh, snapshot.state)
        before = snapshot.state.fingerprint
        changed = sorted(name for name in fingerprint.keys() | before if fingerprint.get(name) != before.get(name))
        run.restore(snapshot)
        run.state = run.state.model_copy(update={"fingerprint": fingerprint})
    # What is delivered as it is has its figures said anew.
    told_before = run.state.step - (delivered is not None)
    run.events.rewind_to(told_before if snapshot is not None else -1)
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
            is_same_environment=not changed,
            resolved=run.plan.resolved,
            data_sha256=run.state.data_sha256,
        )
    )
    if run.control.halvings > run.state.halvings:
        run.halve_batches(times=run.control.halvings - run.state.halvings)
    if changed:
        run.events.emit(
            Warned(
                code="environment:changed",
                message="The run continues in another environment than it began in: the same data in the same order, "
                f"but the last bits of the result may differ. Changed: {', '.join(changed)}.",
                params={"changed": ", ".join(changed)},
            )
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
    refuse_other_spec(found.spec_sha256, fresh.spec_sha256)
    if found.data_sha256 != fresh.data_sha256:
        raise OtherJobError(
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


def _refuse_comparing_in_vain(spec: JobSpec, model: TaskModel) -> None:
    if not any(parameter.requires_grad for parameter in model.body.parameters()):
        raise JobError(
            "spec:unsupported",
            f"With the method {spec.method.type} and these settings only the output layer learns, which has no part in learning how alike "
            "texts are. Set optimisation.similarity_epochs to 0 or auto, or choose a method that changes the base model.",
            field="optimisation.similarity_epochs",
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
