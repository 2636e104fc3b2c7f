"""What recall finds of real conversations, each way alone and all but each, and what it takes in memories of three sizes.

LoCoMo (Maharana et al. 2024, snap-research/locomo, CC BY-NC 4.0) is not part of this project. PLASTICDB_LOCOMO names a folder
with a JSON file for each conversation: {"sessions": [{"turns": [{"id", "speaker", "text"}]}], "questions": [{"question",
"evidence": [ids]}]}.
"""

from __future__ import annotations

import json
import os
import random
import statistics
from dataclasses import asdict, dataclass, replace
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plasticdb import PlasticDB
from plasticdb.engram.embed import GROUP, NGRAMS
from plasticdb.engram.evidence import Weights
from plasticdb.engram.memory import EngramMemory

from .data import ROOT
from .report import Figure, seconds, tell

FOLDER = Path(os.environ.get("PLASTICDB_LOCOMO", ROOT.parent / "shared" / "data" / "locomo"))
TUNED = ("26", "30")
"""Conversations on which the weights of the ways were chosen: nothing is reported of them together with others."""
AT = (5, 10, 20)
GOALS = {NGRAMS: (-0.56, -0.66, -0.73)}
MODEL = (-0.60, -0.70, -0.78)
WAYS = ("terms", "vector", "cofired", "time")
SIZES = {1_000: 5, 10_000: 10, 100_000: 40}
ON_NEO4J = {1_000: 30, 10_000: 60, 100_000: 150}


@dataclass(frozen=True, slots=True)
class Conversation:
    name: str
    turns: list[tuple[str, str, str]]
    """Id, text, session."""
    questions: list[tuple[str, set[str]]]
    """With the ids of the turns that answer."""


def conversations() -> None:
    """The share of the answering turns among the first 5, 10, 20 that `recall` brings; each turn was learned by a `step`."""
    files = sorted(FOLDER.glob("*.json"))
    if not files:
        print(f"NOT MEASURED: no conversations in {FOLDER}; PLASTICDB_LOCOMO names a folder that has some")
        return
    for embedder in (NGRAMS, *sorted({entry.name for entry in entry_points(group=GROUP)})):
        for named in (False, True):
            with PlasticDB.open(":memory:") as db:
                learned = [_learned(db, _read(file, named), embedder) for file in files]
                _tell(embedder, "texts with speakers" if named else "texts", learned)


def _read(file: Path, named: bool) -> Conversation:
    found = json.loads(file.read_text("utf-8"))
    sessions = enumerate(found["sessions"], 1)
    turns = [
        (turn["id"], f"{turn['speaker']}: {turn['text']}" if named else turn["text"], f"session {number}")
        for number, session in sessions
        for turn in session["turns"]
    ]
    ids = {turn[0] for turn in turns}
    asked = [(one["question"], ids & set(one["evidence"])) for one in found["questions"]]
    return Conversation(file.stem, turns, [(question, answers) for question, answers in asked if answers])


def _learned(db: PlasticDB, talk: Conversation, embedder: str) -> tuple[EngramMemory, Conversation]:
    memory = db.engrams(talk.name, embedder=embedder)
    for id, text, session in talk.turns:
        memory.step([text], payloads=[id], stream=session)
    return memory, talk


