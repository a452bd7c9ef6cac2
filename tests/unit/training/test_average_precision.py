import contextlib
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from crackscope.engine.found_instance import FoundInstance
from crackscope.imaging.rle import RunLengthMask
from crackscope.training.average_precision import RankedMatches
from crackscope.training.instance_matching import PictureMatches, match_picture

HEIGHT, WIDTH = 60, 80


def bar(row, column, height, width):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[row : row + height, column : column + width] = True
    return RunLengthMask.from_mask(mask)


def found(mask, score):
    box = mask.bounding_box()
    return FoundInstance(score, (box.column, box.row, box.column + box.width, box.row + box.height), mask)


def random_pictures(count, *, seed, steps=20):
    """Pictures with true bars, and found ones that are shifted, missing, doubled or invented."""
    rng = np.random.default_rng(seed)
    pictures = []
    for _ in range(count):
        truths, seen = [], []
        for _ in range(rng.integers(0, 5)):
            row, column = int(rng.integers(0, 40)), int(rng.integers(0, 50))
            height, width = int(rng.integers(2, 18)), int(rng.integers(4, 28))
            truths.append(bar(row, column, height, width))
            for _ in range(rng.integers(0, 3)):
                moved = bar(row + int(rng.integers(0, 3)), column + int(rng.integers(0, 2)), height, width)
                seen.append(found(moved, float(rng.integers(1, steps)) / steps))
        seen += [
            found(bar(int(rng.integers(0, 50)), int(rng.integers(0, 60)), 5, 9), float(rng.random()))
            for _ in range(rng.integers(0, 3))
        ]
        pictures.append((truths, seen))
    return pictures


def coco_of(pictures, *, scored):
    annotations = []
    for number, (truths, seen) in enumerate(pictures, start=1):
        for mask, score in (
            [(each.mask, each.score) for each in seen] if scored else [(t, None) for t in truths]
        ):
            box = mask.bounding_box()
            annotation = {
                "id": len(annotations) + 1,
                "image_id": number,
                "category_id": 1,
                "iscrowd": 0,
                "area": mask.area,
                "bbox": [box.column, box.row, box.width, box.height],
                "segmentation": mask.to_coco(),
            }
            annotations.append(annotation | ({} if score is None else {"score": score}))
    coco = COCO()
    coco.dataset = {
        "images": [{"id": n + 1, "height": HEIGHT, "width": WIDTH} for n in range(len(pictures))],
        "categories": [{"id": 1}],
        "annotations": annotations,
    }
    coco.createIndex()
    return coco


def reference(pictures, kind):
    """What COCO's tools give for all pictures at once: AP, AP50, AP75, AR."""
    with contextlib.redirect_stdout(io.StringIO()):
        judge = COCOeval(coco_of(pictures, scored=False), coco_of(pictures, scored=True), kind)
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return judge.stats[[0, 1, 2, 8]]


def ours(pictures, by, weights=None):
    ranked = RankedMatches.of([match_picture(truths, seen, by=by) for truths, seen in pictures])
    precision = ranked.average_precision(weights)
    return [precision.mean(), precision[0], precision[5], ranked.recall(weights).mean()]


@pytest.mark.parametrize(("by", "kind"), [("mask", "segm"), ("box", "bbox")])
@pytest.mark.parametrize("seed", range(3))
def test_the_figures_are_those_of_cocos_own_tools(by, kind, seed):
    pictures = random_pictures(12, seed=seed)  # with equal scores
    assert ours(pictures, by) == pytest.approx(reference(pictures, kind), abs=1e-12)


def test_a_picture_that_counts_three_times_is_as_three_pictures():
    pictures = random_pictures(8, seed=5, steps=10**9)
    times = [0, 3, 1, 2, 0, 1, 1, 3]
    repeated = [picture for picture, count in zip(pictures, times, strict=True) for _ in range(count)]
    weighted = ours(pictures, "mask", np.array(times, float))
    assert weighted == pytest.approx(reference(repeated, "segm"), abs=1e-12)


def test_one_crack_found_exactly_is_perfect_and_a_half_as_sure_invention_after_it_changes_nothing():
    true = bar(10, 10, 3, 30)
    pictures = [([true], [found(true, 0.8), found(bar(40, 10, 3, 30), 0.4)])]
    assert ours(pictures, "mask") == [1.0, 1.0, 1.0, 1.0]


def test_an_invention_before_the_true_one_halves_the_precision():
    true = bar(10, 10, 3, 30)
    pictures = [([true], [found(true, 0.4), found(bar(40, 10, 3, 30), 0.8)])]
    assert ours(pictures, "mask") == pytest.approx([0.5, 0.5, 0.5, 1.0])


def test_a_crack_that_overlaps_by_three_fifths_counts_at_the_first_three_thresholds():
    matches = match_picture([bar(10, 10, 1, 40)], [found(bar(10, 20, 1, 40), 0.9)], by="mask")
    assert matches.matched[:, 0].tolist() == [True] * 3 + [False] * 7  # IoU 30 / 50


def test_a_crack_is_found_once():
    true = bar(10, 10, 3, 30)
    matches = match_picture([true], [found(true, 0.5), found(true, 0.9)], by="mask")
    assert matches.scores.tolist() == [0.9, 0.5]
    assert matches.matched[0].tolist() == [True, False]


def test_crack_free_pictures_count_only_what_was_invented():
    matches = match_picture([], [found(bar(1, 1, 3, 9), 0.7)], by="box")
    assert (matches.truths, matches.matched.any(), matches.scores.tolist()) == (0, False, [0.7])


def test_without_a_true_crack_there_is_no_precision():
    nothing = PictureMatches(np.zeros(0), np.zeros((10, 0), bool), 0)
    ranked = RankedMatches.of([nothing])
    assert np.isnan(ranked.average_precision()).all()
    assert np.isnan(ranked.recall()).all()


def test_matching_prints_nothing(capsys):
    match_picture([bar(1, 1, 2, 9)], [found(bar(1, 1, 2, 9), 0.5)], by="mask")
    assert capsys.readouterr().out == ""
