"""A group of commands whose modules are imported only when a command is used."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """Where a command is, and what the overview says of it.

    Parameters
    ----------
    module : str
        Holds the click command under the name ``command``.
    short_help : str
        One line for ``crackscope --help``, kept here so that listing imports nothing.
    """

    module: str
    short_help: str


class LazyGroup(click.Group):
    """A click group that imports a command's module when that command is asked for.

    Every command takes ``--debug``, so that it may stand where the user thinks of it.

    Parameters
    ----------
    entries : mapping of str to CommandEntry
        By name of the command, in the order in which they are listed.
    **attributes
        As for `click.Group`.
    """

    def __init__(self, *, entries: Mapping[str, CommandEntry], **attributes: Any) -> None:
        super().__init__(**attributes)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order of the overview."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command, or give None where there is none of this name."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = importlib.import_module(entry.module).command
        if not any("--debug" in parameter.opts for parameter in command.params):
            command.params.append(debug_option())
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command named by the first argument, or say which one may have been meant."""
        name = args[0]
        if name not in self.entries and not name.startswith("-"):
            raise click.UsageError(f"no such command {name!r}{self._suggestion(name)}", ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview from the entries, without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.short_help) for name, entry in self.entries.items()])

    def _suggestion(self, name: str) -> str:
        near = difflib.get_close_matches(name.lower(), self.entries, n=1)
        if near:
            return f"; did you mean {near[0]!r}?"
        if Path(name).exists():
            return f"; to inspect what it holds: crackscope inspect {name}"
        return f"; the commands are {', '.join(self.entries)}"


def debug_option() -> click.Option:
    """Make the option that the whole command line has; `crackscope.cli.main.main` looks for it."""
    return click.Option(
        ["--debug"],
        is_flag=True,
        expose_value=False,
        help="Show the traceback of an error.",
    )
