"""The command `plasticdb`: its global options, its verbs (each imported when it is used), and how it fails.

A failure is one line on standard error and an exit code: 1 an error, 2 usage, 3 some records rejected, 4 the schema is
behind, 75 locked or unavailable, 130 interrupted.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from functools import cache
from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING

import click

from plasticdb.memory.verbs import DATABASE, MEMORY

from . import terminal
from .anywhere import anywhere
from .interruption import INTERRUPTED

if TYPE_CHECKING:
    from plasticdb.kinds import Kind, Verb

__all__ = ["main", "sections", "verbs"]

OWN = {
    "shell": ("cypher", "A prompt for Cypher."),
    "config": ("database", "The settings, and where each comes from."),
}
"""Verbs that are the command line's own: their module, and the line that `plasticdb --help` shows."""
IN_CYPHER = ("query", "schema")
"""Verbs of the database whose commands are in `cypher.py`."""

OTHER_WORDS = {
    "add": "ingest", "learn": "ingest", "train": "ingest", "load": "import", "save": "export", "dump": "export",
    "delete": "drop", "remove": "drop", "forget": "unlearn", "generate": "complete", "list": "memories", "ls": "memories",
    "info": "stats", "cypher": "query", "sql": "query", "check": "verify", "upgrade": "migrate", "settings": "config",
    "help": "--help", "version": "--version",
}  # fmt: skip
"""What people type for a verb, and the verb."""


SELDOM = 50_000
"""Objects that are made before the unused are looked for: most that a command makes are modules, and stay."""

WAIT = "60"
"""Seconds that `--wait` means where no number follows."""


@cache
def sections() -> dict[str, dict[str, tuple[str, str]]]:
    """Each verb by the heading that it has in the help: the module of its command, and its line.

    It is the list of `plasticdb.memory.verbs`, which needs no numpy. No other package is asked for its kinds.
    """
    from plasticdb.kinds import own

    known = own()
    return {
        **{f"{kind.name.capitalize()} memories": _of_kind(kind) for kind in known if not kind.grouped},
        "Other memories": {name: line for kind in known if kind.grouped for name, line in _of_kind(kind).items()},
        "Any memory": _listed(MEMORY, "memory"),
        "The database": _listed(DATABASE, "database") | OWN,
    }


def verbs() -> dict[str, tuple[str, str]]:
    """Each verb: the module of its command, and its line."""
    return {name: verb for section in sections().values() for name, verb in section.items()}


def _of_kind(kind: Kind) -> dict[str, tuple[str, str]]:
    if not kind.grouped:
        return _listed(kind.verbs, kind.commands)
    several = [verb.name for verb in kind.verbs if verb.command]
    return {kind.name: (kind.commands, f"{kind.doc.rstrip('.')}: {', '.join(several[:5])} ...")}


def _listed(verbs: tuple[Verb, ...], module: str) -> dict[str, tuple[str, str]]:
    return {
        verb.name.rstrip("_"): ("cypher" if verb.name in IN_CYPHER else module, verb.doc)
        for verb in verbs
        if verb.command
    }


def _module(name: str) -> str | None:
    """The module of a verb's command. Kinds are looked at only for a verb that is one of theirs, other packages last."""
    everywhere = _listed(DATABASE, "database") | _listed(MEMORY, "memory") | OWN
    if found := everywhere.get(name) or verbs().get(name):
        return found[0]
    from plasticdb.kinds import find

    kind = find(name)
    return kind.commands or None if kind is not None and kind.grouped else None


