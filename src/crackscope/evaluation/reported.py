"""The cracks that an inspection would report."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from crackscope.engine.model_card import CrackFilter
from crackscope.imaging.arrays import BoolMask, ProbabilityMap
from crackscope.measurement.filter import keep
from crackscope.measurement.region import Region
from crackscope.measurement.regions import RegionAssembler

KEEP_ALL = CrackFilter()


def reported_regions(
    probability: ProbabilityMap,
    *,
    threshold: float,
    crack_filter: CrackFilter = KEEP_ALL,
) -> list[Region]:
    """Join pixels into cracks and drop those that the crack filter drops, as an inspection does.

    Parameters
    ----------
    probability : float32 array, shape (H, W)
    threshold : float
        Crack where the probability is at least this.
    crack_filter : CrackFilter
        By default it keeps all.

    Returns
    -------
    list of Region
    """
    height, width = probability.shape
    assembler = RegionAssembler(height, width, threshold)
    assembler.add(0, probability)
    return [
        region
        for region in assembler.finish()
        if keep(
            region,
            min_length_px=crack_filter.min_length_px,
            min_peak_probability=crack_filter.min_peak_probability,
            min_mean_probability=crack_filter.min_mean_probability,
        )
    ]


def reported_mask(regions: Iterable[Region], height: int, width: int) -> BoolMask:
    """Draw regions into one mask.

    Returns
    -------
    bool array, shape (height, width)
    """
    mask = np.zeros((height, width), dtype=bool)
    for region in regions:
        mask[region.box.slices] |= region.mask.decode_box(region.box)
    return mask
