"""Measurements as people read them: enough digits, and no more than were measured."""

from __future__ import annotations

_METRE_MM = 1000.0
_THIN = "\N{NARROW NO-BREAK SPACE}"


def length_text(value: float, unit: str) -> str:
    r"""Write a length.

    Parameters
    ----------
    value : float
    unit : str
        ``"px"`` or ``"mm"``; from 10 m on, lengths in mm are written in metres.

    Examples
    --------
    >>> for value, unit in ((1234.6, "px"), (84.26, "mm"), (12_340.0, "mm")):
    ...     print(ascii(length_text(value, unit)))
    '1,235\u202fpx'
    '84.3\u202fmm'
    '12.34\u202fm'
    """
    if unit == "mm" and value >= 10 * _METRE_MM:
        return f"{value / _METRE_MM:,.2f}{_THIN}m"
    return f"{value:,.0f}{_THIN}{unit}" if value >= 100 or unit == "px" else f"{value:.1f}{_THIN}{unit}"


def width_text(value: float, unit: str) -> str:
    r"""Write a width: tenths of a px, hundredths of a mm, for more is not measured.

    Examples
    --------
    >>> print(ascii(width_text(3.14, "px")), ascii(width_text(0.347, "mm")))
    '3.1\u202fpx' '0.35\u202fmm'
    """
    return f"{value:.1f}{_THIN}px" if unit == "px" else f"{value:.2f}{_THIN}mm"
