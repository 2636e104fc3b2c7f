"""The verbs of a database that ask all of its memories or bring them forward: sessions, query, schema, sync and migrate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from . import checks
from .checks import called, flag, optional, seconds
from .errors import BadMemory, Forgotten, PlasticDBError, Stuck
from .journal import history
from .kinds import described
from .memory.base import Progress
from .migrating import Migrations
from .moving import Moving

__all__ = ["Database"]


class Database(Moving):
    """A handle whose verbs are about all memories."""

    def sessions(self) -> list[dict[str, Any]]:
        """The sessions that wrote to any memory, and how many events of each kind."""
        return history.sessions(self._journal)

    def query(
        self,
        cypher: str,
        parameters: Mapping[str, Any] | None = None,
        /,
        *,
        timeout: float | None = None,
        explain: bool = False,
        **more: Any,
    ) -> Iterator[dict[str, Any]]:
        """The rows of a read-only Cypher query, as they come.

        Parameters
        ----------
        parameters, more
            What `$name` stands for in the query: JSON values.
        timeout
            Seconds until it is given up.
        explain
            How the engine would find them, instead.

        Raises
        ------
        BadInput
            It is no Cypher, it writes, its parameters are not these, or it does not run on this store (docs/cypher.md).
        Unavailable
            It took longer than `timeout`.

        Examples
        --------
        >>> from plasticdb import PlasticDB
        >>> with PlasticDB.open(":memory:") as db:
        ...     names = db.sequence("names").learn_many(["emma", "emily"])
        ...     list(db.query("MATCH (c:Concept {text: $text, chain: 'prefix'}) RETURN c.count AS samples", text="em"))
        [{'samples': 2}]
        """
        from .cypher import engine

        values = checks.parameters({} if parameters is None else parameters) | checks.parameters(more)
        timeout, explain = optional(seconds, "timeout", timeout), flag("explain", explain)
        self._check()
        return engine.rows(self._store, cypher, values, timeout=timeout, explain=explain)

    def schema(self) -> list[dict[str, Any]]:
        """What is in the graph: of each label and relationship type how many, its properties, their types and meaning."""
        self._check()
        counts = self._store.counts()
        return [
            {"part": shown, "count": counts[name], "property": p.name, "type": p.type, "meaning": p.doc}
            for name, shown, properties in described()
            for p in properties
        ]

    def sync(self, progress: Progress | None = None) -> dict[str, int]:
        """Apply what the journal has and the graph lacks, of all memories; the number of events of each.

        One that is dropped meanwhile is left out. One that cannot catch up, or whose kind is unknown, is an error when
        the others have.
        """
        progress = optional(called, "progress", progress)
        self._check()
        done: dict[str, int] = {}
        failed: PlasticDBError | None = None
        for row in self._journal.memories():
            try:
                done[row.name] = self.memory(row.name).sync(progress)
            except BadMemory as error:
                if self._journal.now(row) is not None:
                    failed = failed or error
            except (Forgotten, Stuck) as error:
                failed = failed or error
        if failed is not None:
            raise failed
        return done

    def migrations(self) -> list[tuple[str, bool]]:
        """(name, applied) of every migration of journal and graph."""
        return Migrations(self._journal.engine, self._store).status()

    def migrate(self) -> list[str]:
        """Bring journal and graph to this version's schema; the names of the migrations that were applied."""
        return Migrations(self._journal.engine, self._store).up()
