"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])


def data_option(*, required: bool) -> Callable[[_Command], _Command]:
    """Add ``--data DIR``, any number of times; the command receives `folders`, a tuple of Path."""
    return click.option(
        "--data",
        "folders",
        metavar="DIR",
        required=required,
        multiple=True,
        type=click.Path(path_type=Path),
        help="Folder of a dataset: images/ beside masks/. May be given several times.",
    )
