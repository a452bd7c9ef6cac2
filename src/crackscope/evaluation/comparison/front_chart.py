"""Accuracy against latency, with the front of the models that nothing beats in both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crackscope.evaluation.comparison import svg
from crackscope.evaluation.comparison.comparison import Comparison, Result

WIDTH_PX, HEIGHT_PX = 900, 430
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 24, 36, 48
_LETTER_PX, _LINE_PX = 6.9, 15.0
_RADIUS_PX = 5.5
_AWAY_PX = 10.0


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: _Box) -> float:
        """Return the area that two boxes share."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, width) * max(0.0, height)


def front_chart(comparison: Comparison) -> str:
    """Draw every timed competitor.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    str
        An SVG element; empty where nothing was timed or no main figure is defined.
    """
    main = comparison.judge.main
    points = [(each, _latency(each), each.judged.figures[main.name].value) for each in comparison.results]
    known = [(each, ms, worth) for each, ms, worth in points if ms is not None and worth is not None]
    if not known:
        return ""
    ends = [
        end
        for each, _, _ in known
        if (interval := each.judged.figures[main.name].interval) is not None
        for end in (interval.low, interval.high)
    ]
    x = svg.log_scale([ms for _, ms, _ in known], start_px=_LEFT, end_px=WIDTH_PX - _RIGHT)
    y = svg.linear_scale(
        [*(worth for _, _, worth in known), *ends], start_px=HEIGHT_PX - _BOTTOM, end_px=_TOP
    )
    places = [(x(ms), y(worth)) for _, ms, worth in known]
    front = sorted(place for (each, _, _), place in zip(known, places, strict=True) if not each.dominated_by)
    labels = _place_labels([each.competitor.label for each, _, _ in known], places, _treads(front, x.end_px))
    numbers = {run.name: number for number, run in enumerate(comparison.runs)}
    drawn = [
        (result.dominated_by is None, _point(result, main.name, numbers[result.competitor.run], place, y))
        for (result, _, _), place in zip(known, places, strict=True)
    ]
    body = [
        svg.axes(x, y, x_title="median latency in ms, logarithmic (less is better)", y_title=main.title),
        _staircase(front, right=x.end_px),
        *(point for _, point in sorted(drawn, key=lambda each: each[0])),  # those on the front on top
        *(
            svg.text(result.competitor.label, label.left, label.bottom - 4, anchor="start", kind="label")
            for (result, _, _), label in zip(known, labels, strict=True)
        ),
    ]
    name = f"{main.title} against median latency; the line joins the models that no other beats in both"
    return svg.figure(WIDTH_PX, HEIGHT_PX, "".join(body), name=name)


def _latency(result: Result) -> float | None:
    timing = result.competitor.cost.timing
    return None if timing is None else timing.median_ms


def _staircase(places: Sequence[tuple[float, float]], *, right: float) -> str:
    """Join the front: what is right of and below the line is beaten by a model on it."""
    if not places:
        return ""
    path = [f"M{places[0][0]:.1f},{places[0][1]:.1f}"]
    path += [f"H{left:.1f}V{top:.1f}" for left, top in places[1:]]
    return f'<path class="front" d="{"".join(path)}H{right:g}"/>'


def _point(result: Result, main: str, number: int, place: tuple[float, float], y: svg.Scale) -> str:
    left, top = place
    own = svg.colour(number)
    figure = result.judged.figures[main]
    parts = []
    if figure.interval is not None:
        low, high = y(figure.interval.low), y(figure.interval.high)
        parts.append(
            f'<line class="interval" stroke="{own}" x1="{left:.1f}" x2="{left:.1f}"'
            f' y1="{low:.1f}" y2="{high:.1f}"/>'
        )
    kind, fill = ("best", own) if result.dominated_by is None else ("beaten", "var(--surface)")
    hint = f"{result.competitor.label}: {figure.value:.3f}, {_latency(result):.3g} ms"
    parts.append(
        f'<circle class="{kind}" cx="{left:.1f}" cy="{top:.1f}" r="{_RADIUS_PX}"'
        f' stroke="{own}" fill="{fill}">'
        f"<title>{svg.escape(hint)}</title></circle>"
    )
    return "".join(parts)


def _treads(front: Sequence[tuple[float, float]], right: float) -> list[_Box]:
    """List the level pieces of the front's line."""
    ends = [*(left for left, _ in front[1:]), right]
    return [
        _Box(left, top - 1, max(left, end), top + 1) for (left, top), end in zip(front, ends, strict=True)
    ]


def _place_labels(
    labels: Sequence[str], places: Sequence[tuple[float, float]], lines: Sequence[_Box]
) -> list[_Box]:
    """Put each label beside its point where it covers least of the other labels, the points and the line."""
    points = [
        _Box(left - _RADIUS_PX, top - _RADIUS_PX, left + _RADIUS_PX, top + _RADIUS_PX) for left, top in places
    ]
    taken = [*points, *lines]
    boxes: list[_Box] = []
    for label, place in zip(labels, places, strict=True):
        candidates = _around(place, _LETTER_PX * len(label))
        box = min(candidates, key=lambda each: sum(each.overlap(other) for other in taken) + _outside(each))
        taken.append(box)
        boxes.append(box)
    return boxes


def _around(place: tuple[float, float], width: float) -> list[_Box]:
    """List where a label may stand, the best places first."""
    left, top = place
    across = (left + _AWAY_PX, left - _AWAY_PX - width, left - width / 2)
    down = [0.0, *(sign * shift * _LINE_PX for shift in (0.7, 1.2, 2.0, 3.0) for sign in (-1, 1))]
    return [
        _Box(start, top + shift - _LINE_PX / 2, start + width, top + shift + _LINE_PX / 2)
        for shift in down
        for start in (across[:2] if shift == 0 else across)
    ]


def _outside(box: _Box) -> float:
    """Return how much of a label would fall off the drawing."""
    inside = _Box(_LEFT, _TOP - 10, WIDTH_PX - 4, HEIGHT_PX - _BOTTOM)
    area = (box.right - box.left) * (box.bottom - box.top)
    return area - box.overlap(inside)
