"""Measurements as people read them: enough digits, and no more than were measured."""

from __future__ import annotations

METRE_MM = 1000.0
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
    if unit == "mm" and value >= 10 * METRE_MM:
        return f"{value / METRE_MM:,.2f}{_THIN}m"
    return f"{value:,.0f}{_THIN}{unit}" if value >= 100 or unit == "px" else f"{value:.1f}{_THIN}{unit}"


def width_text(value: float, unit: str) -> str:
    r"""Write a width: tenths of a px, hundredths of a mm, for more is not measured.

    Examples
    --------
    >>> print(ascii(width_text(3.14, "px")), ascii(width_text(0.347, "mm")))
    '3.1\u202fpx' '0.35\u202fmm'
    """
    return f"{value:.1f}{_THIN}px" if unit == "px" else f"{value:.2f}{_THIN}mm"


def density_text(metres_per_square_metre: float) -> str:
    r"""Write a length of cracks per area of wall.

    Examples
    --------
    >>> print(*[ascii(density_text(value)) for value in (0.0421, 1.234, 24.56, 3120.0)])
    '0.042\u202fm/m\xb2' '1.23\u202fm/m\xb2' '24.6\u202fm/m\xb2' '3,120\u202fm/m\xb2'
    """
    value = metres_per_square_metre
    decimals = 3 if value < 0.1 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{decimals}f}{_THIN}m/m²"


def share_text(part: int, whole: int) -> str:
    r"""Write a share in per cent; tenths where it is near 0 or 1. Nothing of nothing is no share.

    Examples
    --------
    >>> print(ascii(share_text(1, 3)), ascii(share_text(1, 40)), ascii(share_text(0, 0)))
    '33\u202f%' '2.5\u202f%' ''
    """
    if not whole:
        return ""
    percent = 100 * part / whole
    shown = f"{percent:.1f}" if percent < 10 or percent > 90 else f"{percent:.0f}"
    return f"{shown.removesuffix('.0')}{_THIN}%"


def probability_text(probability: float) -> str:
    r"""Write a probability in per cent, never as certain.

    Examples
    --------
    >>> print(*[ascii(probability_text(value)) for value in (0.0001, 0.034, 0.5, 0.9999)])
    '< 0.1\u202f%' '3.4\u202f%' '50\u202f%' '> 99.9\u202f%'
    """
    percent = 100 * probability
    if percent < 0.1:
        return f"< 0.1{_THIN}%"
    if percent > 99.9:
        return f"> 99.9{_THIN}%"
    return f"{percent:.1f}{_THIN}%" if percent < 10 or percent > 90 else f"{percent:.0f}{_THIN}%"
