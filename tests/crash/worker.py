"""A process that does all deeds (`deeds.py`) in children: what the crash tests let be killed, or run out of disk.

    python worker.py kill DB JOURNAL FOLDER STATES ROUNDS KILLS SEED
    python worker.py full DB JOURNAL FOLDER STATES ROUNDS BALLAST SEED

STATES is a file with where an undisturbed twin's journal was before each deed. `kill`: a child is killed at a random
moment, and the next one goes on, KILLS times. `full`: before each deed the file BALLAST takes all but a little of the
disk, at random; what then fails must say why, and is done again with room. Children are forked, since that is quick.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

# All that children need, and no connection: that would be shared.
from plasticdb import PlasticDB, PlasticDBError

sys.path.insert(0, str(Path(__file__).parent))
from deeds import Deed, State, begun, deeds, do, state

SAID = ("full", "room", "no space", "in the journal", "not fit", "cannot be", "i/o error")
"""Of which an error on a full disk says something."""


class Work:
    """What is to be done, on which database."""

    def __init__(self, db: str, journal: str, folder: str, states: str, rounds: str) -> None:
        self.place, self.folder = (db, journal), Path(folder)
        self.what: list[Deed] = deeds(int(rounds))
        self.states: list[State] = json.loads(Path(states).read_text())
        self.now = 0

    def opened(self) -> PlasticDB:
        login = {name: os.environ.get(f"NEO4J_{name.upper()}") for name in ("username", "password")}
        login = {name: value for name, value in login.items() if value}
        return PlasticDB.open(*self.place, timeout=120, clock=lambda: 1e6 + self.now, **login)  # type: ignore[arg-type]

    def begin(self, db: PlasticDB, least: int) -> int:
        """Catch up, and find the deed to go on with."""
        self.now = begun(self.states, state(db), least, self.what)
        db.sync()
        return self.now


def go_on(work: Work, least: int, told: Callable[[int], None]) -> None:
    with work.opened() as db:
        first = work.begin(db, least)
        for number in range(first, len(work.what)):
            work.now = number
            told(number)
            do(db, work.what[number], work.folder)
        told(len(work.what))


def killed(work: Work, kills: int, rng: random.Random) -> int:
    """Do all of it, killed again and again; how often, before it was done."""
    done, least, patience, died = 0, 0, 0.6, 0
    while done < len(work.what):
        reader, writer = os.pipe()
        child = _child(lambda: go_on(work, least, lambda number: os.write(writer, b"%d\n" % number) and None))  # noqa: B023
        os.close(writer)
        if died < kills:
            time.sleep(rng.uniform(0.02, patience))
            os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        with os.fdopen(reader) as told:
            reached = int((told.read().split() or [str(least)])[-1])
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            died += 1
        elif status:
            raise SystemExit(f"deed {reached} ({work.what[min(reached, len(work.what) - 1)].name}) failed")
        patience = patience * 1.3 if reached == least else max(0.6, patience * 0.9)
        done = least = reached
    return died


def without_room(work: Work, ballast: Path, rng: random.Random) -> Counter[str]:
    """Do all of it on a disk that is nearly full; how often each deed failed."""
    failed: Counter[str] = Counter()
    with work.opened() as db:
        number = work.begin(db, 0)
        while number < len(work.what):
            work.now, deed = number, work.what[number]
            _fill(ballast, rng.choice([0, 8, 32, 128, 512]) << 10)
            try:
                do(db, deed, work.folder)
            except PlasticDBError as error:
                if not any(word in str(error).lower() for word in SAID):
                    raise SystemExit(f"{deed.name} does not say that the disk is full: {error}") from error
                failed[deed.name] += 1
                ballast.unlink(missing_ok=True)
                number = work.begin(db, number)
                if failed[deed.name] % 2:  # else once more without room
                    do(db, work.what[number], work.folder)
                    number += 1
                continue
            number += 1
        ballast.unlink(missing_ok=True)
    return failed


def _fill(ballast: Path, left: int) -> None:
    """Take all of the disk but so many bytes."""
    ballast.unlink(missing_ok=True)
    disk = os.statvfs(ballast.parent)
    take = disk.f_bavail * disk.f_frsize - left
    if take > 0:
        with ballast.open("wb") as stream:
            os.posix_fallocate(stream.fileno(), 0, take)


def _child(work: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        work()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


def main() -> None:
    how, *place, last, seed = sys.argv[1:]
    work, rng = Work(*place), random.Random(int(seed))
    if how == "kill":
        print(killed(work, int(last), rng))
    else:
        print(json.dumps(without_room(work, Path(last), rng)))


if __name__ == "__main__":
    main()
