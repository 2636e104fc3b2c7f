"""A process that lets another embedder make the vectors of the memory `n` again, in small steps.

    python embedder.py DB JOURNAL DIMENSION [before|after]

With a last word it kills itself before or after its first step into the graph. Names and passwords of a Neo4j come from the
environment.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from plasticdb import PlasticDB
from plasticdb.engram import embedding, reembedding

sys.path.insert(0, str(Path(__file__).parent))
from learner import dying


def main() -> None:
    url, journal, dimension, *when = sys.argv[1:]
    embedding._AT_ONCE, reembedding._LARGEST = 2, 3 * int(dimension)
    login = {"username": os.environ.get("NEO4J_USERNAME", "neo4j"), "password": os.environ.get("NEO4J_PASSWORD")}
    with PlasticDB.open(url, journal, timeout=120, **login) as db:
        if when:
            dying(db._store, when[0], 1)
        db.engrams("n", batch=2).reembed("ngrams", dimension=int(dimension))


if __name__ == "__main__":
    main()
