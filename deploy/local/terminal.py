"""Calm output: colours, a bar that moves and aligned tables on a terminal; plain lines everywhere else."""

from __future__ import annotations

import os
import sys
import time
import unicodedata
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

_STYLES = {"bold": "1", "dim": "2", "green": "32", "red": "31", "cyan": "36"}
_BAR_WIDTH = 28
_PLAIN_EVERY_S = 5.0
_MINUTE_S = 60


class Terminal:
    """Where the demo speaks. Styles are left out when the output is no terminal or NO_COLOR is set."""

    def __init__(self, output: TextIO = sys.stdout) -> None:
        self._output = output
        self.is_live = output.isatty() and os.environ.get("TERM") != "dumb"
        self._has_colour = self.is_live and not os.environ.get("NO_COLOR")
        self._can_draw = "utf" in (output.encoding or "").lower()
        self._is_line_open = False
        self._said: tuple[str, float] = ("", 0.0)

    def style(self, words: str, *names: str) -> str:
        """The words, bold, dim or coloured where that is possible."""
        if not self._has_colour:
            return words
        return f"\x1b[{';'.join(_STYLES[name] for name in names)}m{words}\x1b[0m"

    def say(self, words: str = "") -> None:
        """One whole line, below a bar that may be on the screen."""
        self._close_line()
        self._write(f"{words}\n")

    def done(self, words: str, detail: str = "") -> None:
        """A step that is finished."""
        mark = self.style("✓" if self._can_draw else "+", "green")
        self.say(f"  {mark} {pad(words, 34)} {self.style(detail, 'dim')}".rstrip())

    def busy(self, words: str) -> None:
        """A step that has begun; the line is replaced by what follows."""
        if self.is_live:
            self._replace_line(f"  {self.style('·', 'cyan')} {words} …")

    def progress(self, phase: str, share: float | None, facts: Sequence[str]) -> None:
        """Where a long piece of work is: a moving bar, or now and then a line."""
        told = "  ".join(fact for fact in facts if fact)
        if self.is_live:
            self._replace_line(f"  {pad(phase, 12)} {self._bar(share)}  {told}")
        elif phase != self._said[0] or time.monotonic() - self._said[1] > _PLAIN_EVERY_S:
            percent = "" if share is None else f"{share:4.0%}  "
            self._said = (phase, time.monotonic())
            self.say(f"  {pad(phase, 12)} {percent}{told}".rstrip())

    def table(self, rows: Sequence[Sequence[str]], *, strong_row: int | None = None) -> None:
        """Columns as wide as they need to be; the first row is the head."""
        widths = [max(width_of(cell) for cell in column) for column in zip(*rows, strict=True)]
        for number, row in enumerate(rows):
            line = "  " + "   ".join(pad(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
            styles = ("dim",) if number == 0 else ("bold",) if number == strong_row else ()
            self.say(self.style(line, *styles) if styles else line)

    def _bar(self, share: float | None) -> str:
        full, empty = ("━", "─") if self._can_draw else ("#", ".")
        if share is None:
            return self.style(empty * _BAR_WIDTH, "dim") + "     "
        filled = round(_BAR_WIDTH * min(max(share, 0.0), 1.0))
        return self.style(full * filled, "green") + self.style(empty * (_BAR_WIDTH - filled), "dim") + f" {share:4.0%}"

    def _replace_line(self, line: str) -> None:
        self._write(f"\r\x1b[2K{line}")
        self._is_line_open = True

    def _close_line(self) -> None:
        if self._is_line_open:
            self._write("\r\x1b[2K")
            self._is_line_open = False

    def _write(self, words: str) -> None:
        encoding = self._output.encoding or "utf-8"
        self._output.write(words.encode(encoding, "replace").decode(encoding))
        self._output.flush()


def width_of(words: str) -> int:
    """Columns that the words take: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in words)


def pad(words: str, width: int) -> str:
    """The words and as many spaces as fill the width."""
    return words + " " * max(0, width - width_of(words))


def duration(seconds: float) -> str:
    """Seconds as a person says them: 0.4 s, 12 s, 3:05 min."""
    if seconds < 10:  # noqa: PLR2004 - below ten a tenth matters
        return f"{seconds:.1f} s"
    if seconds < _MINUTE_S:
        return f"{seconds:.0f} s"
    return f"{int(seconds) // _MINUTE_S}:{int(seconds) % _MINUTE_S:02d} min"
