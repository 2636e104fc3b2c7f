"""An agent's notes over five days, each day a process of its own: what helped lives, what didn't dies, and what happened
together comes back together.

    python examples/agent_memory.py [DATABASE]

Each hour something happens. The agent asks its memory first, says what of that helped (it lives longer then), and takes
notes. Nothing else is kept between the days: `python examples/agent_memory.py DATABASE 3` is the third one alone.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from plasticdb import EngramMemory, PlasticDB
from plasticdb.engram.embed import NGrams

DIMENSION = 256
LIVES, LONGER = 8, 24
"""Ticks (hours) that a new note lives, and that one which helped lives longer."""

# What happens each hour: what it is about, and the notes that are taken of it. The first of them is what the agent saw.
DAYS = [
    [
        ("web", ["web-3 answers with error 500", "old logs fill up the disk under /var; logrotate was switched off"]),
        ("coffee", ["the coffee machine on floor 2 has no beans"]),
        ("mail", ["mail to Ann comes back", "her new address begins with a.lee"]),
        ("lunch", ["lunch is late today"]),
    ],
    [
        ("web", ["web-3 answers with error 500 again", "switched logrotate on and removed what was old under /var"]),
        ("printer", ["the printer on floor 1 jams"]),
        ("lunch", ["soup for lunch"]),
        ("lift", ["the lift is being serviced"]),
    ],
    [
        ("meeting", ["the meeting moved to ten"]),
        ("mail", ["another mail to Ann comes back", "told everyone how to write to her"]),
        ("printer", ["paper for the printer arrived"]),
        ("lunch", ["rice for lunch"]),
    ],
    [
        ("lift", ["the lift works"]),
        ("meeting", ["the meeting moved to eleven"]),
        ("coffee", ["the tea on floor 2 is out"]),
        ("lunch", ["soup once more"]),
    ],
    [
        ("web", ["web-5 answers with error 500"]),
        ("mail", ["a letter to Ann comes back"]),
    ],
]


def hour(notes: EngramMemory, about: str, taken: list[str]) -> None:
    """Something happens: recall, say what helped, take notes, and let the hour pass."""
    embed = NGrams(DIMENSION)
    print(f"\n  {taken[0]}")
    found = notes.recall(embed(taken[:1])[0], k=4) if notes.stats()["tick"] else []
    texts = {one.id: one.payload["text"] for one in found}
    helped = [one for one in found if one.payload["about"] == about]
    for one in helped:
        why = f"it is like this ({one.distance:.2f})" if one.why == "near" else f"it came with {texts[one.via]!r}"
        print(f"    -> {one.payload['text']}\n       {one.level}, {one.lifespan:.0f} hours left; {why}")
    notes.reward({one.id: LONGER for one in helped})
    notes.remember(embed(taken), [{"text": text, "about": about} for text in taken])
    notes.remind()
    notes.tick()


def day(database: str, number: int) -> None:
    """All hours of a day."""
    with PlasticDB.open(database) as db:
        notes = db.engrams("notes", dimension=DIMENSION, lifespan=LIVES, near=0, capacity=4)
        print(f"\nDay {number}: {sum(notes.stats()[level] for level in ('working', 'short', 'long'))} notes are alive")
        for about, taken in DAYS[number - 1]:
            hour(notes, about, taken)


def last_words(database: str) -> None:
    """Who lived, and who died when."""
    with PlasticDB.open(database) as db:
        print("\nWhat became of the notes of the first two days:")
        for row in db._journal and []:
            print(row)


def main() -> None:
    match sys.argv[1:]:
        case [database, number]:
            day(database, int(number))
        case [database]:
            for number in range(1, len(DAYS) + 1):
                subprocess.run([sys.executable, __file__, database, str(number)], check=True)
            last_words(database)
        case _:
            with tempfile.TemporaryDirectory() as folder:
                sys.argv[1:] = [str(Path(folder) / "agent.db")]
                main()


if __name__ == "__main__":
    main()
