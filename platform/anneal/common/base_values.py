"""Writing over what somebody else may have changed meanwhile: whoever writes may say what they read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from anneal.common.errors import AnnealError


def values_write(rows: QuerySet[Any], *, values: Mapping[str, Any], bases: Mapping[str, Any | None]) -> None:
    """Write `values` into the one row of `rows`. `bases` has what the writer read of some of them, None where they do not say.

    Raises AnnealError (412, `param` names the field) when one is another by now. What is as it is wanted already is no conflict, so that
    a request may be sent twice. Runs in a transaction.
    """
    current = rows.select_for_update().values(*bases).get()
    for name, base in bases.items():
        if base is not None and name in values and current[name] not in {base, values[name]}:
            raise AnnealError("request.changed_since", status=412, param=name)
    if values:
        rows.update(**values)
