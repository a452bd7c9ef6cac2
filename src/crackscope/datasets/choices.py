"""What a person decided about the findings of an audit, as the gallery's page saves it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal, TypeAlias

from crackscope.errors import DatasetError

Choice: TypeAlias = Literal["accept", "reject"]

SCHEMA = "crackscope.audit.choices"
SCHEMA_VERSION = 1
LARGEST_BYTES = 50_000_000


def read_choices(path: Path) -> dict[str, Choice]:
    """Read what was accepted and rejected; the file need not be trusted.

    Parameters
    ----------
    path : Path
        A ``choices.json`` saved from the gallery.

    Returns
    -------
    dict
        By `Finding.key`. Findings without a choice are not in it; keys of no finding may be.

    Raises
    ------
    DatasetError
        If the file cannot be read, is larger than `LARGEST_BYTES`, is not such a file, is one of a newer
        crackscope, or holds something other than choices.
    """
    document = _read(path)
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise DatasetError(
            f"{path}: is no file of choices; give the choices.json that the audit's gallery saves."
        )
    version = document.get("schema_version")
    if type(version) is not int or version < 1:
        raise DatasetError(f"{path}: has no version of its form; save it from the gallery again.")
    if version > SCHEMA_VERSION:
        raise DatasetError(f"{path}: was saved by a newer crackscope (form {version}); update crackscope.")
    choices = document.get("choices")
    if not isinstance(choices, dict):
        raise DatasetError(f"{path}: holds no choices; save it from the gallery again.")
    found: dict[str, Choice] = {}
    for key, choice in choices.items():
        if choice not in ("accept", "reject"):
            raise DatasetError(
                f"{path}: says neither accept nor reject about {_short(key)}; "
                "correct it or save it from the gallery again."
            )
        found[key] = choice
    return found


def _read(path: Path) -> object:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DatasetError(f"{path}: cannot be read ({reason}); check its name and rights.") from error
    if len(data) > LARGEST_BYTES:
        raise DatasetError(
            f"{path}: is larger than {LARGEST_BYTES // 1_000_000} MB, too large for choices; "
            "give the choices.json that the audit's gallery saves."
        )
    try:
        document: object = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{path}: is not whole JSON; save it from the gallery again.") from error
    return document


def _short(key: str) -> str:
    """Quote a key that may be long or hold anything."""
    shown = ascii(key)
    return shown if len(shown) <= 80 else f"{shown[:76]}…'"
