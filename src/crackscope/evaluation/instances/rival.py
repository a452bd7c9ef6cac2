"""The rival of instance segmentation: a segmentation model whose crack pixels are taken apart."""

from __future__ import annotations

from crackscope.datasets.instances import single_cracks
from crackscope.engine.found_instance import FoundInstance
from crackscope.engine.model_card import CrackFilter
from crackscope.evaluation.instances.protocol import Find
from crackscope.evaluation.protocol import Predict
from crackscope.evaluation.reported import reported_mask, reported_regions
from crackscope.imaging.arrays import RgbPixels


def single_cracks_of(predict: Predict, *, threshold: float, crack_filter: CrackFilter) -> Find:
    """Find cracks one by one with a segmentation model.

    The pixels from the threshold on become cracks as an inspection reports them; they are then taken apart
    as the truth is: touching pixels are one crack, and so are parts whose ends point at each other across a
    short gap. A crack's score is the mean probability of its pixels.

    Parameters
    ----------
    predict : callable
        From uint8 pixels (H, W, 3) to float32 probabilities (H, W).
    threshold : float
        Crack where the probability is at least this.
    crack_filter : CrackFilter

    Returns
    -------
    callable
        From uint8 pixels (H, W, 3) to a tuple of FoundInstance, surest first.
    """

    def find(pixels: RgbPixels) -> tuple[FoundInstance, ...]:
        probability = predict(pixels)
        regions = reported_regions(probability, threshold=threshold, crack_filter=crack_filter)
        found = []
        for crack in single_cracks(reported_mask(regions, *probability.shape), min_area_px=1):
            box = crack.box
            inside = probability[box.slices][crack.mask.decode_box(box)]
            corners = (box.column, box.row, box.column + box.width, box.row + box.height)
            found.append(FoundInstance(float(inside.mean()), corners, crack.mask))
        return tuple(sorted(found, key=lambda each: -each.score))

    return find
