"""Options that the commands on datasets share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])

LAYOUT_NAMES = ("coco", "yolo", "crackforest", "concrete", "pairs", "classes")
"""As in `crackscope.datasets.layouts.LAYOUTS`, kept here so that help texts import nothing."""


def layout_option(command: _Command) -> _Command:
    """Add ``--layout NAME``; the command receives `layout`, None where it is to be detected."""
    return click.option(
        "--layout",
        metavar="NAME",
        type=click.Choice(LAYOUT_NAMES),
        help=f"Look for this layout only: {', '.join(LAYOUT_NAMES)}.  [default: each is looked for]",
    )(command)


def facts_cache_option(command: _Command) -> _Command:
    """Add ``--cache DIR``; the command receives `cache`, None for the default."""
    return click.option(
        "--cache",
        metavar="DIR",
        type=click.Path(path_type=Path, file_okay=False),
        help="Where what was found out about files is kept.  [default: ~/.cache/crackscope]",
    )(command)
