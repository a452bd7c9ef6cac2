"""How long measuring cracks takes, beside scikit-image, and how the time grows with the cracks.

usage: python benchmarks/measure_speed.py [--rounds 9] [--rival-rounds 5] [--threads 2]

Wandering cracks are drawn on 12 megapixels. All sides begin with the same mask: crackscope takes it apart and
measures each crack's length, widths, direction and shape, on the mask or on the drawn photo; scikit-image
labels it, takes the medial axis with the distance from it, and makes length, widths and direction of these.
That is done at once for the whole mask, or crack by crack in its box; and with `skeletonize` and SciPy's
distance transform in place of the medial axis, which is quicker. Sides take turns.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from skimage.measure import label, regionprops
from skimage.morphology import medial_axis, skeletonize

from crackscope.imaging.arrays import BoolMask, FloatArray, GreyPixels
from crackscope.imaging.colour import to_grey
from crackscope.imaging.crack_shape import line_of
from crackscope.imaging.synthetic import DrawnCrack, draw_mask, draw_photo, wandering_crack
from crackscope.measurement import CrackMeasurement, RegionAssembler, measure_cracks

HEIGHT, WIDTH = 3000, 4000
CRACKS = 50
LENGTHS_PX = (300.0, 1200.0)
WIDTHS_PX = (2.0, 2.0, 3.0, 4.0, 6.0, 9.0, 12.0)
EVEN_WIDTH_PX, EVEN_LENGTH_PX = 4.0, 250.0
APART_PX = 32
COUNTS = (12, 25, 50, 100, 200)
LONG_CRACKS, BASE_LENGTH_PX = 12, 200.0
TIMES_LONGER = (1, 2, 4, 8)
AIM_S, AIM_TIMES = 0.6, 3.0

AxisOf = Callable[[BoolMask], tuple[BoolMask, FloatArray]]


def scattered(count: int, seed: int, shape: Callable[[np.random.Generator], DrawnCrack]) -> list[DrawnCrack]:
    """Place cracks all over the picture, none near another."""
    rng = np.random.default_rng(seed)
    taken: set[tuple[int, int]] = set()
    cracks: list[DrawnCrack] = []
    while len(cracks) < count:
        crack = moved_anywhere(rng, shape(rng))
        squares = {square for line in crack.lines for square in squares_of(line)}
        if not squares & taken:
            taken |= {(r + a, c + b) for r, c in squares for a in (-1, 0, 1) for b in (-1, 0, 1)}
            cracks.append(crack)
    return cracks


def squares_of(line: DrawnCrack) -> set[tuple[int, int]]:
    return {(int(row), int(column)) for row, column in line.centreline // APART_PX}


def moved_anywhere(rng: np.random.Generator, crack: DrawnCrack) -> DrawnCrack:
    """Move a crack, without turning it, to a random place where all of it is in the picture."""
    points = np.concatenate([line.centreline for line in crack.lines])
    margin = max(float(line.width_px.max()) for line in crack.lines) + 1
    low = margin - points.min(axis=0)
    high = np.array([HEIGHT, WIDTH]) - 1 - margin - points.max(axis=0)
    return moved(crack, rng.uniform(low, np.maximum(high, low)))


def moved(crack: DrawnCrack, by: FloatArray) -> DrawnCrack:
    branches = tuple(moved(branch, by) for branch in crack.branches)
    return line_of(crack.centreline + by, crack.width_px, branches=branches)


def any_crack(rng: np.random.Generator) -> DrawnCrack:
    length = float(rng.uniform(*LENGTHS_PX))
    size = int(1.2 * length)
    branches = int(rng.choice([0, 0, 1, 2]))
    return wandering_crack(rng, size, size, float(rng.choice(WIDTHS_PX)), length_px=length, branches=branches)


def even_crack(rng: np.random.Generator, length_px: float) -> DrawnCrack:
    size = int(1.2 * length_px)
    return wandering_crack(rng, size, size, EVEN_WIDTH_PX, length_px=length_px, roughness=0.05)


def crackscope(mask: BoolMask, photo: GreyPixels | None = None) -> list[CrackMeasurement]:
    assembler = RegionAssembler(*mask.shape, 0.5)
    assembler.add(0, mask.astype(np.float32))
    return measure_cracks(assembler.finish(), photo)


def by_medial_axis(mask: BoolMask) -> tuple[BoolMask, FloatArray]:
    axis, distance = medial_axis(mask, return_distance=True)
    return axis, distance


def by_skeleton(mask: BoolMask) -> tuple[BoolMask, FloatArray]:
    return skeletonize(mask), distance_transform_edt(mask)


def rival_by_box(mask: BoolMask, axis_of: AxisOf) -> list[list[float]]:
    """Take the axis of each crack in its box."""
    figures = []
    for region in regionprops(label(mask, connectivity=2)):
        axis, distance = axis_of(np.pad(region.image, 1))
        figures.append(rival_figures(axis, distance[axis], region.orientation))
    return figures


def rival_at_once(mask: BoolMask, axis_of: AxisOf) -> list[list[float]]:
    """Take the axis of the whole mask."""
    labels = label(mask, connectivity=2)
    axis, distance = axis_of(mask)
    return [
        rival_figures(
            own := region.image & axis[region.slice], distance[region.slice][own], region.orientation
        )
        for region in regionprops(labels)
    ]


def rival_figures(axis: BoolMask, radii: NDArray[np.float64], orientation: float) -> list[float]:
    """Length with steps of 1 and √2, mean, median, 95th percentile and maximum of the width, direction."""
    straight = np.count_nonzero(axis[1:] & axis[:-1]) + np.count_nonzero(axis[:, 1:] & axis[:, :-1])
    corners = [(axis[1:, 1:], axis[:-1, :-1], axis[1:, :-1], axis[:-1, 1:])]
    corners += [(axis[1:, :-1], axis[:-1, 1:], axis[1:, 1:], axis[:-1, :-1])]
    aslant = sum(np.count_nonzero(one & other & ~(a | b)) for one, other, a, b in corners)
    widths = 2.0 * radii
    median, p95 = np.quantile(widths, [0.5, 0.95])
    direction = (np.degrees(orientation) + 90.0) % 180.0
    length = straight + 2.0**0.5 * aslant
    return [length, float(widths.mean()), float(median), float(p95), float(widths.max()), float(direction)]


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def beside_rival(rounds: int, rival_rounds: int) -> None:
    photo = draw_photo(height=HEIGHT, width=WIDTH, seed=1, cracks=scattered(CRACKS, 1, any_crack))
    mask, grey = photo.mask, to_grey(photo.pixels)
    sides: dict[str, tuple[Callable[[], Sequence[CrackMeasurement] | Sequence[list[float]]], int]] = {
        "crackscope, on the mask": (lambda: crackscope(mask), rounds),
        "crackscope, on the photo": (lambda: crackscope(mask, grey), rounds),
        "medial axis, each crack in its box": (lambda: rival_by_box(mask, by_medial_axis), rival_rounds),
        "medial axis of the whole mask": (lambda: rival_at_once(mask, by_medial_axis), rival_rounds),
        "skeleton, each crack in its box": (lambda: rival_by_box(mask, by_skeleton), rival_rounds),
        "skeleton of the whole mask": (lambda: rival_at_once(mask, by_skeleton), rival_rounds),
    }
    found = crackscope(mask)
    lengths = [length_of(work()) for work, _ in sides.values()]  # and warm up
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    for turn in range(max(rounds, rival_rounds)):
        for side, (work, turns) in sides.items():
            if turn < turns:
                seconds[side].append(timed(work))
    print(f"{len(found)} cracks, {np.count_nonzero(mask):,} crack pixels of {mask.size / 1e6:.0f} MP\n")
    print("| side | median, s | 95th percentile, s | runs | length, all cracks, px |")
    print("|---|---|---|---|---|")
    drawn = sum(crack.total_length_px for crack in photo.cracks)
    for (side, times), length in zip(seconds.items(), lengths, strict=True):
        middle, late = np.median(times), np.percentile(times, 95)
        print(f"| {side} | {middle:.3f} | {late:.3f} | {len(times)} | {length:,.0f} |")
    print(f"\ntrue length {drawn:,.0f} px")
    middles = [float(np.median(times)) for times in seconds.values()]
    for rival, its in (("medial axis", min(middles[2:4])), ("skeleton", min(middles[4:]))):
        for name, own in zip(("mask", "photo"), middles[:2], strict=True):
            print(
                f"on the {name}: {own:.3f} s, aim {AIM_S} s; {its / own:.1f} times as fast as the faster "
                f"way by {rival}, aim {AIM_TIMES:g}"
            )


def length_of(cracks: Sequence[CrackMeasurement] | Sequence[list[float]]) -> float:
    return sum(each.length_px if isinstance(each, CrackMeasurement) else each[0] for each in cracks)


def growth(rounds: int) -> None:
    pictures = {
        f"{count} cracks of {EVEN_LENGTH_PX:.0f} px": scattered(
            count, 2, lambda rng: even_crack(rng, EVEN_LENGTH_PX)
        )
        for count in COUNTS
    }
    for times in TIMES_LONGER:
        length_px = BASE_LENGTH_PX * times
        pictures[f"{LONG_CRACKS} cracks of {length_px:.0f} px"] = scattered(
            LONG_CRACKS, 3, lambda rng, length_px=length_px: even_crack(rng, length_px)
        )
    masks = {"no crack": np.zeros((HEIGHT, WIDTH), np.bool_)}
    masks |= {name: draw_mask(cracks, height=HEIGHT, width=WIDTH) for name, cracks in pictures.items()}
    seconds: dict[str, list[float]] = {name: [] for name in masks}
    for turn in range(rounds + 1):
        for name, mask in masks.items():
            taken = timed(lambda mask=mask: crackscope(mask))
            if turn:
                seconds[name].append(taken)
    empty = float(np.median(seconds.pop("no crack")))
    print(f"\n12 MP without a crack: {empty * 1e3:.0f} ms, which every picture takes\n")
    print(
        "| picture | crack pixels | median, ms | above the empty picture, ms | per 1,000 crack pixels, ms |"
    )
    print("|---|---|---|---|---|")
    areas, aboves = [], []
    for name, each in seconds.items():
        area, middle = np.count_nonzero(masks[name]), float(np.median(each))
        areas.append(area)
        aboves.append(middle - empty)
        print(
            f"| {name} | {area:,} | {middle * 1e3:.0f} | {aboves[-1] * 1e3:.0f} "
            f"| {aboves[-1] / area * 1e6:.2f} |"
        )
    for name, part in (("more cracks", slice(0, len(COUNTS))), ("longer cracks", slice(len(COUNTS), None))):
        thousands, ms = np.array(areas[part]) / 1e3, np.array(aboves[part]) * 1e3
        slope, start = np.polyfit(thousands, ms, 1)
        off = np.abs(ms / (start + slope * thousands) - 1).max()
        power = np.polyfit(np.log(thousands), np.log(ms), 1)[0]
        print(
            f"\n{name}: {start:.1f} ms + {slope:.2f} ms per 1,000 crack pixels, no picture off that line by "
            f"more than {off:.0%}; as a power of crack pixels, {power:.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--rival-rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    cv2.setNumThreads(options.threads)
    beside_rival(options.rounds, options.rival_rounds)
    growth(options.rounds)


if __name__ == "__main__":
    main()