class _Verbs(click.Group):
    """A group whose verbs are imported when they are used."""

    def parse_args(self, context: click.Context, words: list[str]) -> list[str]:
        if "--wait" in words:
            before = next((i for i, word in enumerate(words) if word in verbs()), len(words))
            for i in range(before - 1, -1, -1):  # click would take the verb behind it for its number
                if words[i] == "--wait" and i + 1 < len(words) and not _is_number(words[i + 1]):
                    words.insert(i + 1, WAIT)
        return super().parse_args(context, words)

    def list_commands(self, context: click.Context) -> list[str]:
        return list(verbs())

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        module = _module(name)
        if module is None:
            return None
        found = import_module(module if "." in module else f"plasticdb.cli.{module}")
        command: click.Command = getattr(found, f"{name}_" if iskeyword(name) else name)
        return anywhere(self, command)

    def resolve_command(
        self, context: click.Context, words: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if _module(words[0]) is None:
            from difflib import get_close_matches  # only who mistypes waits for it

            from plasticdb.kinds import own

            others = OTHER_WORDS | {
                v.name: f"{kind.name} {v.name}" for kind in own() if kind.grouped for v in kind.verbs if v.command
            }
            meant = others | {verb: verb for verb in verbs()}  # a verb of the top is nearer than one of a group
            near = get_close_matches(words[0].lower(), meant, 1)
            hint = f" Did you mean {meant[near[0]]!r}?" if near else ""
            context.fail(f"No such command {words[0]!r}.{hint}")
        return super().resolve_command(context, words)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        for heading, listed in sections().items():
            with formatter.section(heading):
                formatter.write_dl([(name, line) for name, (_, line) in listed.items()])


def _is_number(word: str) -> bool:
    try:
        float(word)
        return True
    except ValueError:
        return False


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        click.echo(f"plasticdb {version('plasticdb')}")
        context.exit()


@click.group(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="The options may also stand behind the verb; there they win over those before it. Settings may also come from the "
    "environment and from plasticdb.toml: `plasticdb config show`."
    '\n\nCompletion in your shell: eval "$(_PLASTICDB_COMPLETE=bash_source plasticdb)" (or zsh_source, fish_source).',
)
@click.option("--db", metavar="URL", help="The graph: a path, sqlite:///FILE, postgresql+psycopg://..., neo4j://HOST, "
    "or neo4j: the one in NEO4J_URI.")  # fmt: skip
@click.option("--journal", metavar="URL", help="The journal: a path or SQL URL (default: in the graph's database).")
@click.option(
    "--timeout", metavar="SECONDS", help="How long to wait for a lock, or a server that does not answer [30]."
)
@click.option(
    "--wait",
    metavar="[SECONDS]",
    is_flag=False,
    flag_value=WAIT,
    help=f"Wait first for servers that are starting [{WAIT} if no number is given].",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress and no notices.")
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@click.pass_context
def cli(
    context: click.Context, db: str | None, journal: str | None, timeout: str | None, wait: str | None, quiet: bool
) -> None:
    """A memory that learns one sample at a time and keeps what it learned in a graph."""
    context.obj = {"db": db, "journal": journal, "timeout": timeout, "wait": wait, "quiet": quiet}


_UNWRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


def main() -> None:
    """Run the command line and exit."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 (as long as the process)
    terminal.guard()
    gc.set_threshold(SELDOM)
    code = _run()
    gc.freeze()  # it all goes with the process: nobody needs to look through it first
    sys.exit(code)


def _run() -> int:
    try:
        code = cli.main(standalone_mode=False, prog_name="plasticdb")
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as left:
        return left.exit_code
    except (KeyboardInterrupt, click.Abort) as left:
        said = left.__cause__ if isinstance(left, click.Abort) else left  # click makes the one of the other
        return _fail(str(said) if isinstance(said, KeyboardInterrupt) and str(said) else INTERRUPTED, 130)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except click.ClickException as error:
        asked = getattr(error, "ctx", None)
        return _fail(
            f"{error.format_message()} (see {asked.command_path if asked else 'plasticdb'} --help)", error.exit_code
        )
    except Exception as error:
        return _explained(error)


def _explained(error: Exception) -> int:
    from plasticdb.errors import PlasticDBError
    from plasticdb.kit.masking import masked

    if isinstance(error, PlasticDBError):
        return _fail(str(error), error.exit_code)
    if os.environ.get("PLASTICDB_DEBUG"):
        from traceback import format_exception

        click.echo(masked("".join(format_exception(error))), err=True, nl=False)
        return 1
    if isinstance(error, OSError) and error.filename is None and error.errno in _UNWRITTEN:
        return _unwritten(error)
    if isinstance(error, OSError):
        return _fail(f"{error.filename or 'this folder'}: {error.strerror}", 1)
    if isinstance(error, UnicodeEncodeError):
        return _fail(f"{error.object[error.start]!r} is not a character; write the argument in UTF-8", 1)
    return _fail(f"{type(error).__name__}: {error}; this is a bug: PLASTICDB_DEBUG=1 shows where", 1)


def _unwritten(error: OSError) -> int:
    """The output, or where one stands, is gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left of it is not tried again
    return _fail(f"the output cannot be written ({error.strerror}); what the command had changed before stays", 1)


def _fail(message: str, code: int) -> int:
    from plasticdb.kit.masking import masked

    click.echo(f"plasticdb: error: {masked(' '.join(message.split()))}", err=True)
    return code
