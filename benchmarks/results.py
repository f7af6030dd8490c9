"""Keeps results: machine-readable in RESULTS.json, readable in RESULTS.md, section by section, so that parts can be run alone."""

from __future__ import annotations

import json
import os
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).resolve().parent
_RESULTS = FOLDER / "RESULTS.json"


def save_section(name: str, figures: dict[str, Any], markdown: str) -> None:
    """Replace one section of both files and leave the others as they are."""
    document = _document()
    document[name] = {**_where_and_when(), "figures": figures, "markdown": markdown}
    _RESULTS.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    sections = [f"{entry['markdown']}\n\n{_footer(entry)}\n" for _, entry in sorted(document.items())]
    text = "# Measured results\n\nWritten by `python -m benchmarks`; the ratios are of one run, interleaved.\n\n"
    (FOLDER / "RESULTS.md").write_text(text + "\n".join(sections), encoding="utf-8")
    print(f"\n{markdown}\n")


def keep_set(
    section: str,
    name: str,
    figures: dict[str, Any],
    table: Callable[[dict[str, Any]], str],
    *,
    is_quick: bool = False,
) -> None:
    """Of a section that is measured set by set, since all of them take long: what it holds of the others stays.

    `table` makes the section's text of all figures, by the name of the set; those of one set tell the `load` that it was measured under.
    """
    entry = {} if is_quick else _document().get(section, {})
    others = {
        other: {"machine": entry["machine"], "measured_at": entry["measured_at"], **kept}
        for other, kept in entry.get("figures", {}).items()
        if isinstance(kept, dict)
    }
    found = {**others, name: {**figures, **_where_and_when()}, "load": "as in the table"}
    keep(section, found, table(found), is_quick=is_quick)


def _where_and_when() -> dict[str, str]:
    return {"machine": machine(), "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def _footer(entry: dict[str, Any]) -> str:
    """Where and when a section was measured; set by set where machines differ."""
    load = entry["figures"].get("load", "?")
    sets = {name: kept for name, kept in entry["figures"].items() if isinstance(kept, dict) and "machine" in kept}
    if len({kept["machine"] for kept in sets.values()}) <= 1:
        return f"*{entry['machine']}; {entry['measured_at']}; load {load}*"
    places = [f"{name}: {kept['machine']}, {kept['measured_at']}" for name, kept in sorted(sets.items())]
    return f"*{'; '.join(places)}; load {load}*"


def _document() -> dict[str, Any]:
    return dict(json.loads(_RESULTS.read_text(encoding="utf-8"))) if _RESULTS.exists() else {}


def keep(name: str, figures: dict[str, Any], markdown: str, *, is_quick: bool) -> None:
    """Figures of a small run mean nothing: they are shown and not saved."""
    if is_quick:
        print(markdown)
    else:
        save_section(name, figures, markdown)


def machine() -> str:
    cores = len(os.sched_getaffinity(0))
    with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 - a kernel file
        name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "?")
    return f"{cores} cores of {name}, Python {platform.python_version()}"


def load_now() -> str:
    """What else the machine is doing; a figure taken under load is worth its ratios only."""
    return f"{os.getloadavg()[0]:.1f}"
