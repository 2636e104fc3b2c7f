"""A process that copies a memory in small batches: what the crash tests start and kill.

    python copier.py DB JOURNAL TO TO_JOURNAL BATCH [journal|graph]

The last word makes it kill itself in the middle of the second batch of events, or of the second one of the graph.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from learner import dying, kill_myself

from plasticdb import PlasticDB
from plasticdb.transfer import copy


def main() -> None:
    db, journal, to, to_journal, batch, *when = sys.argv[1:]
    login = {"username": os.environ.get("NEO4J_USERNAME", "neo4j"), "password": os.environ.get("NEO4J_PASSWORD")}
    with (
        PlasticDB.open(db, journal, timeout=120, **login) as source,  # type: ignore[arg-type]
        PlasticDB.open(to, to_journal, timeout=120, **login) as target,  # type: ignore[arg-type]
    ):
        if when == ["graph"]:
            dying(target._store, "after", 2)
        if when == ["journal"]:
            real, calls = copy._write, []

            def write(*what: Any) -> None:
                real(*what)
                calls.append(what)
                if len(calls) == 2:  # written, and not committed
                    kill_myself()

            copy._write = write
        source.copy(target, "m", batch=int(batch))


if __name__ == "__main__":
    main()
