"""Where settings come from: a flag, else the environment, else plasticdb.toml, else the default; and which it was."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import BadInput
from ..graph.neo4j.address import is_neo4j
from ..kit.texts import did_you_mean
from ..waiting import LONGEST_WAIT
from .settings import SETTINGS, Setting, Value
from .trust import check_owner, check_passwords

__all__ = ["addresses", "arguments", "resolve"]

FILE = "plasticdb.toml"
NEO4J = "neo4j"
"""The address that means: the Neo4j of NEO4J_URI."""


def resolve(
    flags: Mapping[str, str | None], environ: Mapping[str, str] | None = None, folder: Path | None = None
) -> dict[str, Value]:
    """The value of every setting with its origin; raises BadInput where plasticdb.toml cannot be used."""
    environ = os.environ if environ is None else environ
    written = _read((folder or Path()) / FILE, environ)
    return {setting.name: _resolve(setting, flags.get(setting.name), environ, written) for setting in SETTINGS}


def _resolve(setting: Setting, flag: str | None, environ: Mapping[str, str], written: Mapping[str, str]) -> Value:
    if flag is not None:  # --journal "" says that there is none, whatever the environment says
        return Value(setting, flag if flag or setting.default is not None else None, f"--{setting.name}")
    for variable in setting.variables:
        if environ.get(variable):
            return Value(setting, environ[variable], variable)
    if setting.name in written:
        return Value(setting, written[setting.name], FILE)
    return Value(setting, setting.default, "default")


def addresses(
    settings: Mapping[str, Value],
    other: tuple[str, str | None] | None = None,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> tuple[str, str | None]:
    """The addresses of graph and journal: those of the settings, or an `other` pair that was typed.

    Raises
    ------
    BadInput
        One is not known, or a password would go where it must not (trust.py).
    """
    graph, journal = settings["db"], settings["journal"]
    if other is not None:
        graph, journal = Value(graph.setting, other[0], "--to"), Value(journal.setting, other[1], "--to-journal")
    if graph.value == NEO4J:
        graph = _neo4j(settings["uri"])
    environ = os.environ if environ is None else environ
    check_passwords((graph, journal), settings["password"], (folder or Path()) / FILE, environ)
    return graph.value or "", journal.value


def arguments(settings: Mapping[str, Value], other: tuple[str, str | None] | None = None) -> dict[str, Any]:
    """What `PlasticDB.open` and `Migrations.open` take, by the settings; `other` as in `addresses`.

    Raises
    ------
    BadInput
        A setting cannot be used.
    """
    graph, journal = addresses(settings, other)
    return {
        "db": graph,
        "journal": journal,
        "username": settings["username"].value or "",
        "password": settings["password"].value,
        "database": settings["database"].value,
        "timeout": _seconds(settings["timeout"]),
        "wait": _seconds(settings["wait"]),
    }


def _seconds(setting: Value) -> float:
    try:
        asked = float(setting.value or "")
        if 0 <= asked <= LONGEST_WAIT:
            return asked
    except ValueError:
        pass
    name = setting.setting.name
    raise BadInput(f"{name} must be a number of seconds from 0 to {LONGEST_WAIT:,}, not {setting.value!r}")


def _neo4j(uri: Value) -> Value:
    if not uri.value:
        raise BadInput(
            "`--db neo4j` is the Neo4j that NEO4J_URI names, and NEO4J_URI is not set: set it, or give the address "
            "(--db neo4j://HOST); a file of that name is ./neo4j"
        )
    if not is_neo4j(uri.value):
        raise BadInput(
            f"{uri.origin} is {uri.shown!r}, which is not the address of a Neo4j; write neo4j://HOST or bolt://HOST:PORT"
        )
    return uri


def _read(file: Path, environ: Mapping[str, str]) -> dict[str, str]:
    try:
        with file.open("rb") as stream:
            check_owner(file, stream.fileno(), environ)
            written = tomllib.load(stream)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{file} cannot be used ({error}); mend it or remove it") from None
    known = [setting.name for setting in SETTINGS]
    for name, value in written.items():
        if name not in known:
            hint = did_you_mean(name, known)
            raise BadInput(f"Unknown setting {name!r} in {file}{hint}; known settings: {', '.join(known)}")
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise BadInput(f"{file}: {name} must be a text or a number")
    return {name: str(value) for name, value in written.items()}
