"""Settings: flag over environment over file over default, and where each came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from plasticdb import BadInput
from plasticdb.config import resolve


def test_the_nearest_says_what_a_setting_is(tmp_path: Path) -> None:
    def found(flags: dict[str, str | None], environ: dict[str, str]) -> tuple[str | None, str]:
        value = resolve(flags, environ, tmp_path)["db"]
        return value.value, value.origin

    assert found({}, {}) == ("plasticdb.db", "default")
    (tmp_path / "plasticdb.toml").write_text('db = "file.db"\ntimeout = 5\n')
    assert found({}, {}) == ("file.db", "plasticdb.toml")
    assert found({}, {"NEO4J_URI": "bolt://h"}) == ("bolt://h", "NEO4J_URI")
    assert found({}, {"PLASTICDB_DB": "env.db", "NEO4J_URI": "bolt://h"}) == ("env.db", "PLASTICDB_DB")
    assert found({"db": "flag.db"}, {"PLASTICDB_DB": "env.db"}) == ("flag.db", "--db")
    assert resolve({}, {}, tmp_path)["timeout"].value == "5"


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    password = resolve({}, {"NEO4J_PASSWORD": "hunter2"}, tmp_path)["password"]
    assert (password.value, password.shown) == ("hunter2", "(set)")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("db = ", "cannot be used"),
        ("dbb = 'x'", "has the setting 'dbb', which there is not"),
        ("db = [1]", "must be a text or a number"),
    ],
)
def test_a_bad_file_is_an_error_in_words(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "plasticdb.toml").write_text(text)
    with pytest.raises(BadInput, match=message):
        resolve({}, {}, tmp_path)
