"""Reads what a survey wrote, one photo at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crackscope.errors import CrackscopeError
from crackscope.inspection.document_fields import DocumentFields
from crackscope.inspection.inspection import Inspection
from crackscope.inspection.inspection_json import from_document

INSPECTIONS_FILE = "inspections.jsonl"
FAILURES_FILE = "failures.jsonl"


@dataclass(frozen=True, slots=True)
class Failure:
    """A photo that could not be inspected.

    Parameters
    ----------
    photo : str
        Its name, as in `PhotoRecord.name`.
    reason : str
        One sentence: what is wrong, and what to do.
    """

    photo: str
    reason: str


def read_inspections(path: str | Path) -> Iterator[Inspection]:
    """Read the inspections of a survey, in the order of its photos.

    Holds one line in memory at a time. A last line cut off by a kill is left out: its photo was in flight,
    and resuming the survey inspects it.

    Parameters
    ----------
    path : str or Path
        ``inspections.jsonl``.

    Yields
    ------
    Inspection

    Raises
    ------
    CrackscopeError
        If the file cannot be read, or a line before the last is damaged.
    """
    for number, fields in read_lines(path):
        try:
            yield from_document(fields)
        except CrackscopeError as error:
            raise CrackscopeError(f"{path}, line {number}: {error}") from error


def read_failures(path: str | Path) -> Iterator[Failure]:
    """Read the failures of a survey, as `read_inspections` does; no file means no failures.

    Parameters
    ----------
    path : str or Path
        ``failures.jsonl``.

    Yields
    ------
    Failure

    Raises
    ------
    CrackscopeError
        As in `read_inspections`.
    """
    if not Path(path).exists():
        return
    for number, document in read_lines(path):
        fields = DocumentFields(document, f"{path}, line {number}")
        yield Failure(photo=fields.text("photo"), reason=fields.text("reason"))


def read_lines(path: str | Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Read the JSON objects of a file that has one per line, with their line numbers from 1.

    Parameters
    ----------
    path : str or Path

    Yields
    ------
    (int, dict)

    Raises
    ------
    CrackscopeError
        If the file cannot be read, or a whole line holds no JSON object.
    """
    try:
        with Path(path).open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                document = _parse(line)
                if document is not None:
                    yield number, document
                elif line.endswith(b"\n"):
                    raise CrackscopeError(
                        f"{path}, line {number}: holds no JSON object; "
                        "delete the line and resume the survey, which inspects its photo again."
                    )
    except OSError as error:
        raise CrackscopeError(
            f"{path}: cannot be read ({error.strerror}); name the file that a survey wrote."
        ) from error


def _parse(line: bytes) -> dict[str, object] | None:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
