"""Writes docs/settings.md from plasticdb/config/settings.py: `python docs/make_settings.py`. A test holds the page to it."""

from __future__ import annotations

from pathlib import Path

from plasticdb.cli.main import cli

from plasticdb.config.settings import SETTINGS, VARIABLES, Setting

PAGE = Path(__file__).with_name("settings.md")


def page() -> str:
    """The page as text."""
    flags = {parameter.name: parameter.opts[0] for parameter in cli.params}
    return (
        "\n".join(
            [
                "# Settings\n",
                "Made from `plasticdb/config/settings.py` by `python docs/make_settings.py`.\n",
                "A setting comes from the first of these that has it: a flag (before the verb or behind it; behind it wins), the "
                "environment, the file `plasticdb.toml` in the folder where the command runs, the default. "
                "`plasticdb config show` says what each is now and where that comes from, without passwords. They are the "
                "command's: Python says the same in the arguments of `PlasticDB.open`, and reads neither environment nor file.\n",
                "| in plasticdb.toml | flag | environment | default | meaning |",
                "|---|---|---|---|---|",
                *(_row(setting, flags.get(setting.name)) for setting in SETTINGS),
                "",
                "```toml",
                "# plasticdb.toml",
                'db = "postgresql+psycopg://ann@db.example.org/memories"',
                "timeout = 60",
                "```\n",
                "More that is taken from the environment:\n",
                "| variable | meaning |",
                "|---|---|",
                *(f"| `{name}` | {meaning} |" for name, meaning in VARIABLES.items()),
                "",
                "## Passwords\n",
                "Give the password for Neo4j as `NEO4J_PASSWORD`, and that for PostgreSQL as `PGPASSWORD` or in `~/.pgpass`. "
                "In an address on the command line other users of the machine can read it. Errors and `config show` print `***` "
                "in its place.\n",
                "A `plasticdb.toml` comes along with a folder, so it may be somebody else's. One that belongs to another user is "
                "not read. A password from the environment (or `~/.pgpass`) is not sent to an address that a file names: "
                "give the address yourself, as a flag or in the environment. If the file is yours, say so once: "
                "`export PLASTICDB_TRUST=/path/of/the/folder`. A password in the file itself goes to the file's address.",
            ]
        )
        + "\n"
    )


def _row(setting: Setting, flag: str | None) -> str:
    variables = ", ".join(f"`{variable}`" for variable in setting.variables)
    default = "" if setting.default is None else f"`{setting.default}`"
    return f"| `{setting.name}` | {f'`{flag}`' if flag else ''} | {variables} | {default} | {setting.doc} |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
