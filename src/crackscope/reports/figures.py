"""Measurements as people read them: enough digits, and no more than were measured."""

from __future__ import annotations

_METRE_MM = 1000.0
_THIN = "\N{NARROW NO-BREAK SPACE}"


def length_text(value: float, unit: str) -> str:
    """Write a length.

    Parameters
    ----------
    value : float
    unit : str
        ``"px"`` or ``"mm"``; from 10 m on, lengths in mm are written in metres.

    Examples
    --------
    >>> length_text(1234.6, "px"), length_text(84.26, "mm"), length_text(12_345.0, "mm")
    ('1,235 px', '84.3 mm', '12.35 m')
    """
    if unit == "mm" and value >= 10 * _METRE_MM:
        return f"{value / _METRE_MM:,.2f}{_THIN}m"
    return f"{value:,.0f}{_THIN}{unit}" if value >= 100 or unit == "px" else f"{value:.1f}{_THIN}{unit}"


def width_text(value: float, unit: str) -> str:
    """Write a width: tenths of a px, hundredths of a mm, for more is not measured.

    Examples
    --------
    >>> width_text(3.14, "px"), width_text(0.347, "mm")
    ('3.1 px', '0.35 mm')
    """
    return f"{value:.1f}{_THIN}px" if unit == "px" else f"{value:.2f}{_THIN}mm"
