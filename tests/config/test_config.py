"""Settings: flag over environment over file over default, where each came from, and the page about them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plasticdb import BadInput, PlasticDB
from plasticdb.config.files import addresses, resolve
from plasticdb.config.settings import SETTINGS, VARIABLES

from ..pages import script

ROOT = Path(__file__).parents[2]


def test_the_nearest_says_what_a_setting_is(tmp_path: Path) -> None:
    def found(flags: dict[str, str | None], environ: dict[str, str]) -> tuple[str | None, str]:
        value = resolve(flags, environ, tmp_path)["db"]
        return value.value, value.origin

    assert found({}, {}) == ("plasticdb.db", "default")
    (tmp_path / "plasticdb.toml").write_text('db = "file.db"\ntimeout = 5\n')
    assert found({}, {}) == ("file.db", "plasticdb.toml")
    assert found({}, {"PLASTICDB_DB": "env.db"}) == ("env.db", "PLASTICDB_DB")
    assert found({"db": "flag.db"}, {"PLASTICDB_DB": "env.db"}) == ("flag.db", "--db")
    assert resolve({}, {}, tmp_path)["timeout"].value == "5"


def test_neo4j_uri_alone_opens_nothing(tmp_path: Path) -> None:
    def opened(environ: dict[str, str], **flags: str) -> str:
        return addresses(resolve(flags, environ, tmp_path), None, environ, tmp_path)[0]

    there = {"NEO4J_URI": "bolt://h"}
    assert opened(there) == "plasticdb.db"
    assert opened(there, db="neo4j") == "bolt://h"
    assert opened(there | {"PLASTICDB_DB": "neo4j"}) == "bolt://h"
    (tmp_path / "plasticdb.toml").write_text('db = "neo4j"\n')
    assert opened(there) == "bolt://h"
    assert addresses(resolve({}, there, tmp_path), ("neo4j", "j.db"), there, tmp_path) == ("bolt://h", "j.db")
    with pytest.raises(BadInput, match=r"NEO4J_URI is not set: set it, or give the address \(--db neo4j://HOST\)"):
        opened({})
    with pytest.raises(BadInput, match="NEO4J_URI is 'http://h', which is not the address of a Neo4j"):
        opened({"NEO4J_URI": "http://h"})


def test_python_has_no_settings() -> None:
    with pytest.raises(BadInput, match="'neo4j' alone is not an address: write neo4j://HOST"):
        PlasticDB.open("neo4j")


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    password = resolve({}, {"NEO4J_PASSWORD": "hunter2"}, tmp_path)["password"]
    assert (password.value, password.shown) == ("hunter2", "(set)")
    for url in ("postgresql://ann:hunter2@h/d", "bolt://ann:hunter 2 hunter2@h", "postgresql://h/d?password=hunter2"):
        value = resolve({"db": url}, {}, tmp_path)["db"]
        assert value.value == url
        assert "***" in value.shown
        assert "hunter2" not in value.shown + repr(value) + repr(password)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("db = ", "cannot be used"),
        ("dbb = 'x'", r"Unknown setting 'dbb' in .* \(did you mean 'db'\?\); known settings: db, journal, "),
        ("db = [1]", "must be a text or a number"),
        ("timeout = true", "must be a text or a number"),
    ],
)
def test_a_bad_file_is_an_error_in_words(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "plasticdb.toml").write_text(text)
    with pytest.raises(BadInput, match=message):
        resolve({}, {}, tmp_path)


def test_the_page_is_what_the_code_says() -> None:
    page = script("make_settings")
    assert page.PAGE.read_text("utf-8") == page.page(), "run: python docs/make_settings.py"


def test_every_variable_that_the_code_reads_is_on_the_page() -> None:
    known = {variable for setting in SETTINGS for variable in setting.variables} | VARIABLES.keys()
    code = "".join(file.read_text("utf-8") for part in ("plasticdb", "cli") for file in (ROOT / part).rglob("*.py"))
    read = {name for name in re.findall(r"\b(?:PLASTICDB|NEO4J)_[A-Z_]+\b", code) if not name.startswith("NEO4J_SCH")}
    assert read == {name for name in known if name.startswith(("PLASTICDB", "NEO4J"))}
