"""Where settings come from: a flag, else the environment, else plasticdb.toml, else the default; and which it was."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import BadInput

__all__ = ["SETTINGS", "Setting", "Value", "resolve"]

FILE = "plasticdb.toml"


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
    value: str | None
    origin: str

    @property
    def shown(self) -> str:
        """The value as it may be printed."""
        if self.setting.secret:
            return "(set)" if self.value else "(not set)"
        return "(none)" if self.value is None else self.value


SETTINGS = (
    Setting(
        "db",
        ("PLASTICDB_DB", "NEO4J_URI"),
        "plasticdb.db",
        "the graph: a path, sqlite:///FILE, postgresql+psycopg://..., neo4j://HOST or bolt://HOST",
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
    Setting("username", ("NEO4J_USERNAME",), "neo4j", "who logs in to Neo4j"),
    Setting("password", ("NEO4J_PASSWORD",), None, "the password for Neo4j (never a flag)", secret=True),
    Setting("database", ("NEO4J_DATABASE",), None, "the database in Neo4j (default: that of the URL, else neo4j)"),
)


def resolve(
    flags: Mapping[str, str | None], environ: Mapping[str, str] | None = None, folder: Path | None = None
) -> dict[str, Value]:
    """The value of every setting with its origin; raises BadInput where plasticdb.toml cannot be used."""
    environ = os.environ if environ is None else environ
    written = _read((folder or Path()) / FILE)
    return {setting.name: _resolve(setting, flags.get(setting.name), environ, written) for setting in SETTINGS}


def _resolve(setting: Setting, flag: str | None, environ: Mapping[str, str], written: Mapping[str, str]) -> Value:
    if flag is not None:
        return Value(setting, flag, f"--{setting.name}")
    for variable in setting.variables:
        if environ.get(variable):
            return Value(setting, environ[variable], variable)
    if setting.name in written:
        return Value(setting, written[setting.name], FILE)
    return Value(setting, setting.default, "default")


def _read(file: Path) -> dict[str, str]:
    try:
        written = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{file} cannot be used ({error}); mend it or remove it") from None
    known = [setting.name for setting in SETTINGS]
    for name, value in written.items():
        if name not in known:
            raise BadInput(f"{file} has the setting {name!r}, which there is not; the settings are: {', '.join(known)}")
        if not isinstance(value, str | int | float):
            raise BadInput(f"{file}: {name} must be a text or a number")
    return {name: str(value) for name, value in written.items()}
