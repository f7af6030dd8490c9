"""Look at the spec of a job: every field that does not fit; with --dry-run also what the trainer would read, without training."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from anneal.commands import errors  # noqa: F401 - registers the words
from anneal.common.texts import text
from workers.confinement import ROOT
from workers.contract.events import Failed
from workers.contract.preview import TokenisedPreview
from workers.contract.spec import JobSpec

OK, PROBLEMS, USAGE = 0, 1, 2


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", type=Path, metavar="SPEC", help="the job spec, a JSON file")
    parser.add_argument("--data", type=Path, metavar="DIR", help="where the data files are; default: beside the spec")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="read the data as a run would, up to its first step: this needs the packages of the trainer",
    )


def run(options: argparse.Namespace) -> int:
    """The command; its exit code."""
    if not options.spec.is_file():
        print(text("command.no_file", path=options.spec), file=sys.stderr)
        return USAGE
    problems = _problems_of(options.spec)
    read: TokenisedPreview | None = None
    if options.dry_run and not problems:
        said = _dry_run(options)
        if isinstance(said, Failed):
            problems = [{"code": said.code, "field": None, "message": said.message, "params": dict(said.params)}]
        else:
            read = said
    if options.json:
        document = {"problems": problems, "reading": None if read is None else read.model_dump(mode="json")}
        print(json.dumps(document, ensure_ascii=False))
    else:
        _tell(problems, read)
    return PROBLEMS if problems else OK


def _problems_of(path: Path) -> list[dict[str, Any]]:
    """Every field of a spec that is wrong, under the code that a run would fail with."""
    try:
        JobSpec.model_validate_json(path.read_bytes())
    except ValidationError as error:
        return [
            {
                "code": "spec:invalid",
                "field": ".".join(str(part) for part in problem["loc"]) or None,
                "message": problem["msg"],
                "params": {},
            }
            for problem in error.errors(include_url=False, include_input=False)
        ]
    return []


def _dry_run(options: argparse.Namespace) -> TokenisedPreview | Failed:
    """By the trainer's own code, started by its name: what is installed here need not be able to train."""
    data_dir = (options.data or options.spec.parent).absolute()
    done = subprocess.run(
        [sys.executable, "-m", "workers.trainer.preview", str(options.spec.absolute()), "--data", str(data_dir)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stdout.splitlines()[-1:] or [""]
    for kind in (TokenisedPreview, Failed):
        try:
            return kind.model_validate_json(last[0])
        except ValidationError:
            continue
    return Failed(
        code="platform:internal", message=done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no answer"
    )


def _tell(problems: list[dict[str, Any]], read: TokenisedPreview | None) -> None:
    for problem in problems:
        field = f" {problem['field']}" if problem["field"] else ""
        print(f"error {problem['code']}{field}\n    {problem['message']}")
    if read is not None:
        for one in read.resolved:
            print(f"{one.field} = {one.value}\n    {one.explanation}")
        for warning in read.warnings:
            print(f"warning {warning.code}\n    {warning.message}")
        split = read.split
        print(text("command.read", rows=split.num_rows, tokens=split.num_tokens, cut=split.num_cut_rows))
        if split.trained_share is not None:
            print(text("command.learnt", percent=f"{100 * split.trained_share:.1f}"))
    print(text("command.summary", errors=len(problems), warnings=0 if read is None else len(read.warnings)))
