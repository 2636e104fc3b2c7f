"""The copy task: a sequence of items, 64 random bits each, is written into 16 slots of a transform memory, and copied.

    python examples/copy_task.py

Each item is written once, under an address of 64 random numbers. Consolidated, sixteen linear transforms answer for all of
them: a transform of 64 numbers maps 65 addresses to 65 items exactly, so 1,024 items are nearly as many as there can be.
Nothing is trained. The pairs themselves go to an archive, in the order in which they were written: from an address with
noise the sequence is followed to its end.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from plasticdb import PlasticDB
from plasticdb.transform.memory import TransformMemory

BITS, SLOTS, SHOWN = 64, 16, 4
Floats = NDArray[np.float64]


def sequence(items: int) -> tuple[Floats, Floats]:
    """So many addresses, and the items that stand there: bits as -1 and 1."""
    rng = np.random.default_rng(items)
    return rng.normal(size=(items, BITS)), rng.choice([-1.0, 1.0], size=(items, BITS))


def drawn(bits: Floats) -> str:
    """An item as a line of text."""
    return "".join("█" if bit > 0 else "·" for bit in bits)


def followed(memory: TransformMemory, addresses: Floats, items: Floats) -> float:
    """The share of items that come in their turn, from the first address with noise as long as a fifth of it."""
    cue = addresses[0] + np.random.default_rng(0).normal(scale=0.2, size=BITS)
    found = memory.recall_forward(cue, steps=len(items) - 1)
    return float(np.mean([np.array_equal(one.value, item) for one, item in zip(found, items, strict=True)]))


def copied(db: PlasticDB, count: int) -> None:
    """Write a sequence, consolidate it, and say what comes back."""
    addresses, items = sequence(count)
    memory = db.transforms(f"copy {count}", key_dimension=BITS, value_dimension=BITS)
    memory.write(addresses, items, stream="sequence")
    memory.consolidate(budget=SLOTS)
    copy = np.sign(memory.read_many(addresses))
    stats, right = memory.stats(), float(np.mean(copy == items))
    print(
        f"{count:5,} items  {stats['slots']:3} slots  {right:8.3%} of the bits come back  "
        f"{followed(memory, addresses, items):6.1%} of the items in their turn"
    )
    if count == 256:
        for i in range(SHOWN):
            print(f"    item {i}  {drawn(items[i])}\n    copy    {drawn(copy[i])}")


def main() -> None:
    with PlasticDB.open(":memory:") as db:
        for count in (256, 768, 1_024):
            copied(db, count)


if __name__ == "__main__":
    main()
