"""Inspections made by hand, for the reports to write."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from crackscope.imaging.box import Box
from crackscope.imaging.rle import RunLengthMask
from crackscope.inspection.inspection import (
    CRACK,
    NO_CRACK,
    SCALE_UNSURE,
    Crack,
    Inspection,
    ModelRecord,
    PhotoRecord,
    Screening,
)


def line_crack(
    number: int,
    *,
    row: int,
    columns: tuple[int, int],
    width_px: int,
    size: tuple[int, int],
    scale: float | None,
) -> Crack:
    """A horizontal crack of known length and width."""
    first, last = columns
    rows, cols = np.mgrid[row : row + width_px, first:last]
    length = float(last - first)
    mm = (
        {}
        if scale is None
        else {
            "length_mm": length * scale,
            **{f"{kind}_width_mm": width_px * scale for kind in ("mean", "median", "p95", "max")},
            **{f"{kind}_width_sigma_mm": 0.25 * scale for kind in ("mean", "median", "p95", "max")},
        }
    )
    return Crack(
        number=number,
        box=Box(row, first, width_px, last - first),
        mask=RunLengthMask.from_pixels(rows, cols, height=size[0], width=size[1]),
        area_px=width_px * (last - first),
        length_px=length,
        mean_width_px=float(width_px),
        median_width_px=float(width_px),
        p95_width_px=float(width_px),
        max_width_px=float(width_px),
        max_width_at=(row + width_px / 2, (first + last) / 2),
        orientation_deg=0.0,
        mean_probability=0.875,
        peak_probability=1.0,
        centreline=(((row + width_px / 2, float(first)), (row + width_px / 2, float(last - 1))),),
        **{f"{kind}_width_sigma_px": 0.25 for kind in ("mean", "median", "p95", "max")},
        width_source="photo",
        mask_mean_width_px=width_px + 2.0,
        widths=((row + width_px / 2, float(first), float(width_px)),),
        **mm,
    )


@pytest.fixture
def inspection_of() -> Callable[..., Inspection]:
    """Make an inspection of a photo with horizontal cracks, the longest first."""

    def make(
        name: str = "wall.jpg",
        *,
        cracks: int = 1,
        size: tuple[int, int] = (120, 160),
        scale: float | None = None,
        **photo: object,
    ) -> Inspection:
        found = tuple(
            line_crack(n, row=10 * n, columns=(10, 110 - 10 * n), width_px=2 + n, size=size, scale=scale)
            for n in range(1, cracks + 1)
        )
        return Inspection(
            photo=PhotoRecord(name, *size, **photo),
            model=ModelRecord("hand", "0" * 64, "fp32", 0.5, "openvino"),
            verdict=CRACK if found else NO_CRACK,
            coverage=sum(crack.area_px for crack in found) / (size[0] * size[1]),
            cracks=found,
            scale_mm_per_px=scale,
        )

    return make


@pytest.fixture
def unscaled_of(inspection_of) -> Callable[..., Inspection]:
    """Make an inspection of a photo whose scale was looked for in vain."""

    def make(name: str = "wall.jpg", *, remark: str = "there are no mm: it is dark.", **options: object):
        return replace(inspection_of(name, **options), scale_remark=remark)

    return make


@pytest.fixture
def partly_scaled(inspection_of) -> Inspection:
    """Two cracks of a photo with markers, the second too far from them for figures in mm."""
    scaled, plain = inspection_of(cracks=2, scale=0.5), inspection_of(cracks=2)
    far = replace(plain.cracks[1], notes=(SCALE_UNSURE,))
    return replace(scaled, cracks=(scaled.cracks[0], far), scale_origin="markers")


@pytest.fixture
def classified_of(inspection_of) -> Callable[..., Inspection]:
    """Make an inspection of a photo that a classifier looked at, which does not say where cracks are."""

    def make(name: str = "wall.jpg", *, probability: float, **options: object) -> Inspection:
        verdict = CRACK if probability >= 0.5 else NO_CRACK
        plain = inspection_of(name, cracks=0, **options)
        return replace(plain, verdict=verdict, coverage=None, probability=probability)

    return make


@pytest.fixture
def screened_of(inspection_of) -> Callable[..., Inspection]:
    """Make an inspection of a photo that a classifier screened: out, unless it has cracks."""
    model = ModelRecord("first", "1" * 64, "int8", 0.5, "openvino")

    def make(name: str = "wall.jpg", *, cracks: int = 0, **options: object) -> Inspection:
        probability = 0.9 if cracks else 0.004
        screening = Screening(model, probability, sure_below=0.02)
        inspection = inspection_of(name, cracks=cracks, **options)
        return replace(inspection, probability=probability, screening=screening)

    return make
