"""Which settings there are, and what one is."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..kit.masking import masked_address

__all__ = ["SETTINGS", "VARIABLES", "Setting", "Value"]


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting: its name (flag and key in the file), the environment variables it may come from, and its default."""

    name: str
    variables: tuple[str, ...]
    default: str | None
    doc: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """What a setting is, and where that came from."""

    setting: Setting
    value: str | None = field(repr=False)
    origin: str

    @property
    def shown(self) -> str:
        """The value as it may be printed."""
        if self.setting.secret:
            return "(set)" if self.value else "(not set)"
        return "(none)" if self.value is None else masked_address(self.value)


SETTINGS = (
    Setting(
        "db",
        ("PLASTICDB_DB",),
        "plasticdb.db",
        "the graph: a path, sqlite:///FILE, postgresql+psycopg://..., neo4j://HOST or bolt://HOST, or the word neo4j: "
        "the one in NEO4J_URI",
    ),
    Setting(
        "journal",
        ("PLASTICDB_JOURNAL",),
        None,
        "the journal: a path or SQL URL (default: the graph's own; beside Neo4j plasticdb-journal.db)",
    ),
    Setting(
        "timeout", ("PLASTICDB_TIMEOUT",), "30", "seconds to wait for a lock, or for a server that does not answer"
    ),
    Setting("wait", ("PLASTICDB_WAIT",), "0", "seconds to wait first for servers that are starting"),
    Setting(
        "uri",
        ("NEO4J_URI",),
        None,
        "the Neo4j that `--db neo4j` means; it never changes by itself what a command opens",
    ),
    Setting("username", ("NEO4J_USERNAME",), "neo4j", "who logs in to Neo4j"),
    Setting("password", ("NEO4J_PASSWORD",), None, "the password for Neo4j (never a flag)", secret=True),
    Setting("database", ("NEO4J_DATABASE",), None, "the database in Neo4j (default: that of the URL, else neo4j)"),
)

VARIABLES = {
    "PLASTICDB_TRUST": "folders, with : between them, whose plasticdb.toml is trusted: it may be another user's, and may "
    "name an address that a password from the environment goes to",
    "PLASTICDB_DEBUG": "any text: what goes wrong in plasticdb itself is shown with its traceback",
    "PGPASSWORD": "and PGPASSFILE, ~/.pgpass and the others of libpq: PostgreSQL's driver takes them by itself, where the "
    "address has no password",
}
"""What else the command takes from the environment."""
