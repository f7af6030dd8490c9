"""Any value of the contract, for property tests: every field drawn from its type, floats finite as JSON demands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from workers.contract.base import Value

st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


def values_of(kind: type[Value]) -> st.SearchStrategy[Any]:
    """All fields are given, so that defaults made by a factory are not drawn as such."""
    fields = {name: st.from_type(field.annotation) for name, field in kind.model_fields.items()}
    return st.builds(kind, **fields)
