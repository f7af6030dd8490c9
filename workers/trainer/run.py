"""`python -m workers.trainer.run spec.json --out DIR`: one job, from its spec to its model, without the platform."""

from __future__ import annotations

from workers.trainer.environment import prepare_environment

prepare_environment()  # Before anything imports torch.

# ruff: noqa: E402 - the imports below load torch, which reads the environment once
import argparse
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from workers.contract.budget import training_budget
from workers.contract.events import EXIT_FAILED, EXIT_FINISHED, EXIT_STOPPED, Failed, Finished, Stopped
from workers.contract.reasons import JobError
from workers.contract.results import SearchPart
from workers.contract.spec import JobSpec
from workers.trainer.checkpoint import OtherJobError, committed_steps, refuse_other_spec, spec_that_began
from workers.trainer.control import Control, StopRequestedError
from workers.trainer.durable import write_durably
from workers.trainer.events import EventStream
from workers.trainer.loop import is_out_of_memory
from workers.trainer.place import Place
from workers.trainer.ranks import ALONE, Ranks, joined
from workers.trainer.search import build_search
from workers.trainer.tensorboard import write_curves

if TYPE_CHECKING:
    from collections.abc import Sequence

_EVENTS = "events.jsonl"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    out_dir = options.out.absolute()
    out_dir.mkdir(parents=True, exist_ok=True)
    with joined(is_sharding=options.shard) as ranks:
        return _run(options, out_dir, ranks)


def _run(options: argparse.Namespace, out_dir: Path, ranks: Ranks) -> int:
    if not ranks.is_first:
        events = EventStream.to_nowhere()
    elif options.events == "-":
        events = EventStream.to_descriptor(sys.stdout.fileno())
    else:
        events = EventStream.to_file(Path(options.events) if options.events else out_dir / _EVENTS)
    data_dir = (options.data or options.spec.parent).absolute()
    try:
        return run_job(
            spec_path=options.spec,
            out_dir=out_dir,
            data_dir=data_dir,
            events=events,
            ranks=ranks,
            price_per_hour=options.price_per_hour,
            halvings=options.halvings,
            part_path=options.part,
        )
    finally:
        events.close()
        if events.path is not None:
            write_curves(events.path, out_dir)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workers.trainer.run", description=__doc__)
    parser.add_argument("spec", type=Path, help="the job spec, a JSON file")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where checkpoints and the model go")
    parser.add_argument("--data", type=Path, metavar="DIR", help="where the data files are; default: beside the spec")
    parser.add_argument(
        "--events",
        metavar="FILE",
        help="where events go, one JSON object per line; '-' is standard output; "
        "default: events.jsonl in the output folder",
    )
    parser.add_argument(
        "--shard",
        action="store_true",
        help="under torchrun: each process holds a part of every layer, for models that one cannot train",
    )
    parser.add_argument(
        "--price-per-hour",
        type=float,
        metavar="AMOUNT",
        help="what an hour of training costs, in the currency of search.max_cost and limits.budget_cost",
    )
    parser.add_argument(
        "--halvings",
        type=int,
        default=0,
        metavar="COUNT",
        help="cut batches in two so often from the beginning, after a kernel has ended the run for want of memory",
    )
    parser.add_argument(
        "--part",
        type=Path,
        metavar="FILE",
        help="make one trial of the search, or deliver its best, as this JSON file says; default: the whole search",
    )
    return parser


