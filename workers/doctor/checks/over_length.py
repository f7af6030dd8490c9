"""Texts of more tokens than the base model reads: how many rows, and how much of them nobody would read.

Of conversations and preferences the tokens of a template's own words are not counted, so that the figure is the least that it can be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from workers.doctor.found import Found, NotPossibleError, Suspect, cells_set, dropped
from workers.doctor.materials import Materials
from workers.doctor.token_lengths import sequences

_AT_ONCE = 1000


def examine(materials: Materials) -> Found | None:
    limit = materials.plan.max_tokens
    if limit is None:
        raise NotPossibleError("no_max_tokens")
    tokenizer = materials.tokenizer
    longest: dict[int, tuple[int, int]] = {}
    cut: dict[int, dict[str, Any]] = {}
    tokens_of_long = 0
    for roles in sequences(materials):
        special = tokenizer.num_special_tokens_to_add(is_pair=len(roles) > 1)
        for row, encodings in _encoded(materials, tokenizer, roles, limit):
            count = sum(map(len, encodings)) + special
            if count <= limit:
                continue
            tokens_of_long += count
            before = longest.get(row, (0, 0))
            longest[row] = (max(before[0], count), before[1] + count - limit)
            if len(roles) == 1 and materials.kinds[roles[0]] == "text" and limit > special:
                text = materials.texts(roles[0])[row]
                cut.setdefault(row, {})[roles[0]] = text[: encodings[0].offsets[limit - special - 1][1]]
    if not longest:
        return None
    rows = materials.rows
    num_cut = sum(surplus for _, surplus in longest.values())
    return Found(
        severity="warning" if len(longest) > 0.1 * len(rows) else "info",
        suspects=[Suspect(row, float(surplus), {"tokens": count}) for row, (count, surplus) in longest.items()],
        params={
            "max_tokens": limit,
            "longest": max(count for count, _ in longest.values()),
            "share": round(len(longest) / len(rows), 4),
            "tokens_cut": num_cut,
            "share_of_tokens_cut": round(num_cut / tokens_of_long, 4),
        },
        fixes={"truncate": cells_set(rows, cut), "drop": dropped(rows, longest)},
    )


def _encoded(materials: Materials, tokenizer: Any, roles: Sequence[str], limit: int) -> Iterator[tuple[int, list[Any]]]:
    """Rows that can be too long: no tokenizer makes more tokens than a text has bytes."""
    columns = [materials.texts(role) for role in roles]
    special = tokenizer.num_special_tokens_to_add(is_pair=len(roles) > 1)
    rows = [
        row
        for row, texts in enumerate(zip(*columns, strict=True))
        if sum(len(text) if text.isascii() else len(text.encode()) for text in texts) + special > limit
    ]
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        encoded = [
            tokenizer.encode_batch([column[row] for row in some], add_special_tokens=False) for column in columns
        ]
        materials.progress("tokens", start, len(rows))
        yield from ((row, [part[number] for part in encoded]) for number, row in enumerate(some))
