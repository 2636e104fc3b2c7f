"""What a plasticdb.toml may do that somebody else may have written: it never takes a password of ours elsewhere.

A file comes along with a folder: unpacked, cloned, or put by another user into a shared one. So one of another user is
not read, and a password from the environment does not go to an address from a file, unless the file's folder is in
PLASTICDB_TRUST.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..errors import BadInput
from ..graph.neo4j.address import is_neo4j
from ..kit.masking import masked_address
from .settings import Value

__all__ = ["check_owner", "check_passwords", "is_trusted"]

TRUST = "PLASTICDB_TRUST"
_SENT_BY_LIBPQ = ("PGPASSWORD", "PGPASSFILE", "PGSERVICE")


def is_trusted(folder: Path, environ: Mapping[str, str]) -> bool:
    """Whether the plasticdb.toml of a folder is trusted, by its name in PLASTICDB_TRUST."""
    trusted = [Path(name).expanduser() for name in environ.get(TRUST, "").split(os.pathsep) if name]
    for name in trusted:
        if not name.is_absolute():
            raise BadInput(f"{TRUST} has {str(name)!r}; write whole paths, with {os.pathsep!r} between them")
    return folder.resolve() in [name.resolve() for name in trusted]


def check_owner(file: Path, opened: int, environ: Mapping[str, str]) -> None:
    """Raise BadInput for a file that is `opened`, or a link, of another user than us and root, unless it is trusted."""
    if os.name == "nt":  # there a file's owner is no number
        return
    owners = {file.lstat().st_uid, os.fstat(opened).st_uid} - {os.geteuid(), 0}
    if owners and not is_trusted(file.parent, environ):
        raise BadInput(
            f"{file.name} in {file.parent.resolve()} belongs to another user ({_name(owners.pop())}), so it was not "
            f"read; if it is right, {_how_to_trust(file.parent)}"
        )


def check_passwords(addresses: Iterable[Value], password: Value, file: Path, environ: Mapping[str, str]) -> None:
    """Raise BadInput where a password from the environment would go to an address from a file that is not trusted."""
    for address in addresses:
        if address.origin != file.name or is_trusted(file.parent, environ):
            continue
        sent = _sent(address.value or "", password, environ)
        if sent:
            flag = "--journal" if address.setting.name == "journal" else "--db"
            raise BadInput(
                f"{file.name} names {masked_address(address.value or '')}, and {sent} is not sent to an address from a "
                f"file: give the address yourself ({flag}), or if it is right, "
                f"{_how_to_trust(file.parent)}"
            )


def _sent(address: str, password: Value, environ: Mapping[str, str]) -> str | None:
    """Which password of the environment would go to an address, if any."""
    if is_neo4j(address):
        return password.origin if password.value and password.origin in password.setting.variables else None
    if not address.startswith("postgres"):
        return None
    from ..sql.engine import sql_url

    url = sql_url(address)
    if url.password or url.query.get("password"):  # the driver takes that, and looks for no other
        return None
    for name in _SENT_BY_LIBPQ:
        if environ.get(name):
            return f"the password of {name}"
    for name in ("passfile", "service"):
        if name in url.query:
            return f"the password of its {name}"
    kept = Path(environ.get("HOME") or Path.home()) / ".pgpass"
    return f"a password of {kept}" if kept.exists() else None


def _how_to_trust(folder: Path) -> str:
    return f"look into it and say `export {TRUST}={shlex.quote(str(folder.resolve()))}`"


def _name(number: int) -> str:
    import pwd  # not on Windows

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
