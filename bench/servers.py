"""Servers that are measured: one that is there, or one started for that."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plasticdb import Migrations

from .data import ROOT


@contextmanager
def postgresql() -> Iterator[str | None]:
    """The address of a new PostgreSQL with all tables; None where it is not installed."""
    sys.path.insert(0, str(ROOT))
    from tests import postgres_server

    if postgres_server.binaries() is None:
        print("NOT MEASURED on PostgreSQL: it is not installed")
        yield None
        return
    with postgres_server.started() as url:
        where = url.render_as_string(hide_password=False)
        Migrations.open(where).up()
        yield where


@contextmanager
def neo4j(folder: Path) -> Iterator[tuple[str, str, str] | None]:
    """Where a Neo4j is (NEO4J_URI, else one started here), its user and password; None where there is none."""
    if uri := os.environ.get("NEO4J_URI"):
        yield uri, os.environ.get("NEO4J_USERNAME", "neo4j"), os.environ.get("NEO4J_PASSWORD", "")
        return
    sys.path.insert(0, str(ROOT / "docker"))
    import neo4j_server

    if reason := neo4j_server.available():
        print(f"NOT MEASURED on Neo4j: NEO4J_URI is not set, and {reason}")
        yield None
        return
    server = neo4j_server.start(folder / "neo4j", secrets.token_hex(16))
    try:
        yield server.uri, server.username, server.password
    finally:
        server.stop()
