"""The curves of all runs over each other."""

from __future__ import annotations

from collections.abc import Sequence

from crackscope.evaluation.comparison import svg
from crackscope.evaluation.comparison.run_facts import Curve

WIDTH_PX, HEIGHT_PX = 560, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 34, 46
_FEW_POINTS = 60


def curves_chart(curves: Sequence[tuple[str, Curve]], *, title: str) -> str:
    """Draw curves over epochs.

    Parameters
    ----------
    curves : sequence of (str, Curve)
        By name of the run; their positions give their colours. Empty curves are passed over.
    title : str
        Of the values.

    Returns
    -------
    str
        An SVG element; empty where no curve has a point.
    """
    values = [value for _, curve in curves for value in curve.values]
    epochs = [epoch for _, curve in curves for epoch in curve.epochs]
    if not values:
        return ""
    last = max(epochs)
    step = svg.linear_scale([0, max(2, last)], start_px=_LEFT, end_px=WIDTH_PX - _RIGHT, ticks=6)
    ticks = tuple(tick for tick in step.ticks if tick == int(tick))
    x = svg.Scale(0, max(2, last), _LEFT, WIDTH_PX - _RIGHT, tuple(t for t in ticks if t <= max(2, last)))
    y = svg.linear_scale(values, start_px=HEIGHT_PX - _BOTTOM, end_px=_TOP)
    lines = [_line(name, curve, number, x, y) for number, (name, curve) in enumerate(curves) if curve.values]
    body = svg.axes(x, y, x_title="epoch", y_title=title) + "".join(lines)
    return svg.figure(WIDTH_PX, HEIGHT_PX, body, name=f"{title} over epochs, one line per run")


def _line(name: str, curve: Curve, number: int, x: svg.Scale, y: svg.Scale) -> str:
    points = [(x(epoch), y(value)) for epoch, value in zip(curve.epochs, curve.values, strict=True)]
    path = " ".join(f"{left:.1f},{top:.1f}" for left, top in points)
    hint = f"<title>{svg.escape(name)}</title>"
    style = f'stroke="{svg.colour(number)}"{svg.dashes(number)}'
    drawn = f'<polyline class="curve" {style} points="{path}">{hint}</polyline>'
    if len(points) > _FEW_POINTS:
        return drawn
    dots = "".join(
        f'<circle cx="{left:.1f}" cy="{top:.1f}" r="2.6" fill="{svg.colour(number)}">'
        f"<title>{svg.escape(name)}, epoch {epoch}: {value:.4g}</title></circle>"
        for (left, top), epoch, value in zip(points, curve.epochs, curve.values, strict=True)
    )
    return drawn + dots
