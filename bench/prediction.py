"""How well memories predict what they have not learned, beside others that take one pass: the tables of docs/prediction.md."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from plasticdb import PlasticDB
from plasticdb.sequence.asking.scoring import Score

from . import rivals, splits
from .splits import Split

__all__ = ["generated", "grown", "predicted", "whole"]

Row = tuple[str, ...]
MANY = "suffix 5, position 16, skip 1 of 4, skip 2 of 5, skip 3 of 6, first 3"
SETS: dict[str, tuple[tuple[str, int | None], ...]] = {
    "names": (("small", None), ("standard", None), (MANY, None)),
    "code": (("suffix 6", None), ("large", None), ("large", 1_000_000)),
    "events": (("small", None), ("standard", None), ("standard", 170_000)),
    "another world": (("standard", None), ("standard", 170_000)),
    "words": (("small", None), ("standard", None)),
}
"""The sets of views that are measured on each, and how many contexts may be left of them."""
ORDERS = (5, 8)
"""Of Kneser-Ney."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one memory made of one split: nats a symbol, its size, and seconds of the processor."""

    nats: float
    contexts: float
    synapses: float
    megabytes: float
    learned: float
    fitted: float
    scored: float

    @classmethod
    def mean(cls, several: Sequence[Measured]) -> Measured:
        """Of several splits."""
        return cls(*(statistics.mean(getattr(one, name) for one in several) for name in cls.__slots__))

    @property
    def row(self) -> Row:
        return (
            f"{self.nats:.4f}",
            f"{self.contexts:,.0f}",
            f"{self.synapses:,.0f}",
            f"{self.megabytes:.0f}",
            f"{self.learned:.1f}",
            f"{self.fitted:.1f}",
            f"{self.scored:.2f}",
        )


def remembered(folder: Path, split: Split, views: str | None = None, most: int | None = None) -> Measured:
    """One pass through the store: learn, leave so many contexts, fit, score."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        with PlasticDB.open(Path(name) / "m.db") as db:
            memory = db.sequence("m", tokenizer=split.tokenizer, views=views)
            learned = _seconds(lambda: memory.learn_many(split.learned, consolidate=False))
            if most is not None:
                learned += _seconds(lambda: memory.collapse(most))
            fitted = _seconds(memory.consolidate)
            scores: list[Score] = []
            scored = _seconds(lambda: scores.append(memory.score(split.held)))
            sizes, nats = memory.stats(), scores[0].nats_per_symbol
        size = sum(part.stat().st_size for part in Path(name).iterdir()) / 1e6
    return Measured(nats, sizes["contexts"], sizes["synapses"], size, learned, fitted, scored)


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def predicted(folder: Path, quick: bool) -> None:
    """Each data set: the memory with some sets of views, and the others."""
    data: dict[str, list[Split]] = {
        "names": [splits.names(seed) for seed in range(1 if quick else 5)],
        "code": [splits.code(3000 if quick else 30_000)],
        "events": [_some(splits.events(), quick)],
        "another world": [_some(splits.world(5), quick)],
        "words": [_some(splits.words(), quick)],
    }
    for name, several in data.items():
        title = several[0].name if len(several) == 1 else f"{name}, the mean of {len(several)} splits"
        rows = [
            (_told(views, most), *Measured.mean([remembered(folder, split, views, most) for split in several]).row)
            for views, most in SETS[name]
        ]
        rows += [
            (told, f"{nats:.4f}", *[""] * 6)
            for told, of in _others().items()
            if None not in (found := [of(split) for split in several]) and (nats := statistics.mean(found))  # type: ignore[type-var]
        ]
        _table((title, "nats a symbol", "contexts", "synapses", "MB", "learn, s", "fit, s", "score, s"), rows)
    _table(("makemore, as published", "nats a symbol"), [(k, f"{v:.4f}") for k, v in rivals.PUBLISHED.items()])


def whole(folder: Path, quick: bool) -> None:
    """All lines of code, in bits for each byte of what is held out."""
    split = splits.code(3000 if quick else None)
    found = {"the memory: large": remembered(folder, split, "large").nats, "PPMd": rivals.ppmd(split)}
    rows = [
        (told, f"{rivals.bits(nats, split):.3f}", f"{nats:.4f}") for told, nats in found.items() if nats is not None
    ]
    _table((split.name, "bits a byte", "nats a symbol"), rows)


def _told(views: str, most: int | None) -> str:
    return f"the memory: {views}{f', at most {most:,} contexts' if most else ''}"


def _others() -> dict[str, Callable[[Split], float | None]]:
    found: dict[str, Callable[[Split], float | None]] = {
        f"modified Kneser-Ney, order {order}": lambda split, order=order: rivals.kneser_ney(split, order)  # type: ignore[misc]
        for order in ORDERS
    }
    return found | {"PPMd": rivals.ppmd, "xz": rivals.xz}


def grown(folder: Path, quick: bool) -> None:
    """The same names held out, and ever more learned."""
    whole, rows = splits.names(0), []
    for count in (1000, 2000, 4000, 8000, 16_000, len(whole.learned)):
        split = replace(whole, learned=whole.learned[:count])
        ours, rest = remembered(folder, split), (rivals.kneser_ney(split), rivals.ppmd(split))
        rows.append((f"{count:,}", *(f"{nats:.4f}" for nats in (ours.nats, *rest) if nats is not None)))
        if quick:
            break
    _table(("names learned", "the memory", "modified Kneser-Ney, order 5", "PPMd"), rows)


def generated(folder: Path, quick: bool) -> None:
    """What it continues nothing with, beside what it learned: symbols, lengths, and how many are copies."""
    learned = splits.names(0).learned
    with PlasticDB.open(folder / "generated.db") as db:
        memory = db.sequence("names")
        memory.learn_many(learned)
        made = memory.complete("", 1000 if quick else 10_000, seed=1)
    fresh = set(made) - set(learned)
    copies = Counter(sample in fresh for sample in made)[False]
    of = {
        "symbols, total variation": rivals.variation(_symbols(made), _symbols(learned)),
        "lengths, total variation": rivals.variation([*map(len, made)], [*map(len, learned)]),
        "copies of what was learned": copies / len(made),
        "different ones": len(set(made)) / len(made),
    }
    _table((f"{len(made):,} names drawn at temperature 1", "%"), [(k, f"{100 * v:.2f}") for k, v in of.items()])


def _symbols(samples: Iterable[str]) -> list[str]:
    return list("".join(f"{sample}\n" for sample in samples))


def _some(split: Split, quick: bool) -> Split:
    return replace(split, learned=split.learned[:1000]) if quick else split


def _table(head: Row, rows: Sequence[Row]) -> None:
    """As Markdown, and a line at a time."""
    for row in (head, ("---",) * len(head), *rows):
        print(f"| {' | '.join(row)} |")
    print(flush=True)
