"""What a sample costs when much is learned already, and how much memory a long stream takes."""

from __future__ import annotations

from pathlib import Path

from .data import synthetic
from .report import Figure, child, tell

GROW = """
import sys, time
from itertools import islice
from bench.data import synthetic
from plasticdb import PlasticDB
path, total, parts = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
samples = synthetic(total + 110_000, parts)
def learn(memory, count):
    some = list(islice(samples, count))
    began = time.perf_counter()
    memory.learn_many(some)
    return (time.perf_counter() - began) / count * 1e6
with PlasticDB.open(path) as db:
    memory = db.sequence("m")
    learn(memory, 10_000)
    print(learn(memory, 50_000))
    left = total - 60_000
    while left > 0:
        learn(memory, min(50_000, left))
        left -= 50_000
    print(learn(memory, 50_000))
"""

STREAM = """
import resource, sys
from plasticdb import PlasticDB
with PlasticDB.open(sys.argv[1]) as db:
    done = db.sequence("m").ingest(["-"])
print(done.learned, done.seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def cost(folder: Path, total: int) -> None:
    """Microseconds a sample for 50,000 samples: with 10,000 learned already, and with `total`."""
    for parts, what, goal in ((1, "made-up names", 1.3), (2, "two names joined (12 symbols, hardly any twice)", 1.4)):
        early, late = child(GROW, str(folder / f"growth{parts}.db"), str(total), str(parts))
        tell(
            Figure(f"a sample at 10,000 learned: {what}", early, "us"),
            Figure(f"  at {total:,} learned", late, "us"),
            Figure("  ratio", late / early, "x", goal),
        )


def stream(folder: Path, total: int) -> None:
    """Peak memory of learning samples from standard input."""
    file = folder / "stream.txt"
    with file.open("w") as out:
        out.writelines(f"{sample}\n" for sample in synthetic(total))
    learned, took, peak = child(STREAM, str(folder / "stream.db"), stdin=str(file))
    tell(
        Figure(f"{learned:,.0f} samples streamed from stdin: peak memory", peak, "MB", 1500),
        Figure("  in", took, "s"),
    )
