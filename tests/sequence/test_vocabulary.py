"""Symbols by code; however many there are, little is done for each."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasticdb import PlasticDB
from plasticdb.sequence import vocabulary as module
from plasticdb.sequence.vocabulary import Vocabulary


class Interrupted(BaseException):
    """What may come at any moment."""


class Breaking(dict[str, int]):
    def update(self, *_: object, **__: object) -> None:
        raise Interrupted


@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=4), max_size=5))
def test_symbols_have_codes_of_their_own(batches: list[list[str]]) -> None:
    known, whole = Vocabulary("m"), Vocabulary("m")
    for batch in batches:
        known.add(batch)
    whole.add([symbol for batch in batches for symbol in batch])
    assert known.codes == whole.codes == {symbol: code for code, symbol in enumerate(whole.symbols)}
    assert known.ids.tolist() == whole.ids.tolist()
    codes = np.arange(len(known.symbols))
    assert known.codes_of(known.ids).tolist() == codes.tolist()
    assert known.hashes(codes).tolist() == module.symbol_hashes(known.symbols).tolist()


def test_what_is_loaded_has_the_ids_that_it_would_be_given() -> None:
    made, loaded = Vocabulary("m"), Vocabulary("m")
    made.add(["a", "b", "c"])
    loaded.load(["c", "␃", "a", "b"], made.ids[[4, 1, 2, 3]], np.array([3, 9, 1, 2]))
    for symbol in "abc␃":
        assert loaded.ids[loaded.codes[symbol]] == made.ids[made.codes[symbol]]
    assert [int(loaded.count[loaded.codes[symbol]]) for symbol in "abc␃"] == [1, 2, 3, 9]
    names = [[v.symbols[code] for code in v.atoms] for v in (loaded, loaded)]
    made.counted(np.array([0, 9, 1, 2, 3]))
    assert names[0] == [made.symbols[code] for code in made.atoms], "in every process in one order"


@pytest.mark.parametrize("at", ["the codes", "the numbers"])
def test_what_interrupts_an_addition_leaves_nothing_of_it(at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Vocabulary("m")
    known.add(["a"])
    if at == "the codes":
        known.codes = Breaking(known.codes)
    else:
        real = known._append

        def late(size: int, symbols: list[str], more: object) -> None:
            known.symbols += symbols
            dict.update(known.codes, {symbol: size + i for i, symbol in enumerate(symbols)})
            raise Interrupted

        monkeypatch.setattr(Vocabulary, "_append", lambda self, *rest: late(*rest))
        del real
    with pytest.raises(Interrupted):
        known.add(["b", "c"])
    monkeypatch.undo()
    known.codes = dict(known.codes)
    known.add(["c", "b"])
    assert known.symbols == ["␂", "␃", "a", "c", "b"]
    assert known.codes == {symbol: code for code, symbol in enumerate(known.symbols)}
    assert len(set(known.ids.tolist())) == len(known.count) == 5


def test_a_prediction_hashes_and_names_what_it_is_about_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work for each symbol of a large vocabulary is counted, not timed."""
    words = [f"w{i}" for i in range(3000)]
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("m", tokenizer="words", depth=2).learn_many([" ".join(words[i : i + 3]) for i in range(0, 3000, 3)])
        whole = db.sequence("m").predict("w3 w4")
        assert len(whole) == db.sequence("m").vocabulary == 3001
    hashed: Counter[str] = Counter()
    real = module.symbol_hashes

    def counted(symbols: list[str]) -> object:
        hashed.update(symbols)
        return real(symbols)

    monkeypatch.setattr(module, "symbol_hashes", counted)
    with PlasticDB.open(tmp_path / "m.db") as db:
        assert list(db.sequence("m").predict("w3 w4", top=7).items()) == list(whole.items())[:7]
        assert hashed.total() <= 6, "start, stop, and the prompt"
