"""Match the cracks of two registered photos and say what became of each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from crackscope.imaging.arrays import BoolMask, FloatArray, GreyPixels
from crackscope.imaging.registration import Registration
from crackscope.measurement.change.crack_change import CrackChange, CrackedPhoto, Kind, Stretch
from crackscope.measurement.change.darkness import missing_light
from crackscope.measurement.change.places import IntArray, Places, mask_widths, nearest, value_at
from crackscope.measurement.change.width_change import PhotoPair
from crackscope.measurement.crack_widths import Figure
from crackscope.measurement.profile.sampling import HALF_SAMPLES

NEAR_PX = 6.0
"""Lines so near each other, besides half the cracks' masks, are the same crack."""
LINKED_SHARE, LINKED_PX = 0.15, 24.0
"""Two cracks of two photos are one if this share, or so much of the length, of one lies on the other."""
SHORTEST_PX = 8.0
"""Shorter stretches come and go with the noise."""
TIP_SD_PX = 3.0
"""Of where a crack ends, in one photo against another."""
GONE = 0.5
"""A stretch is new, or gone, where the other photo misses less than this share of the light there."""
ALIKE = 0.75
"""Correlation from which on the surface along a stretch looks the same in both photos."""
SURE = 3.0
"""A change is told from none from so many standard deviations on."""
BORDER_PX = HALF_SAMPLES / 2
"""So near to a photo's border the wall beside a crack is out of sight."""


def compare_cracks(
    before: CrackedPhoto, after: CrackedPhoto, registration: Registration
) -> list[CrackChange]:
    """Match cracks by where they run, and compare them on the photos themselves.

    What a model sees of a faint crack differs from photo to photo, so a stretch that one photo lacks counts
    as grown or gone only if light is missing there in one photo and not in the other; and widths are compared
    place by place, at the same places of the wall.

    Parameters
    ----------
    before, after : CrackedPhoto
    registration : Registration

    Returns
    -------
    list of CrackChange
        Cracks of the first photo in their order, then those of the second one alone. Cracks that lie where
        only one photo looked are left out.
    """
    comparison = _Comparison(before, after, registration)
    return [change for group in comparison.groups() if (change := comparison.change(*group)) is not None]


