"""Which of the cracks found are the true ones: COCO's own matching, a picture at a time."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from crackscope.engine.found_instance import FoundInstance
from crackscope.imaging.arrays import FloatArray
from crackscope.imaging.rle import RunLengthMask

IOUS: FloatArray = np.linspace(0.5, 0.95, 10)
"""COCO's ten thresholds."""
MOST_FOUND = 100
"""Per picture, surest first; COCO looks at no more."""

By = Literal["mask", "box"]
_IOU_TYPES = {"mask": "segm", "box": "bbox"}


@dataclass(frozen=True, slots=True, eq=False)
class PictureMatches:
    """How what was found in one picture agrees with the truth.

    Parameters
    ----------
    scores : float64 array, shape (found,)
        Highest first.
    matched : bool array, shape (10, found)
        Whether it is matched with a true crack, at each of `IOUS`.
    truths : int
        True cracks of the picture.
    """

    scores: FloatArray
    matched: NDArray[np.bool_]
    truths: int


def match_picture(
    truths: Sequence[RunLengthMask], found: Sequence[FoundInstance], *, by: By
) -> PictureMatches:
    """Match what was found in a picture with its true cracks.

    Parameters
    ----------
    truths : sequence of RunLengthMask
        A mask of the picture's size for each true crack.
    found : sequence of FoundInstance
    by : str
        ``"mask"`` compares masks, ``"box"`` the true masks' boxes with the model's.

    Returns
    -------
    PictureMatches

    References
    ----------
    Lin et al. 2014, "Microsoft COCO: common objects in context"; the matching is that of its tools: each
    found one, surest first, takes the free true one of largest IoU.
    """
    from pycocotools.coco import COCO  # noqa: PLC0415  imports matplotlib
    from pycocotools.cocoeval import COCOeval  # noqa: PLC0415

    nothing = PictureMatches(np.zeros(0), np.zeros((len(IOUS), 0), np.bool_), len(truths))
    if not found:
        return nothing
    with contextlib.redirect_stdout(io.StringIO()):  # it tells of every step
        judge = COCOeval(
            _coco(COCO, [_annotation(mask) for mask in truths], found[0].mask),
            _coco(COCO, [_annotation(each.mask, each) for each in found], found[0].mask),
            _IOU_TYPES[by],
        )
        judge.params.imgIds, judge.params.catIds = [1], [1]
        judge.params.iouThrs = IOUS
        judge.params.areaRng, judge.params.areaRngLbl = [[0, 1e10]], ["all"]
        judge.params.maxDets = [MOST_FOUND]
        judge.evaluate()
    (result,) = judge.evalImgs
    return PictureMatches(np.array(result["dtScores"]), result["dtMatches"] > 0, len(truths))


def _coco(
    maker: Any,  # noqa: ANN401  pycocotools has no types
    annotations: list[dict[str, Any]],
    of_size: RunLengthMask,
) -> Any:  # noqa: ANN401
    coco = maker()
    for number, annotation in enumerate(annotations, start=1):
        annotation["id"] = number
    coco.dataset = {
        "images": [{"id": 1, "height": of_size.height, "width": of_size.width}],
        "categories": [{"id": 1}],
        "annotations": annotations,
    }
    coco.createIndex()
    return coco


def _annotation(mask: RunLengthMask, found: FoundInstance | None = None) -> dict[str, Any]:
    document = mask.to_coco()
    annotation: dict[str, Any] = {
        "image_id": 1,
        "category_id": 1,
        "iscrowd": 0,
        "area": mask.area,
        "segmentation": {"size": document["size"], "counts": document["counts"].encode("ascii")},
    }
    if found is None:
        box = mask.bounding_box()
        assert box is not None, "a crack has pixels"
        annotation["bbox"] = [box.column, box.row, box.width, box.height]
    else:
        x0, y0, x1, y1 = found.corners_px
        annotation |= {"bbox": [x0, y0, x1 - x0, y1 - y0], "score": found.score}
    return annotation
