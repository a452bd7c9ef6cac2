"""How far widths, lengths and directions are from the truth on drawn cracks.

usage: python benchmarks/drawn_widths.py [--seeds 8]

Straight cracks of every width, on three surfaces with uneven light, under three blurs and sensor noise, at
angles all round. Widths are taken across the true centreline; lengths and directions by the whole
measurement, on the true mask. A crack is 2 to 12 % as bright as the surface beside it, as measured cracks
are.
"""

from __future__ import annotations

import argparse
import itertools
import math

import numpy as np

from crackscope.imaging.arrays import FloatArray
from crackscope.imaging.background import SURFACES
from crackscope.imaging.colour import to_grey
from crackscope.imaging.synthetic import draw_mask, draw_photo, straight_crack
from crackscope.measurement import CrackMeasurement, RegionAssembler, measure
from crackscope.measurement.canvas import Canvas
from crackscope.measurement.profile.along import widths_in_photo
from crackscope.measurement.profile.sampling import Crossings, other_cracks

WIDTHS_PX = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0)
BLURS_PX = (0.5, 1.0, 2.0)
DARKNESS = (0.88, 0.98)
LENGTH_PX = 140.0
FROM_TIP_PX = 10.0
APART_PX = 5.0
LEAST_MASK_PX = 2.0
"""A mask of a hairline is at least so wide."""


def crack_ends(angle: float, seed: int, size: int) -> tuple[FloatArray, FloatArray]:
    middle = size / 2 + np.random.default_rng(seed).uniform(-0.5, 0.5, 2)
    along = np.array([-math.sin(angle), math.cos(angle)])
    return middle - along * LENGTH_PX / 2, middle + along * LENGTH_PX / 2


def widths(width_px: float, blur_px: float, surface: str, angle: float, seed: int) -> FloatArray:
    size = int(LENGTH_PX + 2 * width_px) + 60
    start, end = crack_ends(angle, seed, size)
    photo = draw_photo(
        height=size,
        width=size,
        seed=seed,
        cracks=[straight_crack(tuple(start), tuple(end), width_px)],
        surface=surface,
        darkness=DARKNESS,
        blur_sigma_px=blur_px,
        noise_sigma=3.0,
    )
    of_mask = max(width_px, LEAST_MASK_PX)
    mask = draw_mask([straight_crack(tuple(start), tuple(end), of_mask)], height=size, width=size)
    away = FROM_TIP_PX + width_px / 2
    at = np.arange(away, LENGTH_PX - away, APART_PX)
    along = (end - start) / LENGTH_PX
    normals = np.tile(along[::-1] * (-1.0, 1.0), (len(at), 1))
    crossings = Crossings(start + at[:, None] * along, normals, np.full(len(at), of_mask))
    hidden = other_cracks(Canvas.from_mask(mask), crossings)
    return widths_in_photo(to_grey(photo.pixels), crossings, hidden, np.zeros(len(at), np.intp)).widths_px


def whole(width_px: float, angle: float, seed: int) -> CrackMeasurement:
    size = int(LENGTH_PX + width_px) + 40
    start, end = crack_ends(angle, seed, size)
    mask = draw_mask([straight_crack(tuple(start), tuple(end), width_px)], height=size, width=size)
    assembler = RegionAssembler(size, size, 0.5)
    assembler.add(0, mask.astype(np.float32))
    return measure(max(assembler.finish(), key=lambda region: region.area_px))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=8, help="as many angles, each with a surface of its own")
    options = parser.parse_args()
    angles = [(seed + 0.37) * math.pi / options.seeds for seed in range(options.seeds)]
    print("| width, px |", *(f"blur {blur:g} px |" for blur in BLURS_PX), "bias | not measured |")
    print("|---|" + "---|" * (len(BLURS_PX) + 2))
    by_angle: dict[float, list[float]] = {angle: [] for angle in angles}
    for width_px in WIDTHS_PX:
        cells, every = [], []
        for blur_px in BLURS_PX:
            errors = []
            for surface, (seed, angle) in itertools.product(SURFACES, enumerate(angles)):
                error = widths(width_px, blur_px, surface, angle, seed) - width_px
                errors.append(error)
                by_angle[angle].extend(error[np.isfinite(error)])
            joined = np.concatenate(errors)
            every.append(joined)
            cells.append(f"{np.nanmean(np.abs(joined)):.3f}")
        found = np.concatenate(every)
        print(
            f"| {width_px:g} |",
            *(f"{cell} |" for cell in cells),
            f"{np.nanmean(found):+.3f} | {np.isnan(found).mean():.1%} |",
        )
    means = [float(np.mean(each)) for each in by_angle.values()]
    print(f"\nmean error by angle: {min(means):+.3f} to {max(means):+.3f} px")
    lengths, turns = [], []
    for width_px, (seed, angle) in itertools.product([w for w in WIDTHS_PX if w >= 2], enumerate(angles)):
        found_crack = whole(width_px, angle, seed)
        lengths.append(found_crack.length_px / LENGTH_PX - 1)
        turns.append((found_crack.orientation_deg - math.degrees(angle) + 90) % 180 - 90)
    print(f"length: mean error {np.mean(lengths):+.2%}, largest {np.abs(lengths).max():.2%}")
    print(f"direction: mean error {np.mean(turns):+.2f}°, largest {np.abs(turns).max():.2f}°")


if __name__ == "__main__":
    main()
