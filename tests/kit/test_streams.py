"""Items of a stream are linked one after the other, as far as they are alive."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plasticdb.kit.streams import Chain


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 9)), max_size=40))
def test_the_links_are_those_between_what_is_alive(deeds: list[tuple[str, int]]) -> None:
    chain, alive = Chain(), {"a": list[int](), "b": list[int]()}
    for item, (stream, at) in enumerate(deeds):
        if at < len(alive[stream]):
            chain.remove(stream, alive[stream].pop(at))
        else:
            chain.add(stream, item)
            alive[stream].append(item)
    for stream, items in alive.items():
        assert chain.last.get(stream) == (items[-1] if items else None)
        assert [chain.before[item] for item in items] == [None, *items][: len(items)]
        assert [chain.behind[item] for item in items] == [*items[1:], None][: len(items)]
