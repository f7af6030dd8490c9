"""What is computed together."""

from __future__ import annotations

from workers.inference.batching import MAX_TEXTS, MAX_TOKENS, Waiting, take_batch


def _queue(*items: tuple[str, int]) -> list[Waiting[int]]:
    return [Waiting(key, length, number) for number, (key, length) in enumerate(items)]


def test_batch_is_built_around_the_oldest_text_from_those_nearest_in_length():
    queue = _queue(("a", 10), ("b", 10), *[("a", 500)] * 40, *[("a", 11)] * 40)
    batch = take_batch(queue)
    assert batch[0].payload == 0
    assert {item.num_tokens for item in batch} == {10, 11}
    assert len(batch) == MAX_TEXTS


def test_every_text_gets_its_turn_once_and_the_oldest_never_waits_twice():
    queue = _queue(*[("ab"[number % 2], 1 + number * 37 % 500) for number in range(300)])
    seen: list[int] = []
    while queue:
        oldest = queue[0].payload
        batch = take_batch(queue)
        assert oldest in {item.payload for item in batch}
        assert len({item.model_key for item in batch}) == 1
        assert len(batch) * max(item.num_tokens for item in batch) <= MAX_TOKENS
        seen += [item.payload for item in batch]
    assert sorted(seen) == list(range(300))


def test_text_longer_than_the_limit_is_computed_alone():
    queue = _queue(("a", MAX_TOKENS * 2), ("a", MAX_TOKENS * 2))
    assert [item.payload for item in take_batch(queue)] == [0]
