"""Which store a command works on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from crackscope.serving.store import Store

_Command = TypeVar("_Command", bound=Callable[..., Any])


def store_options(command: _Command) -> _Command:
    """Add ``--store`` and ``--blobs``, which `opened_store` takes."""
    command = click.option(
        "--blobs", metavar="URL", help="Folder or URL for photos.  [default: in the folder of --store]"
    )(command)
    return click.option(
        "--store",
        default="crackscope-data",
        show_default=True,
        metavar="DIR|URL",
        help="Folder of the service, or the URL of its database: postgresql://…",
    )(command)


@contextmanager
def opened_store(store: str, blobs: str | None, *, make: bool = False) -> Iterator[Store]:
    """Open the store that the options name, and close it in the end.

    Parameters
    ----------
    store : str
    blobs : str, optional
    make : bool
        Make a folder's store where there is none; else a mistyped folder would pass for an empty store.

    Yields
    ------
    Store

    Raises
    ------
    MissingExtraError
        By `crackscope.cli.main.main`, which turns the failed import into it, where ``[serve]`` is missing.
    StoreError
        As by `Store.open`, and if there is none in the folder.
    """
    from crackscope.serving.places import store_places
    from crackscope.serving.store import Store, StoreError

    if not make and "://" not in store and not any(Path(store).glob("*.sqlite3")):
        raise StoreError(f"{store}: holds no store; name the folder that the service was started with.")
    opened = Store.open(*store_places(store, blobs))
    try:
        yield opened
    finally:
        opened.close()
