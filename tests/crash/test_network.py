"""A bad network before Neo4j: whatever it loses, delays or cuts, the graph is in the end as if it had been a good one."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from plasticdb import GraphBehind, PlasticDB, Unavailable
from plasticdb.memory.verify import differences
from plasticdb.sequence.schema import HISTORY

from ..proxy import BOLT_COMMIT, Proxy
from ..verbs import Clock, do

HANDSHAKE = bytes.fromhex("6060b017")
WORDS = "emma emily emil anna ann zoe zora mae may".split()


@pytest.fixture
def proxy(neo4j_emptied: Any) -> Iterator[Proxy]:
    with Proxy.before(neo4j_emptied.uri) as proxy:
        yield proxy


def later(seconds: float, what: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, what)
    timer.daemon = True
    timer.start()


def thawing(proxy: Proxy, seconds: float) -> None:
    proxy.freeze()
    later(seconds, proxy.thaw)


FAULTS: list[Callable[[Proxy, random.Random], None]] = [
    lambda proxy, _: proxy.doom(BOLT_COMMIT, "drop"),
    lambda proxy, _: proxy.doom(BOLT_COMMIT, "freeze"),
    lambda proxy, _: proxy.doom(BOLT_COMMIT, "lose"),
    lambda proxy, rng: later(rng.uniform(0, 0.4), lambda: proxy.doom(BOLT_COMMIT, rng.choice(["drop", "lose"]), 2)),
    lambda proxy, rng: proxy.doom(HANDSHAKE, rng.choice(["drop", "lose", "freeze"])),
    lambda proxy, rng: proxy.refuse(rng.choice([0.3, 1.0, 3.0])),
    lambda proxy, rng: later(rng.uniform(0, 0.4), lambda: proxy.refuse(0.5)),
    lambda proxy, rng: thawing(proxy, rng.choice([0.5, 4.0])),
    lambda proxy, rng: later(rng.uniform(0, 0.4), lambda: thawing(proxy, 1.5)),
    lambda proxy, rng: later(rng.uniform(0, 0.4), proxy.reset),
    lambda proxy, _: setattr(proxy, "delay", 0.01),
]


def some_verb(rng: random.Random) -> tuple[object, ...]:
    word = rng.choice(WORDS)
    return rng.choice(
        [
            ("learn", rng.choices(WORDS, k=3), None),
            ("learn", rng.choices(WORDS, k=4), "s"),
            ("learn", [word], None),
            ("unlearn", word),
            ("reinforce", word, 0.5),
            ("weaken", word, 0.25),
            ("decay", 1000.0),
            ("forget source", "s"),
        ]
    )


def insist(server: Any, uri: str, journal: Path, clock: Clock, verb: tuple[object, ...], timeout: float) -> str:
    """Do a verb, as a user would: again where it says that nothing was accepted, and not where it is in the journal."""
    login = {"username": server.username, "password": server.password}
    for _ in range(50):
        try:
            with PlasticDB.open(uri, journal, timeout=timeout, clock=clock, **login) as db:
                do(db, clock, verb)
                return "done"
        except GraphBehind:
            return "behind"
        except Unavailable:
            continue
    raise AssertionError(f"{verb} was never accepted")


def trials(
    proxy: Proxy, server: Any, folder: Path, seed: int, count: int, faults: list[Any] | None = None
) -> list[str]:
    """Verbs on a memory behind the proxy, a fault with each, and the same verbs on an undisturbed twin."""
    rng, clock, journal = random.Random(seed), Clock(), folder / "journal.db"
    uri, said = proxy.instead(server.uri), []
    with PlasticDB.open(folder / "twin.db", clock=clock) as twin:
        for trial in range(count):
            clock.now += rng.choice([1.0, 50.0])
            verb = some_verb(rng) if trial else ("learn", WORDS, "s")
            fault = faults[trial] if faults else rng.choice(FAULTS)
            fault(proxy, rng)
            timeout = rng.choice([1.0, 2.0, 10.0])
            began = time.monotonic()
            said.append(insist(server, uri, journal, clock, verb, timeout))
            assert time.monotonic() - began < 60 + 5 * timeout, (verb, timeout)
            do(twin, clock, verb)
            proxy.delay = 0.0
        proxy.accept()
        proxy.thaw()
        login = {"username": server.username, "password": server.password}
        with PlasticDB.open(server.uri, journal, clock=clock, **login) as db:
            db.sync()
            assert differences(db._store, twin._store, "m", but=HISTORY) == []
            assert db.memory("m").stats()["samples"] == twin.memory("m").stats()["samples"]
            assert db.memory("m").verify() == []
    return said


def test_each_fault_once(proxy: Proxy, neo4j_emptied: Any, tmp_path: Path) -> None:
    said = trials(proxy, neo4j_emptied, tmp_path, 1, len(FAULTS), FAULTS)
    assert said.count("done") > len(FAULTS) // 2


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_or_doubled_in_fifty_trials(
    proxy: Proxy, neo4j_emptied: Any, tmp_path: Path, seed: int
) -> None:
    trials(proxy, neo4j_emptied, tmp_path, seed, 50)
