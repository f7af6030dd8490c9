"""Texts that the base model cannot read: words or characters that its tokenizer has no token for and puts one sign in place of, such as
Chinese for a model of English. What the model is told of them is that something stood there.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from workers.doctor.found import Found, NotPossibleError, Suspect
from workers.doctor.materials import Materials

# A face or a rare name in a text is no matter.
_SHARE_OF_ROW = 0.2
_SHARE_OF_ROWS = 0.01
_SHARE_WARNED = 0.05
_SHARE_GRAVE = 0.2


def examine(materials: Materials) -> Found | None:
    plan = materials.plan
    if plan.base_model is None:
        raise NotPossibleError("no_base_model")
    counted = materials.counted
    shares = counted.unknown / np.maximum(counted.tokens, 1)
    hardly_read = np.flatnonzero(shares >= _SHARE_OF_ROW)
    if len(hardly_read) <= _SHARE_OF_ROWS * len(counted.rows):
        return None
    share = float(counted.unknown.sum() / max(counted.tokens.sum(), 1))
    return Found(
        severity="error" if share >= _SHARE_GRAVE else "warning" if share >= _SHARE_WARNED else "info",
        suspects=[
            Suspect(int(counted.rows[place]), float(shares[place]), {"unknown": round(float(shares[place]), 4)})
            for place in hardly_read
        ],
        params={
            "base_model": plan.base_model_name or Path(plan.base_model).name,
            "percent": round(100 * share, 1),
            "share": round(share, 4),
            "counted": len(counted.rows),
        },
    )
