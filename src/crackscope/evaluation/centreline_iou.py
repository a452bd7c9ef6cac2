"""Agreement of crack courses, whatever their width."""

from __future__ import annotations

from crackscope.evaluation.tolerance import MatchCounts, count_matches
from crackscope.imaging.arrays import BoolMask
from crackscope.measurement.thinning import skeleton

TOLERANCE_PX = 4.0


def count_centreline(
    predicted: BoolMask, truth: BoolMask, *, tolerance_px: float = TOLERANCE_PX
) -> MatchCounts:
    """Match the one-pixel-wide centrelines of two masks.

    A fat and a tight mask of one crack have nearly the same centreline, so this figure can be compared across
    sets whose masks were drawn in different ways.

    Parameters
    ----------
    predicted, truth : bool array, shape (H, W)
    tolerance_px : float
        Largest distance between centreline pixels that still counts as a match.

    Returns
    -------
    MatchCounts
        In pixels of centreline.

    Raises
    ------
    ValueError
        If the masks are not boolean or differ in shape.

    See Also
    --------
    centreline_iou : the figure made of these counts.
    """
    return count_matches(skeleton(predicted), skeleton(truth), tolerance_px=tolerance_px)


def centreline_iou(counts: MatchCounts) -> float | None:
    """Return matched true centreline / (true centreline + unmatched predicted centreline).

    In the words of tp / (tp + fp + fn): tp is true centreline near a predicted one, fn true centreline
    without, fp predicted centreline without a true one near it.

    Returns
    -------
    float or None
        None where neither mask has a centreline.

    References
    ----------
    Benz and Rodehorst (2024), "OmniCrack30k: a benchmark for crack segmentation and the reasonable
    effectiveness of transfer learning" (clIoU at 4 px).

    Examples
    --------
    >>> centreline_iou(MatchCounts(predicted=30, predicted_matched=20, truth=40, truth_matched=20))
    0.4
    """
    union = counts.truth + counts.predicted - counts.predicted_matched
    return counts.truth_matched / union if union else None
