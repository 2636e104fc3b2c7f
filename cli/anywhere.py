"""Global options behind the verb: `plasticdb predict m em --db x.db` is `plasticdb --db x.db predict m em`."""

from __future__ import annotations

from copy import copy
from typing import Any

import click
from click.core import ParameterSource

__all__ = ["Verbs", "anywhere"]

_OWN = ("version",)


class Verbs(click.Group):
    """A group below the top; its help has the first sentence of each verb's, however long. A verb may have - for _."""

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        return super().get_command(context, name.replace("-", "_"))

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        if not self.commands:
            return
        with formatter.section("Verbs"):
            formatter.write_dl([(name, verb.get_short_help_str(1000)) for name, verb in sorted(self.commands.items())])


def anywhere(top: click.Group, command: click.Command) -> click.Command:
    """A verb, or a group of them, that takes the options of `top` too; its help has one line for all of them.

    An option that the verb has itself (`query --timeout`) stays the verb's own.
    """
    taken = {name for parameter in command.params for name in parameter.opts}
    added = [
        _hidden(option)
        for option in top.params
        if isinstance(option, click.Option) and option.name not in _OWN and not taken & {*option.opts}
    ]
    if added and command.epilog is None:
        names = ", ".join(max(option.opts, key=len) for option in added)
        command.epilog = f"Also the global options ({names}): plasticdb --help."
    command.params = [*command.params, *added]
    for below in getattr(command, "commands", {}).values():
        anywhere(top, below)
    return command


def _hidden(option: click.Option) -> click.Option:
    """The option for use below the top: it changes what the settings are read from, and is not in the help again."""
    inner = copy(option)
    inner.hidden, inner.expose_value, inner.callback = True, False, _take
    return inner


def _take(context: click.Context, option: click.Parameter, value: Any) -> Any:
    if context.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE:
        context.obj[option.name] = value
    return value
