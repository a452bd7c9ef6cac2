"""The picture of a photo with its cracks drawn in, large and as a thumbnail."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from crackscope.errors import CrackscopeError
from crackscope.imaging.arrays import RgbPixels
from crackscope.imaging.encode import thumbnail, write_jpeg
from crackscope.imaging.overlay import COLOURS, Colour, draw_overlay
from crackscope.imaging.photo import Photo
from crackscope.imaging.rle import RunLengthMask
from crackscope.inspection.inspection import Crack, Inspection
from crackscope.reports.figures import length_text, probability_text, width_text
from crackscope.reports.oblique import one_scale_holds
from crackscope.reports.overlay_labels import Label, draw_badge, draw_labels
from crackscope.reports.overlay_marks import mark_place, put_into_corner, scale_bar
from crackscope.reports.overlay_widths import width_rims
from crackscope.reports.picture_names import picture_name
from crackscope.reports.report import Pictures

OVERLAYS_FOLDER = "overlays"
THUMBNAILS_FOLDER = "thumbnails"

SHORTEST_SIDE_SHOWN_PX = 900
"""Photos whose longer side is shorter are enlarged (by a whole factor), so that there is room to write."""
LONGEST_SIDE_SHOWN_PX = 6000
"""Photos with a longer side are shrunk: browsers struggle with more, and the photo itself is still there."""
LARGEST_ENLARGEMENT = 8
CRACK_FREE_SIDE_PX = 1600
LEAST_RIM_PX, RIM_SHARE = 3, 800
"""Of the line that tells a crack's width: in px, and how often it goes into the picture's longer side."""
TINT_IN_RIM = 0.3
"""Opacity of a crack's colour on it, where the line around it has other colours."""
THUMBNAIL_SIDE_PX = 320
TEXT_SHARE = 62
"""How often the text's height goes into the picture's longer side."""
FRAME_SHARE = 120
"""How often the frame of a cracked photo goes into the picture's longer side."""
IN_FLIGHT_PX = 60_000_000
"""Decoded pixels that are drawn at the same time, unless a single photo has more."""
THREADS = 2
MOST_MARKED = 150
"""Cracks whose widest place is marked, the longest ones; more would hide the picture."""
RING_WIDTHS = 0.8
"""Radius of the mark, in widths of the crack there."""


@dataclass(frozen=True, slots=True)
class OverlayPixels:
    """The two pictures of a photo.

    Parameters
    ----------
    overlay : uint8 array, shape (H', W', 3)
    thumbnail : uint8 array, at most `THUMBNAIL_SIDE_PX` long
    """

    overlay: RgbPixels
    thumbnail: RgbPixels


