"""Options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from crackscope.engine.session import DEFAULT_ENGINE, ENGINES
from crackscope.errors import DatasetError

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Decimal(click.ParamType[float]):
    """A number above 0 with a decimal point; other spellings are told how to write it.

    Parameters
    ----------
    or_zero : bool
        0 is allowed, too.
    """

    name = "number"

    def __init__(self, *, or_zero: bool = False) -> None:
        self._or_zero = or_zero

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read the number, or fail with the way to write it."""
        try:
            number = float(value)
        except ValueError:
            self.fail(f"{value!r} is no number; write it with a point and without a unit: 0.2", param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not finite", param, ctx)
        if number < 0 or (number == 0 and not self._or_zero):
            self.fail(f"{value} is {'below 0' if self._or_zero else 'not above 0'}", param, ctx)
        return number


def _there(_context: click.Context, _option: click.Parameter, paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Refuse what is not there before anything large is loaded."""
    for path in paths:
        if not path.exists():
            raise DatasetError(f"{path}: no such folder; give the folder of a dataset.")
    return paths


def data_option(*, required: bool) -> Callable[[_Command], _Command]:
    """Add ``--data PATH``, any number of times; the command receives `folders`, a tuple of Path."""
    return click.option(
        "--data",
        "folders",
        metavar="PATH",
        required=required,
        multiple=True,
        type=click.Path(path_type=Path),
        callback=_there,
        help="Folder of a dataset, or the CSV file of a split. May be given several times.",
    )


def threads_option(*, of: str, default: int | None = None) -> Callable[[_Command], _Command]:
    """Add ``--threads N``, of the network or the engine; the command receives `threads`."""
    return click.option(
        "--threads",
        metavar="N",
        default=default,
        show_default=default is not None,
        type=click.IntRange(min=1),
        help=f"Threads the {of} computes with.",
    )


def engine_option(command: _Command) -> _Command:
    """Add ``--engine NAME``; the command receives `engine`."""
    return click.option(
        "--engine",
        default=DEFAULT_ENGINE,
        show_default=True,
        type=click.Choice(list(ENGINES)),
        help="For prediction.",
    )(command)


def workers_option(command: _Command) -> _Command:
    """Add ``--workers N``, of a training; the command receives `workers`."""
    return click.option(
        "--workers",
        metavar="N",
        default=0,
        show_default=True,
        type=click.IntRange(min=0),
        help="Processes that draw crops.",
    )(command)


def seed_option(*, of: str) -> Callable[[_Command], _Command]:
    """Add ``--seed N``; the command receives `seed`, 0 by default."""
    return click.option(
        "--seed", metavar="N", default=0, show_default=True, type=click.IntRange(min=0), help=f"Of the {of}."
    )