def _tell(embedder: str, what: str, learned: list[tuple[EngramMemory, Conversation]]) -> None:
    told = [(memory, talk) for memory, talk in learned if talk.name not in TUNED]
    usual = Weights.of(embedder)
    variants = {"all ways": usual}
    variants |= {f"all but {way}": replace(usual, **{way: 0.0}) for way in WAYS}
    variants |= {f"{way} alone": replace(usual, **{other: 0.0 for other in WAYS if other != way}) for way in WAYS[:2]}
    alone: dict[str, list[float]] = {}
    for name, weights in variants.items():
        found = [_found(memory, talk, weights) for memory, talk in told]
        alone[name] = [float(one.mean(axis=0)[1]) for one in found]
        each = ", ".join(f"{talk.name} {at:.3f}" for (_, talk), at in zip(told, alone[name], strict=True))
        mean = np.concatenate(found).mean(axis=0)
        if name == "all ways":
            for at, value, goal in zip(AT, mean.tolist(), GOALS.get(embedder, MODEL), strict=True):
                tell(Figure(f"recall@{at}, {embedder}, {what}", value, "", goal))
            print(f"  at 10: {each}")
        else:
            print(f"  {name:<20} {' / '.join(f'{value:.3f}' for value in mean.tolist())}   at 10: {each}", flush=True)
    single = [max(alone[f"{way} alone"][i] for way in WAYS[:2]) for i in range(len(told))]
    worst = min(every - best for every, best in zip(alone["all ways"], single, strict=True))
    tell(
        Figure("  all ways beside the best single one, where that is worst", worst, "", 0.01 if worst < -0.01 else None)
    )
    chosen = [_found(memory, talk, usual).mean(axis=0)[1] for memory, talk in learned if talk.name in TUNED]
    print(f"  chosen on {' and '.join(TUNED)}: recall@10 {', '.join(f'{value:.3f}' for value in chosen)}", flush=True)


def _found(memory: EngramMemory, talk: Conversation, weights: Weights) -> NDArray[np.float64]:
    """Of each question the share of its answers among the first that are recalled."""
    rows, said = [], ", ".join(f"{way} {weight}" for way, weight in asdict(weights).items())
    for question, answers in talk.questions:
        found = [one.payload for one in memory.recall(question, k=AT[-1], weights=said)]
        rows.append([len(answers & set(found[:at])) / len(answers) for at in AT])
    return np.array(rows)


def speed(folder: Path) -> None:
    """Milliseconds of a recall among many notes of a dozen words each, on SQLite; of 20 questions the median."""
    for size, goal in SIZES.items():
        with PlasticDB.open(folder / f"notes{size}.db") as db:
            _speed(db, size, goal, "SQLite")


def speed_on_neo4j(folder: Path, uri: str, username: str, password: str) -> None:
    """The same on Neo4j, up to 10,000 notes."""
    with PlasticDB.open(uri, folder / "notes-journal.db", username=username, password=password) as db:
        db.migrate()
        for size in list(ON_NEO4J)[:2]:
            _speed(db, size, ON_NEO4J[size], "Neo4j")
            db.drop("notes")


def _speed(db: PlasticDB, size: int, goal: float, where: str) -> None:
    rng = random.Random(0)
    words = ["".join(rng.choices("bcdfglmnprst", k=2) + rng.choices("aeiou", k=2)) for _ in range(20_000)]
    usual = [1 / rank for rank in range(1, len(words) + 1)]  # as often as words of a language are (Zipf)
    notes = db.engrams("notes", embedder=NGRAMS)

    def texts(count: int) -> list[str]:
        return [" ".join(rng.choices(words, usual, k=12)) for _ in range(count)]

    made = seconds(lambda: [notes.remember(texts(1_000), stream=f"{part}") for part in range(size // 1_000)])
    notes.tick()
    first = seconds(lambda: notes.recall(texts(1)[0]))
    again = statistics.median(seconds(lambda: notes.recall(text)) for text in texts(20))  # noqa: B023
    more = statistics.median(seconds(lambda: notes.remember([text])) for text in texts(20))  # noqa: B023
    filtered = statistics.median(seconds(lambda: notes.recall(text, since=0)) for text in texts(20))  # noqa: B023
    tell(
        Figure(f"recall among {size:,} notes, {where}", again * 1000, "ms", goal),
        Figure("  the first of a process", first, "s"),
        Figure("  with a filter of time", filtered * 1000, "ms"),
        Figure("  remember one more", more * 1000, "ms", 5 if where == "SQLite" else 20),
        Figure(f"  remember all, {1_000:,} at a time", made, "s"),
    )
