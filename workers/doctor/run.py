"""`python -m workers.doctor.run PLAN.json --out DIR`: examines a dataset version and says what is wrong with it, the cheap things first."""

from __future__ import annotations

from workers.trainer.environment import prepare_environment

prepare_environment()  # Before anything imports torch.

# ruff: noqa: E402 - what is imported below may load torch, which reads the environment once
import argparse
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from workers.contract.doctor import DoctorPlan, DoneEvent, FailedEvent, ProgressEvent, SkipReason
from workers.contract.events import EXIT_FAILED, EXIT_FINISHED
from workers.contract.reasons import JobError
from workers.doctor.checks import CHECKS, CUT, PERSONAL_DATA, Check
from workers.doctor.found import NotPossibleError
from workers.doctor.materials import Materials
from workers.doctor.report import Report, Say, folder_cleared, line_writer
from workers.doctor.rows import read_rows
from workers.doctor.token_lengths import lengths_measure


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m workers.doctor.run", description=__doc__)
    parser.add_argument("plan", type=Path, help="what to look at, a JSON file (workers.contract.doctor.DoctorPlan)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where rows and changes go")
    options = parser.parse_args(arguments)
    return examine(options.plan, options.out.absolute(), line_writer(sys.stdout.fileno()))


def examine(plan_path: Path, folder: Path, say: Say) -> int:
    """One run to an exit code of the contract. Errors of the closed list become a `failed` event, and so do defects of ours."""
    started = time.monotonic()
    try:
        plan = read_plan(plan_path)
        folder_cleared(folder)
        skipped = _examine(plan, folder, say)
    except JobError as error:
        say(FailedEvent(code=error.reason.code, message=error.message, params=error.params))
        print(f"{error.reason.code}: {error.message}", file=sys.stderr)  # noqa: T201 - this is the command's answer
        return EXIT_FAILED
    except BrokenPipeError:
        return EXIT_FAILED  # Nobody listens any more.
    except (MemoryError, RuntimeError) as error:
        is_refused = _is_memory_refused(error)
        say(FailedEvent(code="memory:exhausted" if is_refused else "platform:internal", message=_told(error)))
        traceback.print_exc()
        return EXIT_FAILED
    except Exception as error:  # noqa: BLE001 - the last door: whatever it is, the reader of events must hear of it
        say(FailedEvent(code="platform:internal", message=_told(error)))
        traceback.print_exc()
        return EXIT_FAILED
    say(DoneEvent(seconds=round(time.monotonic() - started, 3), skipped=skipped))
    return EXIT_FINISHED


def _is_memory_refused(error: Exception) -> bool:
    """Torch has no type of its own for it."""
    return isinstance(error, MemoryError) or "allocate memory" in str(error)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _examine(plan: DoctorPlan, folder: Path, say: Say) -> dict[str, SkipReason]:
    """Says what was found; returns the checks that could not be made, with why."""
    rows = read_rows(plan.task, plan.files)
    report = Report(rows, folder, say)
    materials = Materials(
        rows, plan, lambda stage, done, total: say(ProgressEvent(stage=stage, done=done, total=total))
    )
    checks = [check for check in CHECKS if check.is_for(plan.task)]
    skipped: dict[str, SkipReason] = {}
    for number, check in enumerate(checks):
        say(ProgressEvent(stage="checks", done=number, total=len(checks)))
        if check.code == PERSONAL_DATA and plan.names is not None:
            reason = _reason_to_skip(partial(materials.read_names, plan.names))
            if reason is not None:
                skipped["names"] = reason
        reason = _reason_to_skip(lambda check=check: _make(check, materials, report))  # type: ignore[misc]
        if reason is not None:
            skipped[check.code] = reason
    if plan.task in CUT and plan.limits:
        reason = _reason_to_skip(lambda: say(lengths_measure(materials)))
        if reason is not None:
            skipped.setdefault("doctor:over_length", reason)
    say(ProgressEvent(stage="map", done=0, total=1))
    reason = _reason_to_skip(lambda: report.map(materials.judged.map))
    if reason is not None:
        skipped["map"] = reason
    return skipped


def _make(check: Check, materials: Materials, report: Report) -> None:
    found = check.examine(materials)
    if found is not None:
        report.finding(check.code, found)


def _reason_to_skip(look: Callable[[], None]) -> SkipReason | None:
    """Why a look could not be had; one that breaks is told and takes no other with it. What concerns the whole run is raised."""
    try:
        look()
    except NotPossibleError as error:
        return error.reason
    except (JobError, OSError, MemoryError):
        raise
    except Exception as error:
        if _is_memory_refused(error):
            raise
        traceback.print_exc()
        return "defect"
    return None


def read_plan(path: Path) -> DoctorPlan:
    """Raises JobError `spec:invalid`, naming the field."""
    try:
        return DoctorPlan.model_validate_json(path.read_bytes())
    except OSError as error:
        raise JobError(
            "spec:invalid", f"The plan {path.name} cannot be read: {error.strerror}.", field="plan"
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "(the whole plan)"
        raise JobError("spec:invalid", f"The plan is invalid at {field}: {first['msg']}.", field=field) from error


if __name__ == "__main__":
    sys.exit(main())
