"""`anneal data check FILE…` and `anneal spec check SPEC`: exit code 0 when all is well, 1 for problems, 2 for a wrong call."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from anneal.commands import data_check, spec_check
from anneal.commands.language import LANGUAGES, language_of, language_use

OK, PROBLEMS, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    language_use(options.language)
    code: int = options.act(options)
    return code


def parser() -> argparse.ArgumentParser:
    """Argparse itself ends a wrong call with 2."""
    whole = argparse.ArgumentParser(prog="anneal", description=__doc__)
    things = whole.add_subparsers(required=True, metavar="data | spec")
    for thing, help_text, module in (
        ("data", "data files", data_check),
        ("spec", "specs of jobs", spec_check),
    ):
        verbs = things.add_parser(thing, help=help_text).add_subparsers(required=True, metavar="check")
        check = verbs.add_parser("check", description=module.__doc__)
        check.add_argument("--json", action="store_true", help="for machines: one JSON object on standard output")
        check.add_argument(
            "--language",
            choices=sorted(LANGUAGES),
            default=language_of(os.environ),
            help="of the words; default: that of the terminal",
        )
        module.arguments(check)
        check.set_defaults(act=module.run)
    return whole


if __name__ == "__main__":
    sys.exit(main())
