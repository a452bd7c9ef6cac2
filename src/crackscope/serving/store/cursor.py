"""Where a page of inspections ended, as a text that means nothing to others."""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crackscope.errors import StoreError
from crackscope.serving.store.ids import is_id

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORM = struct.Struct(">q16s8s")


@dataclass(frozen=True, slots=True)
class Place:
    """The last row of a page.

    Parameters
    ----------
    created_at : datetime
    id : str
    """

    created_at: datetime
    id: str


def to_cursor(place: Place, question: str) -> str:
    """Write a place as a cursor.

    It carries a checksum over itself and the question, so that a mistyped one, or one of another question, is
    noticed. It is no secret: whoever forges one sees nothing but what the question lets them see anyway.

    Parameters
    ----------
    place : Place
    question : str
        All that was searched for.

    Returns
    -------
    str
        43 characters that may stand in a URL.

    Examples
    --------
    >>> place = Place(datetime(2026, 11, 22, tzinfo=UTC), "0" * 32)
    >>> from_cursor(to_cursor(place, "verdict=crack"), "verdict=crack") == place
    True
    """
    at_us = (place.created_at - _EPOCH) // timedelta(microseconds=1)
    number = bytes.fromhex(place.id)
    return (
        base64.urlsafe_b64encode(_FORM.pack(at_us, number, _checksum(at_us, number, question)))
        .decode()
        .rstrip("=")
    )


def from_cursor(cursor: str, question: str) -> Place:
    """Read a cursor that `to_cursor` wrote for the same question.

    Parameters
    ----------
    cursor, question : str

    Returns
    -------
    Place

    Raises
    ------
    StoreError
        If it is no cursor, or one of another question.
    """
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        at_us, number, checksum = _FORM.unpack(content)
        place = Place(_EPOCH + timedelta(microseconds=at_us), number.hex())
    except (ValueError, struct.error, OverflowError):
        raise _nonsense() from None
    if checksum != _checksum(at_us, number, question) or not is_id(place.id):
        raise _nonsense()
    return place


def _checksum(at_us: int, number: bytes, question: str) -> bytes:
    return hashlib.sha256(struct.pack(">q", at_us) + number + question.encode("utf-8", "replace")).digest()[
        :8
    ]


def _nonsense() -> StoreError:
    return StoreError("cursor: belongs to no page of this search; begin again without a cursor.")
