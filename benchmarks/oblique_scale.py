"""How far scales, lengths and widths from printed markers are from the truth on drawn oblique views.

usage: python benchmarks/oblique_scale.py [--views 6]

A drawn wall with markers of 50 mm and cracks of known length and width is photographed from aside, from
many directions; see `crackscope.imaging.wall_photo`. The scale is judged at the marker, beside it (1.5 sides
from its middle), and 200 mm away; lengths and widths by the whole measurement, on the true mask.
"""

from __future__ import annotations

import argparse
import math

import numpy as np

from crackscope.engine.model_card import CrackFilter
from crackscope.imaging.arrays import FloatArray, GreyPixels
from crackscope.imaging.markers import find_markers
from crackscope.imaging.wall_photo import photo_from_wall, photograph, stick_marker
from crackscope.inspection.inspection import Crack
from crackscope.inspection.measured_cracks import measured_cracks
from crackscope.measurement import RegionAssembler
from crackscope.measurement.marker_fit import wall_view
from crackscope.measurement.wall_view import WallView

PX_PER_MM, SIDE_MM = 8.0, 50.0
HEIGHT_PX, WIDTH_PX, FOCAL_PX, DISTANCE_MM = 1200, 1600, 1500.0, 900.0
TILTS_DEG = (0, 20, 40, 50)
LAYOUTS: dict[str, list[tuple[float, float]]] = {
    "one": [(0, -60)],
    "two": [(-110, -60), (120, 70)],
    "four": [(-180, -120), (180, -120), (180, 120), (-180, 120)],
}
CRACK_MM = (160.0, 1.5)
"""Length and width of a level crack through the wall's middle."""
CRACK = (slice(1594, 1606), slice(1760, 3040))
"""Its pixels."""
FAR_MM = 200.0


def wall(places: list[tuple[float, float]], seed: int) -> GreyPixels:
    rng = np.random.default_rng(seed)
    drawn = np.clip(rng.normal(165, 8, (3200, 4800)), 0, 255).astype(np.uint8)
    drawn[CRACK] = 12
    for number, (x, y) in enumerate(places):
        side = round(SIDE_MM * PX_PER_MM)
        corner = round(1600 + y * PX_PER_MM - side / 2), round(2400 + x * PX_PER_MM - side / 2)
        stick_marker(drawn, number, corner_px=corner, side_px=side)
    return drawn


def measured(grey: GreyPixels, view: FloatArray, found: WallView) -> Crack:
    """The crack, measured on the photo and on its true mask."""
    alone = np.zeros((3200, 4800), np.uint8)
    alone[CRACK] = 255
    size = {"height_px": HEIGHT_PX, "width_px": WIDTH_PX}
    seen = photograph(alone, view, px_per_mm=PX_PER_MM, **size, noise_sigma=0.0)
    assembler = RegionAssembler(HEIGHT_PX, WIDTH_PX, 0.5)
    assembler.add(0, seen.astype(np.float32) / 255.0)
    return measured_cracks(assembler.finish(), CrackFilter(), scale=found, photo=grey)[0]


def true_scale(view: FloatArray, place: FloatArray) -> float:
    back = np.linalg.inv(view)
    depth = back[2] @ (place[1], place[0], 1.0)
    return math.sqrt(abs(float(np.linalg.det(back))) / abs(depth) ** 3)


def in_photo(view: FloatArray, x: float, y: float) -> FloatArray:
    mapped = view @ (x, y, 1.0)
    return np.array([mapped[1] / mapped[2], mapped[0] / mapped[2]])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--views", type=int, default=6, help="directions that each tilt is turned to")
    options = parser.parse_args()
    print("| markers | tilt | at a marker | beside it | 200 mm away | length | mean width | not found |")
    print("|---|---|---|---|---|---|---|---|")
    for name, places in LAYOUTS.items():
        for tilt in TILTS_DEG:
            off: dict[str, list[float]] = {"at": [], "beside": [], "far": [], "length": [], "width": []}
            missing = 0
            for seed in range(options.views):
                towards = 2.0 * math.pi * (seed + 0.3) / options.views
                view = photo_from_wall(
                    height_px=HEIGHT_PX,
                    width_px=WIDTH_PX,
                    focal_px=FOCAL_PX,
                    distance_mm=DISTANCE_MM,
                    tilt_deg=tilt * math.cos(towards),
                    turn_deg=tilt * math.sin(towards),
                    roll_deg=7.0 * seed,
                )
                size = {"height_px": HEIGHT_PX, "width_px": WIDTH_PX}
                grey = photograph(wall(places, seed), view, px_per_mm=PX_PER_MM, **size, seed=seed)
                markers = find_markers(grey)
                if len(markers) < len(places):
                    missing += 1
                    continue
                found = wall_view(markers, SIDE_MM, height_px=HEIGHT_PX, width_px=WIDTH_PX)
                x, y = places[0]
                spots = {
                    "at": [(x, y)],
                    "beside": [(x + 1.5 * SIDE_MM, y), (x, y + 1.5 * SIDE_MM)],
                    "far": [(x + FAR_MM, y), (x, y + FAR_MM)],
                }
                for where, chosen in spots.items():
                    for spot in chosen:
                        place = in_photo(view, *spot)
                        ours = found.across_mm_per_px(place[None], np.full((1, 2), np.nan))[0]
                        off[where].append(ours / true_scale(view, place) - 1.0)
                crack = measured(grey, view, found)
                if crack.length_mm is None or crack.mean_width_mm is None:
                    missing += 1
                    continue
                off["length"].append(crack.length_mm / CRACK_MM[0] - 1.0)
                off["width"].append(crack.mean_width_mm - CRACK_MM[1])
            cells = [
                f"{np.abs(off[where]).mean():.2%} (≤ {np.abs(off[where]).max():.2%})"
                for where in ("at", "beside", "far", "length")
            ]
            width = f"{np.abs(off['width']).mean():.3f} mm (≤ {np.abs(off['width']).max():.3f})"
            print(f"| {name} | {tilt}° |", " | ".join([*cells, width]), f"| {missing} of {options.views} |")


if __name__ == "__main__":
    main()
