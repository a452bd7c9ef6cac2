"""Where a store is, as people say it."""

from __future__ import annotations

from pathlib import Path

from crackscope.errors import StoreError

DEFAULT_FOLDER = "crackscope-data"
DATABASE_FILE = "crackscope.sqlite3"
BLOBS_FOLDER = "blobs"


def store_places(store: str = DEFAULT_FOLDER, blobs: str | None = None) -> tuple[str, str]:
    """Turn a folder, or the URL of a database, into what `Store.open` takes.

    Parameters
    ----------
    store : str
        A folder that holds ``crackscope.sqlite3`` and ``blobs/``, or a database's URL.
    blobs : str, optional
        Folder or fsspec URL; needed beside a database's URL.

    Returns
    -------
    (str, str)
        URL of the database, and folder or URL of the blobs.

    Raises
    ------
    StoreError
        If it does not follow where the blobs are, or the folder's name cannot stand in a URL.

    Examples
    --------
    >>> store_places("data")
    ('sqlite:///data/crackscope.sqlite3', 'data/blobs')
    """
    if "://" in store:
        if blobs is None:
            raise StoreError(
                "the store is a database's URL, which holds no photos; name their place with --blobs."
            )
        return store, blobs
    if "?" in store or "%" in store:  # what they mean in a URL differs between versions of SQLAlchemy
        raise StoreError(f"{store}: a store's folder may have no ? and no % in its name; choose another.")
    folder = Path(store)
    return f"sqlite:///{(folder / DATABASE_FILE).as_posix()}", blobs or str(folder / BLOBS_FOLDER)
