from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from workers.contract.states import LEASED, MOVES, TERMINAL, State, is_allowed

STATES = st.sampled_from(list(State))


def test_every_state_has_its_moves_and_terminal_ones_have_none() -> None:
    assert set(MOVES) == set(State)
    assert {state for state, moves in MOVES.items() if not moves} == TERMINAL


def test_every_state_can_be_reached_and_can_end() -> None:
    def reachable(start: State) -> set[State]:
        found, open_ends = {start}, [start]
        while open_ends:
            for state in MOVES[open_ends.pop()] - found:
                found.add(state)
                open_ends.append(state)
        return found

    assert reachable(State.DRAFT) == set(State)
    for state in set(State) - TERMINAL:
        assert reachable(state) >= {State.CANCELLED}
        assert reachable(state) & {State.SUCCEEDED}, state


@given(path=st.lists(STATES, min_size=2, max_size=30))
def test_no_allowed_walk_leaves_a_terminal_state_or_stands_still(path: list[State]) -> None:
    for frm, to in itertools.pairwise(path):
        if not is_allowed(frm, to):
            return
        assert frm not in TERMINAL
        assert frm is not to


def test_a_lease_is_taken_in_one_place_and_every_leased_state_can_lose_it() -> None:
    entrances = {frm for frm, moves in MOVES.items() if moves & LEASED and frm not in LEASED}
    assert entrances == {State.QUEUED}
    for state in LEASED:
        assert {State.RETRY_WAIT, State.CANCELLED, State.FAILED, State.PAUSED, State.QUEUED} <= MOVES[state]
