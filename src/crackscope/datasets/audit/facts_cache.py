"""Facts of earlier audits, kept by the content of the files, so that a second audit is quick."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from crackscope.datasets.audit.facts import Facts
from crackscope.datasets.audit.fingerprint import SIDE

_AT_A_TIME = 500


class FactsCache:
    """A small database of facts by content key; damaged or unusable ones are made anew, or done without.

    Parameters
    ----------
    folder : Path, optional
        Where it is kept; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._waiting: list[tuple[str, str, bytes | None]] = []
        self._database = None if folder is None else _opened(folder)

    def get(self, key: str) -> Facts | None:
        """Return the facts kept under a key, or None."""
        if self._database is None:
            return None
        try:
            row = self._database.execute("SELECT facts, print FROM facts WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            print_ = None if row[1] is None else np.frombuffer(row[1], np.int8).reshape(SIDE, SIDE)
            return Facts.from_document(json.loads(row[0]), print_)
        except (sqlite3.Error, ValueError, KeyError, TypeError):
            return None

    def put(self, key: str, facts: Facts) -> None:
        """Keep facts under a key."""
        if self._database is None:
            return
        print_ = None if facts.print is None else facts.print.tobytes()
        self._waiting.append((key, json.dumps(facts.to_document()), print_))
        if len(self._waiting) >= _AT_A_TIME:
            self._write()

    def _write(self) -> None:
        if self._database is not None and self._waiting:
            try:
                with self._database:
                    self._database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", self._waiting)
            except sqlite3.Error:  # a full disk: the audit goes on, and the next one is slow again
                self._database.close()
                self._database = None
        self._waiting.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._write()
        if self._database is not None:
            self._database.close()


def default_cache_folder() -> Path:
    """Where a user's programs keep what they can make again (XDG Base Directory Specification)."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "crackscope"


def _opened(folder: Path) -> sqlite3.Connection | None:
    path = folder / "audit-facts.sqlite"
    for _ in range(2):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(path, timeout=10)
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute(
                "CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, facts TEXT, print BLOB)"
            )
            return database
        except (sqlite3.OperationalError, OSError):  # locked, or it may not be written
            return None
        except sqlite3.DatabaseError:
            try:
                path.unlink()  # damaged, and nothing in it that cannot be made again
            except OSError:
                return None
    return None
