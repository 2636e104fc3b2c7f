"""A plasticdb.toml that somebody else may have written takes no password of ours elsewhere."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from plasticdb import BadInput
from plasticdb.config.files import addresses, resolve

PASSWORD = {"NEO4J_PASSWORD": "hunter2"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Path:
    """A home without a .pgpass, and the folder of the file."""
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    return tmp_path / "home"


def opened(tmp_path: Path, text: str, environ: Mapping[str, str], **flags: str) -> tuple[str, str | None]:
    """What is opened in a folder whose plasticdb.toml has this text."""
    (tmp_path / "work" / "plasticdb.toml").write_text(text)
    there = {"HOME": str(tmp_path / "home")} | environ
    return addresses(resolve(flags, there, tmp_path / "work"), None, there, tmp_path / "work")


def test_a_password_of_the_environment_does_not_go_to_an_address_of_the_file(tmp_path: Path) -> None:
    text = 'db = "bolt://elsewhere"\n'
    with pytest.raises(BadInput, match=r"names bolt://elsewhere, and NEO4J_PASSWORD is not sent .*\(--db\)") as refused:
        opened(tmp_path, text, PASSWORD)
    assert f"say `export PLASTICDB_TRUST={tmp_path / 'work'}`" in str(refused.value)
    assert "hunter2" not in str(refused.value)
    with pytest.raises(BadInput, match="is not sent"):
        opened(tmp_path, 'db = "neo4j"\nuri = "bolt://elsewhere"\n', PASSWORD)


def test_it_goes_where_we_said_ourselves(tmp_path: Path) -> None:
    text = 'db = "bolt://elsewhere"\n'
    trusted = {"PLASTICDB_TRUST": f"/some/where:{tmp_path / 'work'}"}
    assert opened(tmp_path, text, PASSWORD | trusted) == ("bolt://elsewhere", None)
    assert opened(tmp_path, text, PASSWORD | {"PLASTICDB_DB": "bolt://ours"}) == ("bolt://ours", None)
    assert opened(tmp_path, text, PASSWORD, db="bolt://ours") == ("bolt://ours", None)
    ours = PASSWORD | {"NEO4J_URI": "bolt://ours"}
    assert opened(tmp_path, 'db = "neo4j"\n', ours) == ("bolt://ours", None)


def test_what_needs_no_password_of_ours_is_opened(tmp_path: Path) -> None:
    own = 'db = "bolt://elsewhere"\npassword = "its own"\n'
    assert opened(tmp_path, own, {}) == ("bolt://elsewhere", None)
    assert opened(tmp_path, 'db = "bolt://elsewhere"\n', {}) == ("bolt://elsewhere", None)
    assert opened(tmp_path, 'db = "here.db"\n', PASSWORD) == ("here.db", None)


@pytest.mark.parametrize("name", ["db", "journal"])
def test_nor_does_what_postgresqls_driver_takes_by_itself(tmp_path: Path, home: Path, name: str) -> None:
    text = f'{name} = "postgresql+psycopg://ann@elsewhere/d"\n'
    with pytest.raises(BadInput, match=rf"the password of PGPASSWORD is not sent .*\(--{name}\)"):
        opened(tmp_path, text, {"PGPASSWORD": "hunter2"})
    with pytest.raises(BadInput, match="the password of its service is not sent"):
        opened(tmp_path, f'{name} = "postgresql+psycopg://elsewhere/d?service=ours"\n', {})
    assert "elsewhere" in str(opened(tmp_path, text, {}))
    (home / ".pgpass").write_text("*:*:*:*:hunter2")
    with pytest.raises(BadInput, match=r"a password of .*pgpass is not sent"):
        opened(tmp_path, text, {})
    own = f'{name} = "postgresql+psycopg://ann:own@elsewhere/d"\n'
    assert "elsewhere" in str(opened(tmp_path, own, {"PGPASSWORD": "hunter2"}))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
@pytest.mark.parametrize("given", ["the file", "a link to ours"])
def test_the_file_of_another_user_is_not_read(tmp_path: Path, given: str) -> None:
    file, text = tmp_path / "work" / "plasticdb.toml", 'db = "theirs.db"\n'
    if given == "the file":
        file.write_text(text)
        shutil.chown(file, 65534)
    else:
        (tmp_path / "ours.toml").write_text(text)
        file.symlink_to(tmp_path / "ours.toml")
        os.lchown(file, 65534, -1)
    with pytest.raises(BadInput, match=r"belongs to another user \(nobody\).*PLASTICDB_TRUST=.*work"):
        resolve({}, {}, tmp_path / "work")
    trusted = {"PLASTICDB_TRUST": str(tmp_path / "work")}
    assert resolve({}, trusted, tmp_path / "work")["db"].value == "theirs.db"


def test_a_trusted_folder_is_a_whole_path(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"PLASTICDB_TRUST has '\.'; write whole paths"):
        opened(tmp_path, 'db = "bolt://elsewhere"\n', PASSWORD | {"PLASTICDB_TRUST": "."})
