"""The graph as csv, graphml and parquet, read by the programs that they are for."""

from __future__ import annotations

import csv
import os
import stat
import subprocess
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import neo4j_server as local_neo4j
import networkx
import pytest
from pyarrow import parquet

from plasticdb import BadInput, BadMemory, PlasticDB, StoreError, Unavailable
from plasticdb.kinds import labels, relationships
from plasticdb.kit.tables import Table
from plasticdb.sequence.schema import ATOM, CONCEPT, CONTEXT, SESSION, SOURCE, SYNAPSE
from plasticdb.transfer import graph as exporting
from plasticdb.transfer.files import written

Rows = list[dict[str, Any]]


def rows(tables: Iterable[Table]) -> Rows:
    found: Rows = []
    for table in tables:
        columns = (column.tolist() for column in table.values())
        found += [dict(zip(table, line, strict=True)) for line in zip(*columns, strict=True)]
    return found


def concepts(db: PlasticDB) -> Rows:
    names = ["id", *(p.name for p in CONCEPT.properties), "parent"]
    prefixes = rows(db._store.scan_nodes("names", CONCEPT, names))
    contexts = rows(db._store.scan_nodes("names", CONTEXT, [name for name in names if name != "slot"]))
    return [*prefixes, *({"slot": None} | context for context in contexts)]


def synapses(db: PlasticDB) -> Rows:
    return rows(db._store.scan_edges("names", SYNAPSE))


def test_graphml_in_networkx(db: PlasticDB, tmp_path: Path) -> None:
    (done,) = db.export("names", tmp_path / "m.graphml", format="graphml")
    found = networkx.read_graphml(tmp_path / "m.graphml", node_type=int)
    assert (done["nodes"], done["relationships"]) == (len(found), found.number_of_edges())
    known = concepts(db)
    for concept in known:
        read = dict(found.nodes[concept["id"]])
        assert (read.pop("labels"), read.pop("memory")) == (":Concept", "names")
        assert read == {k: v for k, v in concept.items() if k not in ("id", "parent") and v is not None}
    parents = {(c["parent"], c["id"]) for c in known if c["parent"] is not None}
    assert {edge for edge, label in found.edges.items() if label == {"label": "ABSTRACTS"}} == parents
    weights = {(s["source"], s["target"]): (s["weight"], s["fired"]) for s in synapses(db)}
    read = {edge: (e["weight"], e["fired"]) for edge, e in found.edges.items() if e["label"] == "SYNAPSE"}
    assert read == weights
    others = (rows(db._store.scan_nodes("names", node, ["id"])) for node in (ATOM, SOURCE, SESSION))
    assert len(found) == len(known) + sum(map(len, others))


def test_texts_that_are_hard_to_write(tmp_path: Path) -> None:
    hard = ['<a href="x">&amp;</a>', "tab\there", " two  spaces ", "ümläut 🙂", '"quoted", and a comma', "\\back", "￾￿"]
    with PlasticDB.open(":memory:") as db:
        db.sequence("names <&>\"'", tokenizer="symbols").learn_many([[text] for text in hard])
        db.export(to=tmp_path / "m.graphml", format="graphml")
        db.export(to=tmp_path / "m.csv", format="csv")
    found = networkx.read_graphml(tmp_path / "m.graphml")
    symbols = {n["symbol"] for _, n in found.nodes(data=True) if n["labels"] == ":Atom"}
    assert symbols == {*hard[:-1], "\\ufffe\\uffff", "␃"}, "XML has no place for U+FFFE and U+FFFF"
    assert {n["memory"] for _, n in found.nodes(data=True)} == {"names <&>\"'"}
    assert {row["symbol:string"] for row in read_csv(tmp_path / "m.csv" / "Atom.csv")} == {*hard, "␃"}


