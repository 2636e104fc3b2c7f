"""Laws of memories: what is taken out and in again is the same memory."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

from ..schema import Node
from ..transfer.formats import stem
from .laws import equal
from .memory_case import MemoryCase, labelled, snapshot, there, twin, unlike
from .verbs import Step

__all__ = [
    "check_a_copy_follows",
    "check_an_export_is_the_memory",
    "check_csv_has_every_row",
]


def check_an_export_is_the_memory(case: MemoryCase) -> None:
    """A memory that is exported as jsonl, imported elsewhere, exported there and imported here is the same."""

    def law(steps: list[Step]) -> None:
        with case.opened() as (db, name), twin() as other, tempfile.TemporaryDirectory() as folder:
            memory = case.memory(db, name)
            case.do_all(steps, memory)
            if not there(db, name):
                return
            before, sizes, sessions = snapshot(db._store, name, case.kind), memory.stats(), _counts(memory)
            out, back = Path(folder) / "out.jsonl", Path(folder) / "back.jsonl"
            db.export(name, out)
            (done,) = other.import_(out)
            equal(done["imported"], sizes["position"], "the events that are imported")
            elsewhere = other.memory(name)
            case.agree(db, other, name, "the graph of an export")
            for imported in (elsewhere, other.memory(name)):
                equal((imported.stats(), _counts(imported)), (sizes, sessions), "stats and sessions of an export")
                equal(imported.verify(), [], "what verify says of an export")
            other.export(name, back)
            db.drop(name)
            db.import_(back)
            after = snapshot(db._store, name, case.kind)
            equal(unlike(after, before, case.apart), [], "the graph that was exported and imported twice")
            memory = case.memory(db, name)
            equal((memory.stats(), _counts(memory)), (sizes, sessions), "stats and sessions after two imports")

    case.for_any_mix(law)


def check_a_copy_follows(case: MemoryCase) -> None:
    """A copy has the same graph; copied again it has what came since, and copied again nothing."""

    def law(steps: list[Step]) -> None:
        with case.opened() as (db, name), twin() as other:
            memory = case.memory(db, name)
            for share in (steps[: len(steps) // 2], steps[len(steps) // 2 :]):
                case.do_all(share, memory)
                if there(db, name):
                    db.copy(other, name, batch=3)
                    case.agree(db, other, name, "the graph of a copy")
                    copied = case.memory(other, name)
                    equal(copied.verify(), [], "what verify says of a copy")
                    equal(
                        (copied.stats(), _counts(copied)),
                        (memory.stats(), _counts(memory)),
                        "stats and sessions of a copy",
                    )
            if there(db, name):
                equal(db.copy(other, name), {name: 0}, "the events that are copied when nothing came since")

    case.for_any_mix(law)


def check_csv_has_every_row(case: MemoryCase) -> None:
    """An export as csv has a file for each label and relationship of the kind, with a row for each in the graph."""

    def law(steps: list[Step]) -> None:
        with case.opened() as (db, name), tempfile.TemporaryDirectory() as folder:
            memory = case.memory(db, name)
            case.do_all(steps, memory)
            if not there(db, name):
                return
            db.export(name, Path(folder) / "csv", format="csv")
            for of, rows in labelled(snapshot(memory.store, name, case.kind)).items():
                file = next((Path(folder) / "csv").rglob(f"{stem(of)}.csv"), None)
                if file is None:
                    equal(len(rows), 0, f"the rows of {stem(of)}, which has no file")
                    continue
                with file.open(encoding="utf-8", newline="") as stream:
                    head, *lines = csv.reader(stream)
                equal(len(lines), len(rows), f"the rows of {file.name}")
                names = {column.partition(":")[0] for column in head}
                missing = {p.name for p in of.properties} - names
                equal(missing, set(), f"the columns that {file.name} lacks")
                key = "id" if isinstance(of, Node) else "source"
                assert any(column.startswith((f"{key}:", ":START_ID")) for column in head), f"{file.name} needs a key"

    law(case.one_mix())


def _counts(memory: object) -> list[dict[str, object]]:
    """What the sessions of a memory did; their numbers are each database's own."""
    rows = memory.sessions()  # type: ignore[attr-defined]
    return [{name: value for name, value in row.items() if name not in ("id", "session", "ended")} for row in rows]
