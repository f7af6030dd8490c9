"""Any value of the contract, for property tests: every field drawn from its type, floats finite as JSON demands, texts storable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from workers.contract.base import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(str, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))


def values_of(kind: type[Value]) -> st.SearchStrategy[Any]:
    """All fields are given, those of nested values too, so that defaults made by a factory are not drawn as such."""
    for part in _kinds(Value):
        st.register_type_strategy(part, _built)
    return _built(kind)


def _built(kind: type[Value]) -> st.SearchStrategy[Any]:
    return st.builds(kind, **{name: st.from_type(field.annotation) for name, field in kind.model_fields.items()})


def _kinds(kind: type[Value]) -> Iterator[type[Value]]:
    for part in kind.__subclasses__():
        yield part
        yield from _kinds(part)
