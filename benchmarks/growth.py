"""How well growth is told from none: drawn pairs of photos with known growth, and copies of real photos.

usage: python benchmarks/growth.py [--seeds 4] [--photos FOLDER]

Drawn: cracks of 0.1 to 0.8 mm at 0.1 mm per px, on three surfaces, that open by 0, 0.05, 0.1 and 0.2 mm; the
second photo is taken from somewhat elsewhere, with noise of its own. Real: photos of a folder against copies
of themselves, with noise, other light and JPEG's losses, from the same place and from elsewhere: every change
that is reported is a false one.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from crackscope import Inspector, Photo
from crackscope.errors import CrackscopeError
from crackscope.imaging.arrays import FloatArray, RgbPixels
from crackscope.imaging.background import SURFACES
from crackscope.imaging.crack_shape import line_of
from crackscope.imaging.folder import find_photos
from crackscope.imaging.synthetic import draw_photo, wandering_crack
from crackscope.inspection.growth import compare_photos

HEIGHT_PX, WIDTH_PX, MM_PER_PX = 600, 800, 0.1
WIDTHS_MM = (0.1, 0.2, 0.4, 0.8)
OPENINGS_MM = (0.0, 0.05, 0.1, 0.2)
VIEW = np.array([[0.995, -0.03, 9.0], [0.028, 0.99, -5.0], [1e-5, -8e-6, 1.0]])
NOISE = 3.0


def drawn(widths_px: Sequence[FloatArray], lines: Sequence[FloatArray], surface: str, seed: int) -> RgbPixels:
    return draw_photo(
        height=HEIGHT_PX,
        width=WIDTH_PX,
        seed=seed,
        cracks=[line_of(line, width) for line, width in zip(lines, widths_px, strict=True)],
        surface=surface,
        noise_sigma=0.0,
        darkness=(0.88, 0.98),
    ).pixels


def taken(
    pixels: RgbPixels, seed: int, view: FloatArray | None = None, *, other_light: bool = False
) -> Photo:
    rng = np.random.default_rng(seed)
    light = pixels.astype(np.float32)
    if view is not None:
        size = (pixels.shape[1], pixels.shape[0])
        light = cv2.warpPerspective(
            light, view, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=(128,) * 3
        )
    if other_light:
        across = np.linspace(-0.1, 0.1, pixels.shape[1], dtype=np.float32)[None, :, None]
        light = light * (np.float32(rng.uniform(0.75, 1.05)) + across)
    noisy = np.clip(np.rint(light + rng.normal(0.0, NOISE, light.shape)), 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", noisy[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return Photo.from_array(np.ascontiguousarray(decoded[..., ::-1]), name=f"photo {seed}")


def on_drawn(inspector: Inspector, seeds: int) -> None:
    print("| opening | pairs | called grown | mean found | largest error | refused |")
    print("|---|---|---|---|---|---|")
    for opening in OPENINGS_MM:
        kinds: Counter[str] = Counter()
        found, refused = [], 0
        for surface in SURFACES:
            for width in WIDTHS_MM:
                for seed in range(seeds):
                    rng = np.random.default_rng(seed + 10)
                    crack = wandering_crack(
                        rng, HEIGHT_PX, WIDTH_PX, 1.0, length_px=350, roughness=0.08, branches=0
                    )
                    lines = [crack.centreline]
                    wide = np.full(len(crack.centreline), width / MM_PER_PX)
                    before = taken(drawn([wide], lines, surface, seed), 2 * seed)
                    after = taken(
                        drawn([wide + opening / MM_PER_PX], lines, surface, seed), 2 * seed + 1, VIEW
                    )
                    try:
                        growth = compare_photos(before, after, inspector, scale=MM_PER_PX)
                    except CrackscopeError:
                        refused += 1
                        continue
                    longest = max(growth.cracks, key=lambda each: each.length_before_px, default=None)
                    if longest is None:
                        kinds["not found"] += 1
                        continue
                    kinds.update(crack.kind for crack in growth.cracks)
                    if longest.width_change_mm is not None:
                        found.append(longest.width_change_mm)
        pairs = len(SURFACES) * len(WIDTHS_MM) * seeds
        changed = sum(count for kind, count in kinds.items() if kind != "unchanged")
        print(
            f"| {opening:g} mm | {pairs} | {changed} ({dict(kinds)}) | {np.mean(found):+.3f} mm"
            f" | {np.abs(np.array(found) - opening).max():.3f} mm | {refused} |"
        )


def on_copies(inspector: Inspector, folder: Path, most: int) -> None:
    print("\n| copy | pairs | cracks | called changed | refused |")
    print("|---|---|---|---|---|")
    photos = find_photos([str(folder)])[:most]
    for name, elsewhere in (("same place", False), ("from elsewhere, other light", True)):
        kinds: Counter[str] = Counter()
        refused = 0
        for number, each in enumerate(photos):
            photo = Photo.open(each.path)
            view = None
            if elsewhere:
                height, width = photo.pixels.shape[:2]
                corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
                moved = np.random.default_rng(number).uniform(-0.03, 0.03, (4, 2)).astype(np.float32) * width
                view = np.asarray(cv2.getPerspectiveTransform(corners, corners + moved), np.float64)
            copy = taken(photo.pixels, number, view, other_light=elsewhere)
            try:
                kinds.update(crack.kind for crack in compare_photos(photo, copy, inspector).cracks)
            except CrackscopeError:
                refused += 1
        changed = sum(count for kind, count in kinds.items() if kind != "unchanged")
        print(f"| {name} | {len(photos)} | {kinds.total()} | {changed} | {refused} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=4, help="cracks of each width on each surface")
    parser.add_argument("--photos", type=Path, help="folder of real photos, for the copies")
    parser.add_argument("--most", type=int, default=60, help="so many of them")
    options = parser.parse_args()
    inspector = Inspector()
    on_drawn(inspector, options.seeds)
    if options.photos is not None:
        on_copies(inspector, options.photos, options.most)


if __name__ == "__main__":
    main()