class _Comparison:
    """Both photos' places in the first photo's frame, and what either photo tells there."""

    def __init__(self, before: CrackedPhoto, after: CrackedPhoto, registration: Registration) -> None:
        self.before, self.after, self.registration = before, after, registration
        self.pair = PhotoPair(before.grey, after.grey, registration)
        moved = [[registration.to_before(line) for line in lines] for lines in after.lines]
        self.reaches = mask_widths(before.mask), mask_widths(after.mask)
        self.zoom = math.sqrt(abs(float(np.linalg.det(registration.stretch(_middle(before.grey))[0]))))
        self.old = self._widened(Places.along(before.lines))
        self.new = self._widened(
            Places.along([[line for line in lines if np.isfinite(line).all()] for lines in moved])
        )
        self.old_near, self.old_link = self._near(self.old, moved)
        self.new_near, self.new_link = self._near(self.new, before.lines)
        self.old_seen, self.new_seen = self._in_both(self.old), self._in_both(self.new)

    def _widened(self, places: Places) -> Places:
        """Say how wide the crack is at each place, in the photo where it is wider: so far both are read."""
        points = places.crossings.points
        if not len(points):
            return places
        here = value_at(self.reaches[0], points)
        there = value_at(self.reaches[1], self.registration.to_after(points)) / self.zoom
        widths = np.maximum(np.maximum(here, there), 1.0)
        return replace(places, crossings=replace(places.crossings, widths_px=widths))

    def _near(self, places: Places, lines: Sequence[Sequence[FloatArray]]) -> tuple[BoolMask, IntArray]:
        shape = (self.before.grey.shape[0], self.before.grey.shape[1])
        away, whose = nearest(places.crossings.points, lines, shape)
        allowed = NEAR_PX + places.crossings.widths_px / 2.0 + 2.0 * self.registration.sigma_px
        return away <= allowed, whose

    def _in_both(self, places: Places) -> BoolMask:
        points = places.crossings.points
        seen: BoolMask = _inside(points, self.before.grey) & _inside(
            self.registration.to_after(points) if len(points) else points, self.after.grey
        )
        return seen

    def groups(self) -> list[tuple[list[int], list[int]]]:
        """Join the cracks of both photos that lie on each other."""
        counts = len(self.before.lines), len(self.after.lines)
        linked = self._linked(self.old, self.old_near, self.old_link, counts)
        linked |= self._linked(self.new, self.new_near, self.new_link, counts[::-1]).T
        parts: list[tuple[set[int], set[int]]] = []
        waiting = [("old", i) for i in range(counts[0])] + [("new", j) for j in range(counts[1])]
        done: set[tuple[str, int]] = set()
        for first in waiting:
            if first in done:
                continue
            olds: set[int] = set()
            news: set[int] = set()
            todo = [first]
            while todo:
                side, number = todo.pop()
                if (side, number) in done:
                    continue
                done.add((side, number))
                (olds if side == "old" else news).add(number)
                links = np.flatnonzero(linked[number] if side == "old" else linked[:, number])
                todo += [("new" if side == "old" else "old", int(each)) for each in links]
            parts.append((olds, news))
        return [(sorted(olds), sorted(news)) for olds, news in parts]

    @staticmethod
    def _linked(places: Places, near: BoolMask, whose: IntArray, counts: tuple[int, int]) -> BoolMask:
        lengths = np.zeros(counts)
        np.add.at(lengths, (places.crack_of[near], whose[near]), places.shares_px[near])
        whole = np.bincount(places.crack_of, weights=places.shares_px, minlength=counts[0])
        linked: BoolMask = lengths >= np.minimum(LINKED_SHARE * whole[:, None] + 1e-9, LINKED_PX)
        return linked

    def change(self, olds: list[int], news: list[int]) -> CrackChange | None:
        """Say what became of the crack that these are parts of; None if only one photo looked there."""
        old = np.isin(self.old.crack_of, olds) & self.old_seen
        new = np.isin(self.new.crack_of, news) & self.new_seen
        if not (old.any() or new.any()):
            return None
        gained, gained_at, doubtful_gain = self._alone(self.new, new & ~self.new_near, shown_in_after=True)
        lost, lost_at, doubtful_loss = self._alone(self.old, old & ~self.old_near, shown_in_after=False)
        length = float(self.old.shares_px[old].sum())
        whole_new = float(self.new.shares_px[new].sum())
        delta = sum(each.length_px for each in gained) - sum(each.length_px for each in lost)
        tips = max(1, len(gained) + len(lost))
        sigma = math.hypot(TIP_SD_PX * math.sqrt(tips), 2.0 * self.registration.sigma_px)
        missed_in: str | None = None
        kind: Kind
        if not old.any():
            kind, missed_in = self._one_sided(delta, whole_new, doubtful_gain, "new", "before")
            length = 0.0 if kind == "new" else whole_new
            delta = whole_new if kind == "new" else 0.0
        elif not new.any():
            kind, missed_in = self._one_sided(-delta, length, doubtful_loss, "vanished", "after")
            delta = -length if kind == "vanished" else 0.0
        else:
            kind = "unchanged"
        places = self.old.part(old) if old.any() else self.new.part(new)
        widths = None
        if kind == "unchanged":  # both photos show it, whatever the model saw
            shared = self.old.part(old & ~lost_at) if old.any() else self.new.part(new & ~gained_at)
            widths = self.pair.width_change(shared)
            kind = _kind(Figure(delta, sigma), widths.change)
        if widths is None or (kind == "unclear" and missed_in is not None):
            widths = self.pair.width_in_one(places, in_after=not old.any())
        return CrackChange(
            before=tuple(olds),
            after=tuple(news),
            kind=kind,
            length_before_px=length,
            length_change=Figure(delta, sigma),
            width_before_px=widths.before,
            width_after_px=widths.after,
            width_change=widths.change,
            told_share=widths.told_share,
            gained=gained,
            lost=lost,
            missed_in=missed_in,
            where=places.crossings.points,
            normals=places.crossings.normals,
        )

    @staticmethod
    def _one_sided(
        certain_px: float, whole_px: float, doubtful_px: float, kind: Kind, missed_in: str
    ) -> tuple[Kind, str | None]:
        """Judge a crack that a model saw in one photo only."""
        if certain_px >= whole_px / 2.0:
            return kind, None
        if certain_px + doubtful_px >= whole_px / 2.0:
            return "unclear", None
        return "unchanged", missed_in

    def _alone(
        self, places: Places, alone: BoolMask, *, shown_in_after: bool
    ) -> tuple[tuple[Stretch, ...], BoolMask, float]:
        """Find the stretches that one photo shows and the other does not, and the length that is in doubt.

        The second thing returned says which places these stretches are made of.
        """
        stretches, doubtful = [], 0.0
        counted = np.zeros(len(alone), np.bool_)
        for run in _runs(alone, places.line_of):
            length = float(places.shares_px[run].sum())
            if length < SHORTEST_PX:
                continue
            own = places.part(run)
            there, _ = own.to_after(self.registration)
            here = missing_light(self.before.grey, own.crossings)
            beyond = missing_light(self.after.grey, there)
            if here.likeness(beyond) >= ALIKE:
                continue
            showing, lacking = (beyond, here) if shown_in_after else (here, beyond)
            (shown, shown_sd), (other, other_sd) = showing.mean(), lacking.mean()
            if not (math.isfinite(shown) and math.isfinite(other)):
                doubtful += length
            elif other >= GONE * shown and shown > 0.0:
                continue
            elif shown - other >= SURE * math.hypot(shown_sd, other_sd):
                stretches.append(Stretch(own.crossings.points, length))
                counted[run] = True
            else:
                doubtful += length
        return tuple(stretches), counted, doubtful


def _kind(length: Figure, width: Figure | None) -> Kind:
    """Name a change; a crack that got longer or wider has grown, whatever else it did.

    Where nothing is known of the width, a crack that is as long as before is not called unchanged.
    """
    changes = [length.value / length.sigma if abs(length.value) >= SHORTEST_PX else 0.0]
    if width is not None:
        changes.append(width.value / width.sigma)
    if max(changes) >= SURE:
        return "grown"
    if min(changes) <= -SURE:
        return "shrunk"
    return "unclear" if width is None else "unchanged"


def _runs(chosen: BoolMask, line_of: IntArray) -> list[IntArray]:
    """Take apart what is chosen into neighbours on the same line."""
    at = np.flatnonzero(chosen)
    if not at.size:
        return []
    breaks = (np.diff(at) > 1) | (np.diff(line_of[at]) != 0)
    return np.split(at, np.flatnonzero(breaks) + 1)


def _inside(points: FloatArray, photo: GreyPixels) -> BoolMask:
    limit = np.array(photo.shape) - 1 - BORDER_PX
    known = np.nan_to_num(points, nan=-1.0)
    inside: BoolMask = np.all((known >= BORDER_PX) & (known <= limit), axis=1)
    return inside


def _middle(photo: GreyPixels) -> FloatArray:
    return np.array([[(side - 1) / 2.0 for side in photo.shape]])
