"""Prints the part of requirements.txt that one image needs, so that each version is pinned in one place.

    python -m deploy.images.requirements --sections web data --packages pydantic < requirements.txt

Sections are the `# --- name` headings of the file. An unknown section or package is an error, not an empty list.
"""

from __future__ import annotations

import argparse
import re
import sys

_HEADING = re.compile(r"^#\s*-+\s*(.+?)\s*$")
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")


def sections_of(text: str) -> dict[str, list[str]]:
    """The requirement lines under each heading."""
    found: dict[str, list[str]] = {}
    lines: list[str] | None = None
    for line in text.splitlines():
        heading = _HEADING.match(line)
        if heading:
            lines = found.setdefault(heading[1], [])
        elif line.strip() and not line.startswith("#") and lines is not None:
            lines.append(line.strip())
    return found


def selected(text: str, sections: list[str], packages: list[str]) -> list[str]:
    """Lines of these sections, and of these packages wherever they stand. Raises ValueError for what is not there."""
    found = sections_of(text)
    unknown = [name for name in sections if name not in found]
    by_name = {_package(line): line for lines in found.values() for line in lines}
    unknown += [name for name in packages if name not in by_name]
    if unknown:
        raise ValueError(f"requirements.txt has no {', '.join(unknown)}; sections are {', '.join(found)}")
    chosen = [line for name in sections for line in found[name]]
    return list(dict.fromkeys([*chosen, *(by_name[name] for name in packages)]))


def _package(line: str) -> str:
    match = _NAME.match(line)
    return match[0].lower() if match else line


def main() -> int:
    """Read requirements.txt from standard input; print the chosen lines."""
    parser = argparse.ArgumentParser(prog="python -m deploy.images.requirements", description=main.__doc__)
    parser.add_argument("--sections", nargs="*", default=[])
    parser.add_argument("--packages", nargs="*", default=[])
    arguments = parser.parse_args()
    try:
        lines = selected(sys.stdin.read(), arguments.sections, arguments.packages)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
