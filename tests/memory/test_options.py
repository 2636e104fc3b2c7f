"""Options grow: a memory that was made before there was an option has its default, wherever it is compared or taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import pytest

from plasticdb import BadInput, BadMemory, PlasticDB
from plasticdb.journal.journal import Journal, Written
from plasticdb.journal.operations import operation
from plasticdb.journal.rows import MemoryRow
from plasticdb.kinds import Event, Kind, registered
from plasticdb.memory.options import agreed, filled, options_of
from plasticdb.transfer.check import check
from plasticdb.transfer.copy import copy_journal
from plasticdb.transfer.load import load


@dataclass(frozen=True)
class Dream:
    """`depth` and `tags` came later."""

    colour: str
    depth: int = 3
    tags: str | None = None

    def __post_init__(self) -> None:
        if self.depth < 1:
            raise BadInput(f"depth must be 1 or more, not {self.depth}")


DREAM = Kind(
    name="dream",
    doc="A kind whose options grew.",
    memory="",
    options=f"{__name__}:Dream",
    events=(Event("learn", "a dream is dreamt", sample=True, mass=1),),
    nodes=(),
    relationships=(),
    merge="plasticdb.sequence.teaching.merge:merge",
)


@pytest.fixture(autouse=True)
def kind() -> Iterator[Kind]:
    with registered(DREAM):
        yield DREAM


def made(db: PlasticDB, **options: object) -> tuple[Journal, MemoryRow]:
    """A memory with two events."""
    row = db._journal.create("m", "dream", options)
    db._journal.append(row, [Written("learn", "of bees"), Written("learn", "of a house")], 5.0)
    return db._journal, replace(row, position=2)


def test_what_an_older_memory_lacks_has_its_default() -> None:
    assert options_of("m", "dream", {"colour": "red"}) == Dream("red")
    assert filled({"colour": "red", "tags": "a"}, Dream) == {"colour": "red", "depth": 3, "tags": "a"}


def test_it_can_be_asked_for_the_default_and_nothing_else() -> None:
    old = MemoryRow(1, "m", "dream", {"colour": "red"}, 0, 0)
    assert agreed(old, "dream", {"depth": 3, "tags": None}, Dream)["depth"] == 3
    with pytest.raises(BadMemory, match="'m' was made with depth 3, not 4; leave the option out, or take another name"):
        agreed(old, "dream", {"depth": 4}, Dream)
    with pytest.raises(BadMemory, match="'m' was made without tags, not with 'a'; leave the option out"):
        agreed(old, "dream", {"tags": "a"}, Dream)


def test_options_of_a_newer_version_are_named() -> None:
    with pytest.raises(BadMemory, match="made with mood, by a newer plasticdb; upgrade this one"):
        options_of("m", "dream", {"colour": "red", "mood": "blue"})
    with pytest.raises(BadMemory, match="made without colour, which it needs"):
        options_of("m", "dream", {"depth": 3})


@pytest.mark.parametrize(
    "options", [{"colour": "red"}, {"colour": "red", "depth": 3, "tags": None}], ids=["old", "new"]
)
def test_an_export_of_any_version_is_imported_and_merged_with_one_of_another(
    options: dict[str, object], tmp_path: Path
) -> None:
    with PlasticDB.open(":memory:") as db, PlasticDB.open(":memory:") as other:
        made(db, **options)
        db.export("m", tmp_path / "m.jsonl")
        made(other, colour="red")
        for merge, new in ((False, PlasticDB.open(":memory:")), (True, other)):
            with (tmp_path / "m.jsonl").open("rb") as stream, new:
                found = check(stream, "m.jsonl")
                (done,), _ = load(new._journal, found, stream, {"m": "m"}, merge, operation("import", None), 9.0)
                assert (done.imported, done.skipped) == ((0, 2) if merge else (2, 0))


def test_what_differs_is_named_where_it_is_merged_or_copied(tmp_path: Path) -> None:
    with PlasticDB.open(":memory:") as db, PlasticDB.open(":memory:") as other:
        source, row = made(db, colour="red", depth=4)
        db.export("m", tmp_path / "m.jsonl")
        stream = BytesIO((tmp_path / "m.jsonl").read_bytes())
        made(other, colour="red")
        with pytest.raises(BadMemory, match="'m' here has depth 3 and not 4; take another name"):
            load(other._journal, check(stream, "m"), stream, {"m": "m"}, True, operation("import", None), 9.0)
        with pytest.raises(BadMemory, match="'m' that is not a copy of this one"):
            copy_journal(source, other._journal, row, 10)


def test_a_copy_goes_on_where_an_older_version_began_it() -> None:
    with PlasticDB.open(":memory:") as db, PlasticDB.open(":memory:") as other:
        source, row = made(db, colour="red", depth=3)
        made(other, colour="red")
        source.append(row, [Written("learn", "of the sea")], 7.0)
        assert copy_journal(source, other._journal, replace(row, position=3), 10) == 1
