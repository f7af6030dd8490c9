"""Text that was written as UTF-8 and read as something else, and back again where that is exact (the idea of ftfy, Speer 2019).

Two accidents: bytes read as Windows-1252 or Latin-1 ("cafÃ©", "itâ€™s"), told run by run, so that the rest of a text stays; and whole
texts read as GB18030 ("浣犲ソ" for "你好"). A repair counts only when encoding it again gives the very signs that were found.
"""

from __future__ import annotations

import re

from workers.doctor.cells import Edit

_UNDEFINED = "\x81\x8d\x8f\x90\x9d"  # Bytes that Windows-1252 leaves out; programs read them as control characters.
_SIGNS = {byte: bytes([byte]).decode("latin-1" if chr(byte) in _UNDEFINED else "cp1252") for byte in range(0x80, 0x100)}
_BYTES = {sign: byte for byte, sign in _SIGNS.items()} | {chr(byte): byte for byte in range(0x80, 0xA0)}
_FOLLOWING = re.escape("".join(sign for sign, byte in _BYTES.items() if byte < 0xC0))  # noqa: PLR2004 - UTF-8's continuation bytes
_SEQUENCE = f"(?:[Â-ß][{_FOLLOWING}]|[à-ï][{_FOLLOWING}]{{2}}|[ð-ô][{_FOLLOWING}]{{3}})"
_RUN = re.compile(f"{_SEQUENCE}+")
# One sequence alone can be an accident of honest text; these leads and control characters cannot.
_TELLING = re.compile("[ÂÃâð\x80-\x9f]")
_LOST = re.compile("\ufffd|锟斤拷")
_WIDE = re.compile("[\u4e00-\u9fff]")
_MOST_ROUNDS = 3
_FEWEST_WIDE = 2


def repairs(text: str) -> list[Edit]:
    """What to put in the place of what; each exact. Empty for texts that are well."""
    if text.isascii():
        return []
    whole = _read_as_gb18030(text)
    if whole is not None:
        return [Edit(0, len(text), whole)]
    return [
        Edit(match.start(), match.end(), repaired)
        for match in _RUN.finditer(text)
        if (repaired := _run_repaired(match.group())) is not None
    ]


def num_lost(text: str) -> int:
    """Places where a program has put a sign for what it could not read: nothing brings that back."""
    return 0 if text.isascii() else len(_LOST.findall(text))


def _run_repaired(run: str) -> str | None:
    if len(re.findall(_SEQUENCE, run)) < 2 and not _TELLING.search(run):  # noqa: PLR2004 - one alone
        return None
    found: str | None = None
    reading: str | None = run
    for _ in range(_MOST_ROUNDS):  # Twice mistaken is not rare.
        reading = None if reading is None else _read_as_windows(reading)
        if reading is not None and (reading.isprintable() or reading.isspace()):
            found = reading
    return found


def _read_as_windows(text: str) -> str | None:
    if any(sign not in _BYTES for sign in text):
        return None
    data = bytes(_BYTES[sign] for sign in text)
    try:
        repaired = data.decode()
    except UnicodeDecodeError:
        return None
    return repaired if repaired.encode() == data else None


def _read_as_gb18030(text: str) -> str | None:
    """Two Chinese characters at least must come out: shorter ones are honest text now and then ("联通")."""
    try:
        repaired = text.encode("gb18030").decode()
        is_exact = repaired.encode().decode("gb18030") == text
    except UnicodeError:
        return None
    return repaired if is_exact and len(_WIDE.findall(repaired)) >= _FEWEST_WIDE else None
