"""Runs in Weights & Biases, through its client, the only documented way to write them: `pip install -r requirements-tracking.txt`.

The client reads the key and the address of the server where it always does: WANDB_API_KEY, WANDB_BASE_URL, or what `wandb login` kept.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from workers.tracking.errors import ExportError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from workers.contract.record import RunRecord


_MAX_TAG: Final = 64


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--project", default="anneal", metavar="NAME", help="default: anneal")
    parser.add_argument("--entity", metavar="NAME", help="the team or user that owns the project")
    parser.add_argument(
        "--offline",
        type=Path,
        metavar="FOLDER",
        help="write there, without network and key, what `wandb sync` sends later",
    )


def export(record: RunRecord, options: argparse.Namespace) -> str:
    """See `Destination`. A run that is there already gets the steps after its last one; to the others nothing can be added there."""
    if record.state == "running":
        raise ExportError("Weights & Biases takes no more about a step that it has; export the run once it has ended.")
    wandb = _client()
    folder: Path | None = options.offline
    with TemporaryDirectory() as passing:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            _drop_earlier(folder / "wandb", record.id)
        try:
            run = wandb.init(
                id=record.id,
                name=record.name,
                project=options.project,
                entity=options.entity,
                config={"parameters": nested(record.parameters), **nested(record.tags)},
                notes=record.card,
                tags=[record.tags[name][:_MAX_TAG] for name in ("base_model", "task", "method")],
                mode="online" if folder is None else "offline",
                dir=passing if folder is None else folder,
                # In a folder it would make `wandb sync` put every step after the last one of a run that is there.
                resume="allow" if folder is None else None,
                settings=_settings(wandb),
            )
            for step, values in sorted(by_step(record).items()):
                if step >= run.starting_step:
                    run.log(values, step=step)
            run.summary.update(record.figures)
            written = Path(run.dir).parent
            place = run.url if folder is None else f"{written}\nSend it with: wandb sync {written}"
            run.finish(exit_code=1 if record.state == "failed" else 0)
        except wandb.Error as error:
            raise ExportError(f"Weights & Biases does not take the run: {error}") from error
        finally:
            wandb.teardown()  # Waits until the client's own process has written everything.
    return str(place)


def _client() -> Any:
    try:
        # An extra, asked for only when somebody exports to it; and not a folder `wandb` that it once left here.
        import wandb.errors  # noqa: PLC0415 - see above
    except ImportError as error:
        raise ExportError("The wandb package is missing: pip install -r requirements-tracking.txt") from error
    return wandb


def _settings(wandb: Any) -> Any:
    """Nothing about the machine that exports: it is not the one that trained."""
    return wandb.Settings(
        console="off",
        disable_code=True,
        disable_git=True,
        disable_job_creation=True,
        host="unknown",
        save_code=False,
        silent=True,
        x_disable_machine_info=True,
        x_disable_meta=True,
        x_disable_stats=True,
        x_save_requirements=False,
    )


def _drop_earlier(folder: Path, run_id: str) -> None:
    """An export that is repeated takes the place of the one before, unless that was sent: `wandb sync` would say every step again."""
    for earlier in folder.glob(f"offline-run-*-{run_id}"):
        if any(earlier.glob("*.synced")):
            raise ExportError(f"{earlier} was sent already; what came since is sent without --offline.")
        shutil.rmtree(earlier)


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """`{"a.b": 1}` as `{"a": {"b": 1}}`: dots mean levels to Weights & Biases."""
    tree: dict[str, Any] = {}
    for path, value in flat.items():
        *folders, name = path.split(".")
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = value
    return tree


def by_step(record: RunRecord) -> dict[int, dict[str, float]]:
    """All curves at one step together: a step of Weights & Biases is said once, and steps only rise."""
    steps: dict[int, dict[str, float]] = {}
    for name, curve in record.series.items():
        for step, value in curve:
            steps.setdefault(step, {})[name] = value
    return steps