def draw_inspection(pixels: RgbPixels, inspection: Inspection) -> OverlayPixels:
    """Draw the cracks of a photo into it: mask and outline, number, length and largest width.

    The outline's colour says how wide the crack is there, and a legend what the colours mean: it lies beside
    the crack, which stays in sight. Where no widths are known, or there is no room for a legend, the outline
    has the crack's own colour. A ring marks where a crack is widest; where the scale is known, and the same
    all over the photo, a bar shows it.

    Text and lines grow with the picture. Small photos are enlarged by a whole factor until there is room to
    write, very large ones shrunk to `LONGEST_SIDE_SHOWN_PX`. A photo without cracks is shown as it is,
    shrunk to `CRACK_FREE_SIDE_PX`, large enough to see that there is none. One that a classifier calls
    cracked without saying where has a frame around it, for the crack is somewhere inside, and its probability
    in a corner. In the thumbnail the centrelines are drawn instead of the masks, for a crack a few px wide
    would vanish.

    Parameters
    ----------
    pixels : uint8 array, shape (H, W, 3)
        Of the inspected photo. Not changed.
    inspection : Inspection

    Returns
    -------
    OverlayPixels

    Raises
    ------
    ValueError
        If the photo is of another size than the inspected one.
    """
    height, width = pixels.shape[:2]
    if (height, width) != (inspection.photo.height_px, inspection.photo.width_px):
        raise ValueError(
            f"the photo has {width}×{height} px, the inspected one "
            f"{inspection.photo.width_px}×{inspection.photo.height_px}"
        )
    if not inspection.is_located:
        return _draw_framed(pixels, inspection)
    small = _draw_thumbnail(pixels, inspection.cracks)
    if not inspection.cracks:
        return OverlayPixels(_at_most(pixels, CRACK_FREE_SIDE_PX), small)
    longest = max(height, width)
    factor = min(max(-(-SHORTEST_SIDE_SHOWN_PX // longest), 1), LARGEST_ENLARGEMENT)
    masks = [_enlarged_mask(crack, factor) for crack in inspection.cracks]
    colours = [_colour(crack) for crack in inspection.cracks]
    if factor > 1:
        pixels = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC).astype(
            np.uint8
        )
    text_px = max(12, round(min(longest * factor, LONGEST_SIDE_SHOWN_PX) / TEXT_SHARE))
    patches = []
    rims = width_rims(inspection, factor=factor, text_px=text_px, room=_shown_size(pixels))
    if rims is None:
        drawn = draw_overlay(pixels, masks, colours=colours)
    else:
        line_px = max(LEAST_RIM_PX, round(longest * factor / RIM_SHARE))
        drawn = draw_overlay(
            pixels, masks, colours=colours, opacity=TINT_IN_RIM, rims=rims.around, rim_px=line_px
        )
        patches.append(rims.legend)
    overlay = _at_most(drawn, LONGEST_SIDE_SHOWN_PX)
    scale = overlay.shape[1] / width
    if inspection.scale_mm_per_px is not None and one_scale_holds(inspection):
        mm_per_px = inspection.scale_mm_per_px / scale
        patches.append(scale_bar(overlay.shape[1], mm_per_px=mm_per_px, text_px=text_px))
    for crack in inspection.cracks[:MOST_MARKED]:
        row, column = crack.max_width_at
        radius_px = max(0.4 * text_px, RING_WIDTHS * crack.max_width_px * scale)
        mark_place(overlay, ((row + 0.5) * scale - 0.5, (column + 0.5) * scale - 0.5), radius_px=radius_px)
    labels = [_label(crack, scale) for crack in inspection.cracks]
    occupied = []
    if patches:
        lines = [line for label in labels for line in label.lines]
        occupied.append(put_into_corner(overlay, patches, lines=lines))
    draw_labels(overlay, labels, text_px=text_px, occupied=occupied)
    return OverlayPixels(overlay, small)


class OverlayPainter:
    """Draws the pictures of a survey into the report's folder, a few photos at a time.

    The pictures go to ``overlays/`` and ``thumbnails/`` under names by `picture_name`.

    Parameters
    ----------
    folder : Path
        The report's.
    path_of : function
        Gives the path of a photo by its name, or None if it is not known.
    max_pixels : int
        As in the survey.
    keep_drawn : bool
        Do not draw what is there already: for a survey that is resumed.
    """

    def __init__(
        self,
        folder: Path,
        path_of: Callable[[str], Path | None],
        *,
        max_pixels: int,
        keep_drawn: bool = False,
    ) -> None:
        self._folder = folder
        self._path_of = path_of
        self._max_pixels = max_pixels
        self._keep_drawn = keep_drawn
        self.missing = 0
        """Photos that could not be drawn, because they are gone or were changed since they were inspected."""

    def draw_all(self, inspections: Iterable[Inspection]) -> Iterator[tuple[Inspection, Pictures | None]]:
        """Draw photo by photo and pass the inspections on, in their order, with where the pictures are.

        Raises
        ------
        CrackscopeError
            If a picture cannot be written.
        """
        waiting: deque[tuple[Inspection, Future[Pictures | None]]] = deque()
        in_flight_px = 0
        with ThreadPoolExecutor(THREADS) as pool:
            try:
                for inspection in inspections:
                    size_px = _size_px(inspection)
                    while waiting and (in_flight_px + size_px > IN_FLIGHT_PX or len(waiting) > 4 * THREADS):
                        done, future = waiting.popleft()
                        in_flight_px -= _size_px(done)
                        yield done, self._counted(future.result())
                    waiting.append((inspection, pool.submit(self._draw, inspection)))
                    in_flight_px += size_px
                while waiting:
                    done, future = waiting.popleft()
                    yield done, self._counted(future.result())
            finally:
                for _, future in waiting:
                    future.cancel()

    def _counted(self, pictures: Pictures | None) -> Pictures | None:
        self.missing += pictures is None
        return pictures

    def _draw(self, inspection: Inspection) -> Pictures | None:
        name = picture_name(inspection.photo.name)
        pictures = Pictures(f"{OVERLAYS_FOLDER}/{name}", f"{THUMBNAILS_FOLDER}/{name}")
        overlay_path, thumbnail_path = self._folder / pictures.overlay, self._folder / pictures.thumbnail
        if self._keep_drawn and overlay_path.exists() and thumbnail_path.exists():
            return pictures
        photo = self._open(inspection)
        if photo is None:
            return None
        drawn = draw_inspection(photo.pixels, inspection)
        for path, pixels in ((overlay_path, drawn.overlay), (thumbnail_path, drawn.thumbnail)):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_jpeg(path, pixels)
        return pictures

    def _open(self, inspection: Inspection) -> Photo | None:
        """Read the photo again; None if it is no longer the one that was inspected."""
        record = inspection.photo
        path = self._path_of(record.name)
        if path is None:
            return None
        try:
            photo = Photo.open(path, name=record.name, max_pixels=self._max_pixels)
        except CrackscopeError:
            return None
        same = record.sha256 is None or photo.sha256 == record.sha256
        return photo if same and photo.pixels.shape[:2] == (record.height_px, record.width_px) else None


def _size_px(inspection: Inspection) -> int:
    return inspection.photo.height_px * inspection.photo.width_px


def _colour(crack: Crack) -> Colour:
    return COLOURS[(crack.number - 1) % len(COLOURS)]


def _label(crack: Crack, scale: float) -> Label:
    if crack.length_mm is not None and crack.max_width_mm is not None:
        size = f"{length_text(crack.length_mm, 'mm')}, max {width_text(crack.max_width_mm, 'mm')}"
    else:
        size = f"{length_text(crack.length_px, 'px')}, max {width_text(crack.max_width_px, 'px')}"
    return Label(
        number=str(crack.number),
        size=size.replace("\N{NARROW NO-BREAK SPACE}", " "),
        colour=_colour(crack),
        lines=[[(row * scale, column * scale) for row, column in line] for line in crack.centreline],
        at=((crack.box.row + crack.box.height / 2) * scale, (crack.box.column + crack.box.width / 2) * scale),
    )


def _shown_size(pixels: RgbPixels) -> tuple[int, int]:
    height, width = pixels.shape[:2]
    shrunk = min(1.0, LONGEST_SIDE_SHOWN_PX / max(height, width))
    return round(height * shrunk), round(width * shrunk)


def _at_most(pixels: RgbPixels, longest_px: int) -> RgbPixels:
    return thumbnail(pixels, longest_px) if max(pixels.shape[:2]) > longest_px else pixels


def _draw_framed(pixels: RgbPixels, inspection: Inspection) -> OverlayPixels:
    """Draw a cracked photo of which it is not known where."""
    overlay = _at_most(pixels, LONGEST_SIDE_SHOWN_PX).copy()
    longest = max(overlay.shape[:2])
    thickness = max(2, longest // FRAME_SHARE)
    for edge in (overlay[:thickness], overlay[-thickness:], overlay[:, :thickness], overlay[:, -thickness:]):
        edge[:] = COLOURS[0]
    text_px = max(12, round(longest / TEXT_SHARE))
    probability = "" if inspection.probability is None else probability_text(inspection.probability)
    detail = probability.replace("\N{NARROW NO-BREAK SPACE}", " ")
    draw_badge(overlay, inspection.verdict, detail, colour=COLOURS[0], text_px=text_px)
    return OverlayPixels(overlay, _at_most(pixels, THUMBNAIL_SIDE_PX))


def _draw_thumbnail(pixels: RgbPixels, cracks: tuple[Crack, ...]) -> RgbPixels:
    small = _at_most(pixels, THUMBNAIL_SIDE_PX)
    if not cracks:
        return small
    scale = small.shape[1] / pixels.shape[1]
    small = small.copy()
    thickness = max(1, round(max(small.shape[:2]) / 130))
    for crack in reversed(cracks):
        lines = [
            np.rint(np.array(line, np.float64)[:, ::-1] * scale).astype(np.int32).reshape(-1, 1, 2)
            for line in crack.centreline
            if line
        ]
        cv2.polylines(
            small, lines, isClosed=False, color=_colour(crack), thickness=thickness, lineType=cv2.LINE_AA
        )
    return small


def _enlarged_mask(crack: Crack, factor: int) -> RunLengthMask:
    """Enlarge a crack's mask with a smooth outline."""
    mask, box = crack.mask, crack.box
    if factor == 1:
        return mask
    patch = np.pad(mask.decode_box(box).astype(np.uint8) * 255, 1)
    large = cv2.resize(patch, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
    rows, columns = np.nonzero(large[factor:-factor, factor:-factor] >= 128)
    return RunLengthMask.from_pixels(
        rows + box.row * factor,
        columns + box.column * factor,
        height=mask.height * factor,
        width=mask.width * factor,
    )
