"""How answers look at a prompt and in a notebook."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

import plasticdb
from plasticdb import PlasticDB
from plasticdb.memory.display import Listing, Predictions, table


@pytest.fixture
def db() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as db:
        db.sequence("names").learn_many(["emma", "emily", "<b>x</b>"], source="<i>us")
        db.engrams("notes", dimension=2).step([[1, 2], [2, 1]], payloads=["tea", {"<script>": 1}])
        yield db


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)


def tags(html: str) -> set[str]:
    parser = Tags()
    parser.feed(html)
    return set(parser.found)


def test_what_is_imported_when_asked_for_can_be_completed() -> None:
    assert {"PlasticDB", "SequenceMemory", "EngramMemory", "BadInput", "__version__"} <= set(dir(plasticdb))


def test_reprs_have_names_and_sizes(db: PlasticDB) -> None:
    names, notes = db.sequence("names"), db.engrams("notes")
    assert repr(db) == "<PlasticDB ':memory:': names (sequence, 3 events), notes (engram, 4 events)>"
    assert repr(names) == "<SequenceMemory 'names': 3 samples, 5 concepts, 229 synapses>"
    assert repr(notes) == "<EngramMemory 'notes': 1 ticks, 2 engrams>"
    assert repr(db.sequence("new")) == "<SequenceMemory 'new': 0 events>"
    assert repr(names.score(["emma", "emily"])).startswith("<Score: 1.0")
    assert repr(names.explain("em", "m")).startswith("<Explanation: 'm' after 'em': p = 0.")
    assert repr(names.tree("em")) == "<Branch 'em': 2 samples, 2 branches; print it to draw the tree>"
    assert str(names.tree("em")) == "em  2\n├─ ily␃  1\n└─ ma␃  1"
    db.close()
    assert repr(db) == "<PlasticDB ':memory:', closed>"
    assert repr(db.sequence).startswith("<bound method")
    assert "'names'" in repr(names)


def test_long_answers_are_shown_in_short_and_stay_what_they_are(db: PlasticDB) -> None:
    db.sequence("letters").learn_many([chr(97 + i) * 2 for i in range(26)])
    found, concepts = db.sequence("letters").predict(), db.sequence("letters").concepts()
    assert len(found) == 27
    assert repr(found).endswith(", ... 7 more}")
    assert repr(concepts).endswith(", ... 7 more]")
    assert json.loads(json.dumps(found)) == dict(found) == found == pickle.loads(pickle.dumps(found))
    assert concepts == list(concepts)
    assert repr(db.sequence("letters").predict(top=2)) == repr(dict(db.sequence("letters").predict(top=2)))
    assert repr(Listing([1])) == "[1]"


def test_html_shows_all_texts_and_obeys_none(db: PlasticDB) -> None:
    names, notes = db.sequence("names"), db.engrams("notes")
    shown = [db, names, notes, names.predict("<"), names.explain("<b", ">"), names.tree(), names.concepts()]
    shown += [notes.recall([1, 2]), notes.associations(1), notes.history(1)]
    for one in shown:
        html = one._repr_html_()
        assert tags(html) <= {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "pre"}, html
        assert html.count("<td>") == html.count("</td>")
    assert "&lt;b&gt;x&lt;/b&gt;" in names.concepts()._repr_html_()
    assert "&lt;b&gt;x&lt;/b&gt;␃  1" in names.tree()._repr_html_()
    assert "(&lt;i&gt;us)" in names.explain("<b", ">")._repr_html_()
    assert "<td>tea</td>" in notes.recall([1, 2])._repr_html_()
    assert "<td>samples</td><td>3</td>" in names._repr_html_()
    assert "<caption>:memory:</caption>" in db._repr_html_()
    db.close()
    assert "closed" in db._repr_html_()
    assert "closed" in names._repr_html_()


def test_html_is_short_however_long_the_answer() -> None:
    many = Predictions({chr(0x4E00 + i): 1 / 5000 for i in range(5000)})
    assert len(many._repr_html_()) < 5000
    assert "4,980 more" in many._repr_html_()
    assert len(table([{"text": "x" * 10**6}])) < 2000