def run_job(
    *,
    spec_path: Path,
    out_dir: Path,
    data_dir: Path,
    events: EventStream,
    ranks: Ranks = ALONE,
    price_per_hour: float | None = None,
    halvings: int = 0,
    part_path: Path | None = None,
) -> int:
    """Run one job to an exit code of the contract. Errors of the closed list become a `failed` event; others propagate."""
    started = time.monotonic()
    spec: JobSpec | None = None
    try:
        spec = read_spec(spec_path)
        part = SearchPart.model_validate_json(part_path.read_bytes()) if part_path else None
        if part is None:
            _refuse_unknown_price(spec, price_per_hour)
        budget = training_budget(spec.limits, price_per_hour=price_per_hour)
        control = Control(max_seconds=spec.limits.max_seconds, budget=budget, halvings=halvings)
        control.listen()
        _refuse_search(spec, ranks)
        if ranks.is_first:
            if part is None and (began := spec_that_began(out_dir)) is not None:
                refuse_other_spec(began, spec.trained.sha256())
            _keep_spec(spec, out_dir / "spec.json")
        place = Place(out_dir, data_dir, events, control, ranks, price_per_hour, part)
        steps = build_search(spec).conduct(spec, place)
    except StopRequestedError:
        events.emit(Stopped(step=max(committed_steps(out_dir), default=0)))
        return EXIT_STOPPED
    except JobError as error:
        if _is_of_another_job(error, spec, out_dir) and events.path == out_dir / _EVENTS:
            events.take_back()
        else:
            events.emit(Failed(code=error.reason.code, message=error.message, params=error.params))
        print(f"{error.reason.code}: {error.message}", file=sys.stderr)  # noqa: T201 - this is the command's answer
        return EXIT_FAILED
    except Exception as error:  # noqa: BLE001 - the last door: whatever it is, the reader of events must hear of it
        if is_out_of_memory(error):
            # Of a step's batches memory is found by halving them; this was something else, such as the optimiser's averages.
            message = (
                "Memory ran out outside of a batch; use a smaller base model, a method that trains fewer weights, or a "
                "shorter task.max_length."
            )
            events.emit(Failed(code="memory:exhausted", message=message))
            traceback.print_exc()
            return EXIT_FAILED
        # Not of the closed list, so a defect of ours: said with its kind, and in full on standard error.
        events.emit(Failed(code="platform:internal", message=f"{type(error).__name__}: {error}"))
        traceback.print_exc()
        return EXIT_FAILED
    events.emit(Finished(step=steps, seconds=round(time.monotonic() - started, 3)))
    return EXIT_FINISHED


def _keep_spec(spec: JobSpec, path: Path) -> None:
    """Beside what comes of it; left alone when it stands there already, so that the file is as old as the run."""
    try:
        is_kept = read_spec(path) == spec
    except JobError:
        is_kept = False
    if not is_kept:
        write_durably(path, spec.canonical_json())


def _is_of_another_job(error: JobError, spec: JobSpec | None, out_dir: Path) -> bool:
    """Whether the folder holds the work of a job that has nothing to do with this error: its own spec was read and found there."""
    return isinstance(error, OtherJobError) or (spec is None and bool(committed_steps(out_dir)))


def _refuse_unknown_price(spec: JobSpec, price_per_hour: float | None) -> None:
    for field, cost in spec.budgets_of_money.items():
        if cost is not None and price_per_hour is None:
            raise JobError(
                "spec:unsupported",
                f"There is a budget of money, and nobody said what an hour costs: give --price-per-hour, or leave out {field}.",
                field=field,
            )


def _refuse_search(spec: JobSpec, ranks: Ranks) -> None:
    if ranks.size > 1 and spec.search.type != "none":
        raise JobError(
            "spec:unsupported",
            "A search makes its runs in one process; start it without torchrun, or leave out the search.",
            field="search.type",
        )


def read_spec(path: Path) -> JobSpec:
    """Raises JobError `spec:invalid`, naming the field."""
    try:
        return JobSpec.model_validate_json(path.read_bytes())
    except OSError as error:
        raise JobError("spec:invalid", f"The spec {path.name} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        named = first.get("ctx", {}).get("field")  # by a validator that compares several
        field = named or ".".join(str(part) for part in first["loc"]) or "(the whole spec)"
        raise JobError("spec:invalid", f"The spec is invalid at {field}: {first['msg']}.", field=field) from error


if __name__ == "__main__":
    sys.exit(main())
