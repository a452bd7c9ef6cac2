"""Drawing in the page itself: scales, axes and marks as SVG."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

_NICE_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
PALETTE = 8
"""Colours of runs, --run-0 … in the page's style; further runs repeat them with dashes."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to px along one axis.

    Parameters
    ----------
    low, high : float
        Values at the ends.
    start_px, end_px : float
    ticks : tuple of float
        Values that are labelled.
    logarithmic : bool
        Then `low` is above 0.
    """

    low: float
    high: float
    start_px: float
    end_px: float
    ticks: tuple[float, ...]
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        """Return where a value lies, in px."""
        low, high, at = (
            (math.log(self.low), math.log(self.high), math.log(value))
            if self.logarithmic
            else (self.low, self.high, value)
        )
        return self.start_px + (at - low) / (high - low) * (self.end_px - self.start_px)


def linear_scale(values: Sequence[float], *, start_px: float, end_px: float, ticks: int = 5) -> Scale:
    """Make a scale that holds all values and ends at round numbers.

    Examples
    --------
    >>> linear_scale([0.71, 0.79], start_px=0, end_px=100).ticks
    (0.7, 0.72, 0.74, 0.76, 0.78, 0.8)
    """
    low, high = min(values), max(values)
    if high - low < 1e-9:
        margin = max(abs(low) * 0.1, 1e-3)
        low, high = low - margin, high + margin
    rough = (high - low) / ticks
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * each for each in _NICE_STEPS if size * each >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    marks = tuple(round(number * step, 10) for number in range(first, last + 1))
    return Scale(marks[0], marks[-1], start_px, end_px, marks)


def log_scale(values: Sequence[float], *, start_px: float, end_px: float) -> Scale:
    """Make a logarithmic scale for values above 0 that ends at 1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> log_scale([3.1, 14.0], start_px=0, end_px=100).ticks
    (2.0, 5.0, 10.0, 20.0)
    """
    first = math.floor(math.log10(min(values))) - 1
    last = math.ceil(math.log10(max(values))) + 1
    marks = [round(each * 10.0**power, 12) for power in range(first, last + 1) for each in (1, 2, 5)]
    below = max(mark for mark in marks if mark < min(values))
    above = min(mark for mark in marks if mark > max(values))
    ticks = tuple(mark for mark in marks if below <= mark <= above)
    return Scale(below, above, start_px, end_px, ticks, logarithmic=True)


def axes(x: Scale, y: Scale, *, x_title: str, y_title: str) -> str:
    """Draw grid lines, labels of ticks and titles for two scales; y grows upwards."""
    left, right, top, bottom = x.start_px, x.end_px, y.end_px, y.start_px
    parts = []
    for tick in y.ticks:
        parts.append(
            f'<line class="grid" x1="{left:g}" x2="{right:g}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
        )
        parts.append(text(f"{tick:g}", left - 7, y(tick) + 4, anchor="end", kind="tick"))
    for tick in x.ticks:
        parts.append(
            f'<line class="mark" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{bottom:g}" y2="{bottom + 4:g}"/>'
        )
        parts.append(text(f"{tick:g}", x(tick), bottom + 17, anchor="middle", kind="tick"))
    parts.append(f'<line class="mark" x1="{left:g}" x2="{right:g}" y1="{bottom:g}" y2="{bottom:g}"/>')
    parts.append(text(x_title, (left + right) / 2, bottom + 36, anchor="middle", kind="title"))
    parts.append(text(y_title, left - 40, top - 14, anchor="start", kind="title"))
    return "".join(parts)


def text(words: str, x_px: float, y_px: float, *, anchor: str, kind: str) -> str:
    """Draw text; any text is safe."""
    return f'<text class="{kind}" x="{x_px:.1f}" y="{y_px:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def figure(width_px: int, height_px: int, body: str, *, name: str) -> str:
    """Wrap drawing in an SVG element; `name` is what a screen reader says."""
    return f'<svg viewBox="0 0 {width_px} {height_px}" role="img" aria-label="{escape(name)}">{body}</svg>'


def colour(number: int) -> str:
    """Name the colour of the run at a position, as CSS has it."""
    return f"var(--run-{number % PALETTE})"


def dashes(number: int) -> str:
    """Return the attribute that tells runs of one colour apart."""
    return "" if number < PALETTE else f' stroke-dasharray="{6 + number // PALETTE} 4"'


def escape(words: str) -> str:
    """Make any text safe inside an element or a quoted attribute."""
    return html.escape(words.encode("utf-8", "backslashreplace").decode("utf-8"), quote=True)
