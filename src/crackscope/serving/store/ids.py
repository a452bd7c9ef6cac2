"""Ids that sort by the time at which they were made."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ID = re.compile(r"[0-9a-f]{32}")


def utc_now() -> datetime:
    """Read the clock, in UTC."""
    return datetime.now(UTC)


def new_id(at: datetime) -> str:
    """Make a UUID of version 7, as 32 hexadecimal digits.

    Its first 48 bits are the milliseconds since 1970, the 12 bits after the version the fraction of the
    millisecond, so that ids sort as their times do; 62 bits are random.

    Parameters
    ----------
    at : datetime
        With a time zone, 1970 or later.

    Returns
    -------
    str

    References
    ----------
    RFC 9562, sections 5.7 and 6.2 (method 3).

    Examples
    --------
    >>> new_id(datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC))[:16]
    '017f22e279b07000'
    """
    milliseconds, rest_us = divmod((at - _EPOCH) // timedelta(microseconds=1), 1000)
    fraction = rest_us * 4096 // 1000
    number = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    return f"{number:032x}"


def is_id(text: str) -> bool:
    """Say whether a text has the form of an id, so that a database may be asked for it."""
    return _ID.fullmatch(text) is not None
