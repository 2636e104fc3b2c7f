"""An agent's notes over five days, each day a process of its own: what helped lives, what didn't dies, and what happened
together comes back together.

    python examples/agent_memory.py [DATABASE]

Each hour something happens. The agent asks its memory first, says what of that helped (it lives longer then), and takes
notes. Nothing else is kept between the days: `python examples/agent_memory.py DATABASE 3` is the third one alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from plasticdb import PlasticDB
from plasticdb.engram.embed import NGrams
from plasticdb.engram.memory import EngramMemory

DIMENSION = 256
LIVES, LONGER = 8, 24
"""Ticks (hours) that a new note lives, and that one which helped lives longer."""

# What happens each hour: the problem that it is about, if any, and the notes that are taken; the first is what was seen.
DAYS = [
    [
        ("web", ["web-3 answers with error 500", "old logs fill up the disk under /var; logrotate was switched off"]),
        ("", ["the coffee machine on floor 2 has no beans"]),
        ("mail", ["mail to Ann comes back", "her new address begins with a.lee"]),
        ("", ["lunch is late today"]),
    ],
    [
        ("web", ["web-3 answers with error 500 again", "switched logrotate on and removed what was old under /var"]),
        ("", ["the printer on floor 1 jams"]),
        ("", ["soup for lunch"]),
        ("", ["the lift is being serviced"]),
    ],
    [
        ("", ["the meeting moved to ten"]),
        ("mail", ["another mail to Ann comes back", "told everyone how to write to her"]),
        ("", ["paper for the printer arrived"]),
        ("", ["rice for lunch"]),
    ],
    [
        ("", ["the lift works"]),
        ("", ["the meeting moved to eleven"]),
        ("", ["the tea on floor 2 is out"]),
        ("", ["soup once more"]),
    ],
    [
        ("web", ["web-5 answers with error 500"]),
        ("mail", ["a letter to Ann comes back"]),
    ],
]


def hour(notes: EngramMemory, about: str, taken: list[str]) -> None:
    """Something happens: recall, say what helped, take notes, and let the hour pass."""
    embed = NGrams(DIMENSION)
    print(f"  {taken[0]}")
    found = notes.recall(embed(taken[:1])[0], k=4)
    helped = [one for one in found if about and one.payload["about"] == about]
    said = {one.id: one.payload["text"] for one in found}
    for one in helped:
        why = f"is like this ({one.distance:.2f})" if one.why == "near" else f"came with {said[one.via]!r}"
        print(f"    recalled: {one.payload['text']}\n      it {why}; {one.level}, {one.lifespan:.0f} hours to live")
    if helped:
        notes.reward({one.id: LONGER for one in helped})
    notes.remember(embed(taken), [{"text": text, "about": about} for text in taken])
    notes.remind()
    notes.tick()


def day(database: str, number: int) -> None:
    """The hours of a day."""
    print(f"\nDay {number}")
    with PlasticDB.open(database) as db:
        notes = db.engrams("notes", dimension=DIMENSION, lifespan=LIVES)
        for about, taken in DAYS[number - 1]:
            hour(notes, about, taken)


def evening(database: str) -> None:
    """What is left after the last day, as anyone can ask the graph."""
    with PlasticDB.open(database) as db:
        tick = db.memory("notes").stats()["tick"]
        rows = db.query("MATCH (e:Engram) RETURN e.payload AS payload, e.expires_at AS until ORDER BY e.number")
        alive = {json.loads(row["payload"])["text"]: row["until"] - tick for row in rows}
    print("\nIn the end")
    for number, hours in enumerate(DAYS, 1):
        for text in (text for _, taken in hours for text in taken):
            print(
                f"  day {number}  {f'{alive[text]:3.0f} hours to live' if text in alive else 'dead'.rjust(17)}  {text}"
            )


def main() -> None:
    match sys.argv[1:]:
        case [database, number]:
            day(database, int(number))
        case [database]:
            for number in range(1, len(DAYS) + 1):
                subprocess.run([sys.executable, __file__, database, str(number)], check=True)
            evening(database)
        case _:
            with tempfile.TemporaryDirectory() as folder:
                sys.argv[1:] = [str(Path(folder) / "agent.db")]
                main()


if __name__ == "__main__":
    main()
