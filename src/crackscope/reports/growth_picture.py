"""Before and after, side by side: the second photo laid on the first, and what changed marked in both."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from crackscope.imaging.arrays import RgbPixels
from crackscope.imaging.encode import thumbnail
from crackscope.imaging.overlay import Colour
from crackscope.inspection.growth import CrackGrowth, Growth
from crackscope.reports.figures import length_text, width_text
from crackscope.reports.overlay_labels import PAPER, WHITE, Label, draw_labels, text_patch, to_xy

# Okabe and Ito (2008), "Color universal design".
KIND_COLOURS: dict[str, Colour] = {
    "unchanged": (200, 200, 200),
    "grown": (230, 159, 0),
    "shrunk": (86, 180, 233),
    "new": (213, 94, 0),
    "vanished": (0, 114, 178),
    "unclear": (240, 228, 66),
}
GAINED, LOST = KIND_COLOURS["new"], KIND_COLOURS["vanished"]
SIDE_PX = 3000
"""Longest side of one of the two pictures."""
SHORTEST_SIDE_PX = 900
GAP_SHARE, TEXT_SHARE = 80, 50
_SUB_PX_BITS = 4
_THIN = "\N{NARROW NO-BREAK SPACE}"


def draw_growth(before: RgbPixels, after: RgbPixels, growth: Growth) -> RgbPixels:
    """Draw the picture.

    Parameters
    ----------
    before, after : uint8 arrays, shapes (H, W, 3) and (H', W', 3)
        The photos that were compared.
    growth : Growth

    Returns
    -------
    uint8 array, shape (H'', W'', 3)
        Wide photos above each other, others beside each other.
    """
    height, width = before.shape[:2]
    view = np.array(growth.after_from_before).reshape(3, 3)
    laid = cv2.warpPerspective(
        after, view, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=PAPER
    )
    zoom = max(1, -(-SHORTEST_SIDE_PX // max(height, width)))
    sides = [
        _drawn(pixels, growth.cracks, zoom, is_after=is_after)
        for pixels, is_after in ((before, False), (np.asarray(laid, np.uint8), True))
    ]
    text_px = max(14, round(max(sides[0].shape[:2]) / TEXT_SHARE))
    titles = [
        f"{word}: {photo.name}{f', {photo.taken_at[:10]}' if photo.taken_at else ''}"
        for word, photo in (("Before", growth.before.photo), ("After", growth.after.photo))
    ]
    titled = [_titled(side, title, text_px) for side, title in zip(sides, titles, strict=True)]
    return _joined(
        titled, gap_px=max(4, max(sides[0].shape[:2]) // GAP_SHARE), text_px=text_px, growth=growth
    )


def _drawn(pixels: RgbPixels, cracks: Sequence[CrackGrowth], zoom: int, *, is_after: bool) -> RgbPixels:
    if zoom > 1:
        enlarged = cv2.resize(pixels, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
        drawn = np.asarray(enlarged, np.uint8)
    else:
        drawn = thumbnail(pixels, SIDE_PX).copy()
    scale = drawn.shape[1] / pixels.shape[1]
    text_px = max(14, round(max(drawn.shape[:2]) / TEXT_SHARE))
    thin = max(1, text_px // 10)
    labels = []
    for crack in cracks:
        colour = KIND_COLOURS[crack.kind]
        if crack.kind != ("vanished" if is_after else "new"):
            _dots(drawn, crack.line, colour, scale=scale, radius_px=thin)
        for line in crack.gained if is_after else crack.lost:
            points = [((row + 0.5) * scale - 0.5, (column + 0.5) * scale - 0.5) for row, column in line]
            for ink, width in ((PAPER, 3 * thin + 2), (GAINED if is_after else LOST, 3 * thin)):
                cv2.polylines(drawn, [to_xy(points, 1.0)], isClosed=False, color=ink, thickness=width)
        place = crack.line[len(crack.line) // 2]
        lines = [[(row * scale, column * scale) for row, column in crack.line]]
        at = (place[0] * scale, place[1] * scale)
        labels.append(
            Label(
                str(crack.number),
                change_text(crack) if is_after and crack.kind != "unchanged" else "",
                colour,
                lines,
                at,
            )
        )
    draw_labels(drawn, labels, text_px=text_px)
    return drawn


def _dots(
    drawn: RgbPixels, line: Sequence[tuple[float, float]], colour: Colour, *, scale: float, radius_px: int
) -> None:
    """Draw a dot at each place, so that the crack itself stays in sight."""
    unit = 1 << _SUB_PX_BITS
    for row, column in line[:: max(1, round(4 * radius_px / max(scale * 4.0, 1.0)))]:
        centre = (round(((column + 0.5) * scale - 0.5) * unit), round(((row + 0.5) * scale - 0.5) * unit))
        cv2.circle(drawn, centre, radius_px * unit, colour, -1, cv2.LINE_AA, _SUB_PX_BITS)


def change_text(crack: CrackGrowth) -> str:
    """Say in a few words what became of a crack.

    Returns
    -------
    str
        For example ``"grown: 0.12 mm wider, 34 mm longer"``.
    """
    unit = "px" if crack.length_change_mm is None else "mm"
    length, length_sigma, width, width_sigma = (
        getattr(crack, f"{name}_{unit}")
        for name in ("length_change", "length_change_sigma", "width_change", "width_change_sigma")
    )
    words = []
    if crack.kind in ("grown", "shrunk"):
        if width is not None and abs(width) >= 2.0 * width_sigma:
            words.append(f"{width_text(abs(width), unit)} {'wider' if width > 0 else 'narrower'}")
        if abs(length) >= 2.0 * length_sigma:
            words.append(f"{length_text(abs(length), unit)} {'longer' if length > 0 else 'shorter'}")
    elif crack.kind in ("new", "vanished"):
        words.append(length_text(abs(length), unit))
    text = crack.kind if not words else f"{crack.kind}: {', '.join(words)}"
    return text.replace(_THIN, " ")


def _titled(side: RgbPixels, title: str, text_px: int) -> RgbPixels:
    band = np.full((2 * text_px, side.shape[1], 3), PAPER, np.uint8)
    written = text_patch(title, text_px)[: band.shape[0], : side.shape[1]]
    band[: written.shape[0], : written.shape[1]] = written
    return np.concatenate([band, side])


def _joined(sides: Sequence[RgbPixels], *, gap_px: int, text_px: int, growth: Growth) -> RgbPixels:
    one, other = sides
    beside = one.shape[0] * 1.2 >= one.shape[1]
    shape = (one.shape[0], gap_px, 3) if beside else (gap_px, one.shape[1], 3)
    picture = np.concatenate([one, np.full(shape, WHITE, np.uint8), other], axis=1 if beside else 0)
    legend = np.full((2 * text_px, picture.shape[1], 3), PAPER, np.uint8)
    left = text_px // 2
    for kind in dict.fromkeys(crack.kind for crack in growth.cracks):
        word = text_patch(kind, text_px)[: legend.shape[0]]
        end = left + text_px + word.shape[1]
        if end > legend.shape[1]:
            break
        legend[text_px // 2 : text_px // 2 + text_px, left : left + text_px] = KIND_COLOURS[kind]
        legend[: word.shape[0], left + text_px : end] = word
        left = end + text_px // 2
    return np.concatenate([picture, legend]) if growth.cracks else picture
