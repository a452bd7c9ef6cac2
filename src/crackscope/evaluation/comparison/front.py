"""Which models nobody need choose, because another is both better and faster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """A model's cost, of which less is better, and its worth, of which more is better."""

    cost: float
    worth: float


def dominators(points: Sequence[Point]) -> list[int | None]:
    """Find for each point one that is at least as good in both respects and better in one.

    Parameters
    ----------
    points : sequence of Point

    Returns
    -------
    list of int or None
        Position of the worthiest such point, of equals the cheapest; None for the points of the Pareto front.

    Examples
    --------
    >>> dominators([Point(1, 0.7), Point(2, 0.8), Point(3, 0.75)])
    [None, None, 1]
    """
    found: list[int | None] = []
    for point in points:
        better = [
            place
            for place, other in enumerate(points)
            if other.cost <= point.cost and other.worth >= point.worth and other != point
        ]
        found.append(min(better, key=lambda place: (-points[place].worth, points[place].cost), default=None))
    return found
