"""An agent's notes over five days, each day a process of its own: what helped lives, what didn't dies, what happened together
comes back together, and what it is asked to forget is gone.

    python examples/agent_memory.py [DATABASE]

Each hour something happens. The agent asks its memory before it answers, says what of that helped (it lives longer then), and
notes each turn in the day's stream. Nothing else is kept between the days: `python examples/agent_memory.py DATABASE 3` is the
third one alone.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from plasticdb import PlasticDB
from plasticdb.engram.memory import EngramMemory

LIVES, LONGER = 8, 24
"""Ticks (hours) that a new note lives, and that one which helped lives longer. Without a lifespan all would stay."""

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


def hour(notes: EngramMemory, about: str, turns: list[str], stream: str) -> None:
    """Something happens: recall, say what helped, note the turns, and let the hour pass."""
    print(f"  {turns[0]}")
    helped = [one for one in notes.recall(turns[0], k=6) if about and one.payload["about"] == about]
    for one in helped:
        came = "is like this" if one.via is None else f"came with {notes.get(one.via).text!r}"
        print(f"    recalled: {one.text}\n      it {came}; {one.level}, {one.lifespan:.0f} hours to live")
    if helped:
        notes.reward({one.id: LONGER for one in helped})
    notes.remember(turns, [{"about": about}] * len(turns), stream=stream)
    notes.remind()
    notes.tick()


def day(database: str, number: int) -> None:
    """The hours of a day."""
    print(f"\nDay {number}")
    with PlasticDB.open(database) as db:
        notes = db.engrams("notes", embedder="ngrams", lifespan=LIVES)
        for about, turns in DAYS[number - 1]:
            hour(notes, about, turns, f"day {number}")


def evening(database: str) -> None:
    """What is left after the last day; and then Ann asks to be forgotten."""
    with PlasticDB.open(database) as db:
        notes = db.engrams("notes")
        alive = {one.text: one.lifespan for one in notes.list()}
        print("\nIn the end")
        for number, hours in enumerate(DAYS, 1):
            for text in (text for _, turns in hours for text in turns):
                left = f"{alive[text]:3.0f} hours to live" if text in alive else "dead".rjust(17)
                print(f"  day {number}  {left}  {text}")
        gone = notes.forget(where={"about": "mail"}, erase=True)
        print(
            f"\nAnn asks to be forgotten\n  {len(gone.ids)} notes are gone, with {gone.texts} texts; left: {gone.left}"
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