def test_control_characters_have_no_place_in_xml(
    db: PlasticDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A memory does not take them; another kind of memory might."""
    scan = db._store.scan_nodes

    def scanned(memory: str, node: Any, columns: Any, rows: int = 1) -> Any:
        for table in scan(memory, node, columns, rows):
            if "symbol" in table:
                table["symbol"][0] = "a\x00b\x1b\rc"
            yield table

    monkeypatch.setattr(db._store, "scan_nodes", scanned)
    db.export("names", tmp_path / "m.graphml", format="graphml")
    found = networkx.read_graphml(tmp_path / "m.graphml")
    assert "a\\u0000b\\u001b\rc" in {n.get("symbol") for _, n in found.nodes(data=True)}


def read_csv(file: Path) -> Rows:
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_csv_has_every_label_and_type_with_the_headers_of_neo4j(db: PlasticDB, tmp_path: Path) -> None:
    db.export("names", tmp_path / "out", format="csv")
    names = {*(node.label for node, _ in labels()), *(relationship.table.upper() for relationship in relationships())}
    assert {file.name for file in (tmp_path / "out").iterdir()} == {f"{name}.csv" for name in names}
    head = "id:ID{id-type:long},memory:string,chain:string,at:long,text:string,length:long,r_level:long"
    assert (tmp_path / "out" / "Concept.csv").read_text("utf-8").startswith(head)
    found = {int(row["id:ID{id-type:long}"]): row for row in read_csv(tmp_path / "out" / "Concept.csv")}
    for concept in concepts(db):
        row = found.pop(concept["id"])
        assert (row["text:string"], float(row["mass:double"])) == (concept["text"], concept["mass"])
        assert row["slot:long"] == ("" if concept["slot"] is None else str(concept["slot"]))
        assert row[":LABEL"] == "Concept"
    assert not found
    ends = (":START_ID{id-type:long}", ":END_ID{id-type:long}", "weight:double", "fired:long", ":TYPE")
    read = [tuple(row[end] for end in ends) for row in read_csv(tmp_path / "out" / "SYNAPSE.csv")]
    assert read == [(*(str(value) for value in synapse.values()), "SYNAPSE") for synapse in synapses(db)]


def test_neo4j_admin_imports_the_csv(db: PlasticDB, tmp_path: Path) -> None:
    if reason := local_neo4j.available():
        pytest.skip(f"NOT TESTED: neo4j-admin import; {reason}")
    (done,) = db.export("names", tmp_path / "out", format="csv")
    home = tmp_path / "home"
    (home / "conf").mkdir(parents=True)
    (home / "conf" / "neo4j.conf").touch()
    command = [
        "java",
        "-cp",
        f"{local_neo4j._jars()}/*",
        "org.neo4j.cli.AdminTool",
        "database",
        "import",
        "full",
        "neo4j",
    ]
    command += [f"--nodes={tmp_path}/out/{node.label}.csv" for node, _ in labels()]
    command += [f"--relationships={tmp_path}/out/{relationship.table.upper()}.csv" for relationship in relationships()]
    environ = os.environ | {"NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
    said = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True).stdout
    assert f"{done['nodes']} nodes" in said
    assert f"{done['relationships']} relationships" in said


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_zip_has_the_same_files(db: PlasticDB, tmp_path: Path, format: str) -> None:
    db.export("names", tmp_path / "out", format=format)
    db.export("names", tmp_path / "out.zip", format=format)
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()
        }


def test_parquet(db: PlasticDB, tmp_path: Path) -> None:
    db.export("names", tmp_path / "out", format="parquet")
    found = parquet.read_table(tmp_path / "out" / "Concept.parquet").to_pylist()
    assert found == [{k: v for k, v in c.items() if k != "parent"} | {"memory": "names"} for c in concepts(db)]
    assert parquet.read_table(tmp_path / "out" / "SYNAPSE.parquet").to_pylist() == synapses(db)


def test_neo4j_exports_the_same_as_sqlite(db: PlasticDB, neo4j_db: PlasticDB, tmp_path: Path) -> None:
    db.export("names", tmp_path / "m.jsonl")
    neo4j_db.import_(tmp_path / "m.jsonl")
    for name, each in (("here", db), ("there", neo4j_db)):
        each.export("names", tmp_path / name, format="csv")
    for file in (tmp_path / "here").iterdir():
        here, there = (read_csv(tmp_path / name / file.name) for name in ("here", "there"))
        assert [keys(row) for row in here] == [keys(row) for row in there]


def keys(row: dict[str, str]) -> list[str]:
    """What is equal to the last digit on every store, whatever the batches."""
    return [value for name, value in row.items() if not name.endswith(":double")]


def test_a_cut(db: PlasticDB, tmp_path: Path) -> None:
    def cut(**how: Any) -> Any:
        db.export("names", tmp_path / "m.graphml", format="graphml", **how)
        return networkx.read_graphml(tmp_path / "m.graphml", node_type=int)

    whole = cut()
    kept = {
        "level": lambda n: n.get("r_level", 0) <= 2,
        "prefix": lambda n: "r_level" not in n or n.get("text", "").startswith("em"),
        "min_count": lambda n: n.get("count", 3) >= 3,
    }
    for (name, keeps), value in zip(kept.items(), (2, "em", 3), strict=True):
        found = cut(**{name: value})
        expected = whole.subgraph([id for id, n in whole.nodes(data=True) if keeps(n)])
        assert 0 < len(found) < len(whole)
        assert dict(found.nodes(data=True)) == dict(expected.nodes(data=True))
        assert dict(found.edges) == dict(expected.edges)
        assert found.number_of_edges() > 0
    both = cut(level=2, prefix="em", min_count=2)
    texts = {n["text"] for _, n in both.nodes(data=True) if "text" in n}
    assert texts == {c["text"] for c in concepts(db) if c["r_level"] <= 2 and c["count"] >= 2 and c["text"][:2] == "em"}
    with pytest.raises(BadInput, match="a jsonl export is complete; to cut, take --format csv"):
        db.export("names", tmp_path / "m.jsonl", prefix="em")


def test_tables_of_any_size(db: PlasticDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db.export("names", tmp_path / "whole", format="csv", min_count=1)
    monkeypatch.setattr(exporting, "ROWS", 3)
    db.export("names", tmp_path / "parts", format="csv", min_count=1)
    for file in (tmp_path / "whole").iterdir():
        assert (tmp_path / "parts" / file.name).read_bytes() == file.read_bytes()


# What goes wrong


def test_without_pyarrow(db: PlasticDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = exporting.write_parquet.__globals__["import_module"]

    def missing(name: str) -> Any:
        if name.startswith("pyarrow"):
            raise ModuleNotFoundError(name)
        return real(name)

    monkeypatch.setitem(exporting.write_parquet.__globals__, "import_module", missing)
    with pytest.raises(BadInput, match=r"Parquet needs pyarrow: pip install 'plasticdb\[parquet\]'"):
        db.export("names", tmp_path / "out", format="parquet")
    assert leaves(tmp_path) == []


def leaves(folder: Path) -> list[str]:
    """What an export left there, hidden files too."""
    return sorted(file.name for file in folder.iterdir() if "names.db" not in file.name)


@pytest.mark.parametrize("format", ["csv", "graphml", "parquet"])
def test_a_memory_that_is_written_to_meanwhile(
    db: PlasticDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    scan: Callable[..., Any] = db._store.scan_edges

    def scanned(*what: Any) -> Any:
        db.sequence("names").learn("someone else's")
        yield from scan(*what)

    monkeypatch.setattr(db._store, "scan_edges", scanned)
    with pytest.raises(Unavailable, match="'names' is being written to; export it again when that is done"):
        db.export("names", tmp_path / "out", format=format)
    assert leaves(tmp_path) == []


@pytest.mark.parametrize("format", ["jsonl", "csv", "graphml", "parquet"])
def test_a_memory_that_is_dropped_meanwhile(
    db: PlasticDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    db.sequence("other").learn("emma")
    memory, left = db._store.memory, ["names"]

    def dropped(name: str) -> Any:
        if left:
            with PlasticDB.open(tmp_path / "names.db") as another:
                another.drop(left.pop())
        return memory(name)

    monkeypatch.setattr(db._store, "memory", dropped)
    with pytest.raises(BadMemory, match="'names' was dropped by another process; nothing was exported"):
        db.export(None, tmp_path / "out", format=format)
    assert leaves(tmp_path) == []


def test_two_threads_export_to_one_file(db: PlasticDB, tmp_path: Path) -> None:
    met = Barrier(2)

    def write(text: bytes) -> None:
        with written(str(tmp_path / "out")) as stream:
            met.wait(10)
            stream.write(text)
            met.wait(10)

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(write, text) for text in (b"one", b"one")]:
            done.result()
    assert (tmp_path / "out").read_bytes() == b"one"
    assert leaves(tmp_path) == ["out"]


@pytest.mark.parametrize("format", ["jsonl", "csv", "graphml", "parquet"])
def test_what_fails_leaves_nothing_and_what_was_there_stays(
    db: PlasticDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    (tmp_path / "out.zip").write_text("an older export")

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    for module in ("plasticdb.transfer.formats.zip", "plasticdb.transfer.dump.zip"):
        monkeypatch.setattr(module, full, raising=False)
    monkeypatch.setattr("plasticdb.transfer.graph.write_parquet", full)
    with pytest.raises(StoreError, match="is full or failing"):
        db.export("names", tmp_path / "out.zip", format=format)
    assert leaves(tmp_path) == ["out.zip"]
    assert (tmp_path / "out.zip").read_text() == "an older export"


def test_targets_that_cannot_be_written(db: PlasticDB, tmp_path: Path) -> None:
    (tmp_path / "folder" / "sub").mkdir(parents=True)
    for format in ("jsonl", "csv"):
        with pytest.raises(BadInput, match=r"the folder .*none does not exist; make it, or give another file"):
            db.export("names", tmp_path / "none" / "m", format=format)
    with pytest.raises(BadInput, match="folder is a directory; give a file in it"):
        db.export("names", tmp_path / "folder")
    with pytest.raises(BadInput, match="folder is there already; give a new folder"):
        db.export("names", tmp_path / "folder", format="csv")
    with pytest.raises(BadInput, match=r"names\.db is the database that is open; give another file"):
        db.export("names", tmp_path / "names.db")
    PlasticDB.open(tmp_path / "other.db").close()
    with pytest.raises(BadInput, match="is a database, which the export would replace"):
        db.export("names", tmp_path / "other.db")
    with pytest.raises(BadInput, match="unknown format 'xml'; choose one of jsonl, csv, graphml, parquet"):
        db.export("names", tmp_path / "m.xml", format="xml")
    assert db.memory("names").verify() == []


def test_a_file_that_was_exported_before_is_replaced(db: PlasticDB, tmp_path: Path) -> None:
    for name in ("one.jsonl", "two.jsonl"):
        db.export("names", tmp_path / name)
    db.sequence("names").learn("more")
    db.export("names", tmp_path / "one.jsonl")
    assert (tmp_path / "one.jsonl").stat().st_size > (tmp_path / "two.jsonl").stat().st_size


def test_a_device_is_written_to_and_not_replaced(db: PlasticDB) -> None:
    db.export("names", "/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
