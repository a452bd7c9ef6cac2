import json

import cv2
import numpy as np
import pytest

from crackscope.datasets import find_samples
from crackscope.datasets.instances import single_cracks
from crackscope.engine.found_instance import FoundInstance
from crackscope.engine.model_card import CrackFilter
from crackscope.errors import DatasetError
from crackscope.evaluation.instances import evaluate_instances, freeze_detector, single_cracks_of
from crackscope.evaluation.instances.figures import COUNTED, RANKED
from crackscope.evaluation.instances.table import details, overview

SIZE = (60, 80)


def line(row, *, width_px=4, last=70):
    mask = np.zeros(SIZE, bool)
    mask[row : row + width_px, 8:last] = True
    return mask


def write_set(folder, masks, *, crack_free=0):
    """Write a dataset in which the picture shows its mask: the truth can be read off it."""
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    for number, mask in enumerate([*masks, *[np.zeros(SIZE, bool)] * crack_free]):
        grey = np.where(mask, 255, 0).astype(np.uint8)
        cv2.imwrite(str(folder / "images" / f"wall{number:03}.png"), cv2.merge([grey] * 3))
        cv2.imwrite(str(folder / "masks" / f"wall{number:03}.png"), grey)
    return folder


def instance(mask, score, box):
    corners = (box.column, box.row, box.column + box.width, box.row + box.height)
    return FoundInstance(score, corners, mask)


def perfect(pixels):
    return tuple(instance(crack.mask, 0.9, crack.box) for crack in single_cracks(pixels[..., 0] > 127))


def shifted(pixels, *, rows=1):
    """Everything one row too low: of four rows, three are right (IoU 3/5)."""
    return perfect(np.roll(pixels, rows, axis=0))


def blind(_pixels):
    return ()


@pytest.fixture(scope="module")
def walls(tmp_path_factory):
    masks = [line(10) | line(40), line(20), line(30, last=50), line(15) | line(45)]
    return write_set(tmp_path_factory.mktemp("sets") / "walls", masks, crack_free=2)


def test_a_perfect_finder_gets_one_everywhere(walls):
    result = evaluate_instances(perfect, find_samples([walls]), threshold=0.5, replicates=50).overall
    assert (result.pictures, result.cracked, result.crack_free, result.cracks) == (6, 4, 2, 6)
    for name in (*RANKED, *COUNTED):
        expected = 0 if name.startswith("false_alarm") else 1
        assert result.figures[name].value == pytest.approx(expected), name


def test_cracks_one_row_too_low_count_up_to_an_iou_of_three_fifths(walls):
    figures = evaluate_instances(shifted, find_samples([walls]), threshold=0.5, replicates=50).overall.figures
    assert figures["mask_map"].value == pytest.approx(0.3)  # at 0.50, 0.55 and 0.60
    assert figures["mask_ap50"].value == pytest.approx(1)
    assert figures["mask_ap75"].value == pytest.approx(0)
    assert figures["instance_f1"].value == pytest.approx(1)
    assert figures["f1"].value == pytest.approx(3 / 4)


def test_nothing_found_is_zero_and_not_undefined(walls):
    figures = evaluate_instances(blind, find_samples([walls]), threshold=0.5, replicates=50).overall.figures
    assert figures["mask_map"].value == 0
    assert figures["f1"].value == 0
    assert figures["instance_recall"].value == 0
    assert figures["instance_precision"].value is None
    assert figures["false_alarm_share"].value == 0


def test_what_is_below_the_threshold_counts_for_precision_curves_alone(walls):
    def doubtful(pixels):
        return tuple(FoundInstance(0.3, each.corners_px, each.mask) for each in perfect(pixels))

    figures = evaluate_instances(
        doubtful, find_samples([walls]), threshold=0.5, replicates=50
    ).overall.figures
    assert figures["mask_map"].value == pytest.approx(1)
    assert figures["instance_recall"].value == 0
    assert figures["f1"].value == 0


def test_a_crack_invented_on_every_picture_alarms_on_the_crack_free_ones(walls):
    invention = line(52, width_px=3, last=20)
    (crack,) = single_cracks(invention)

    def inventive(pixels):
        return (*perfect(pixels), instance(crack.mask, 0.6, crack.box))

    figures = evaluate_instances(
        inventive, find_samples([walls]), threshold=0.5, replicates=50
    ).overall.figures
    assert figures["false_alarm_share"].value == 1
    assert figures["false_alarms_per_photo"].value == 1
    assert figures["mask_map"].value == pytest.approx(1)  # less sure than all true ones
    assert figures["instance_precision"].value == pytest.approx(6 / 12)


def test_intervals_hold_their_value_and_are_wider_for_unlike_photos(walls):
    def half(pixels):
        found = perfect(pixels)
        return found if len(found) == 2 else ()

    result = evaluate_instances(half, find_samples([walls]), threshold=0.5, replicates=300, seed=1)
    figure = result.overall.figures["mask_map"]
    assert 0.4 < figure.value < 0.9
    assert figure.interval.low < figure.value < figure.interval.high
    again = evaluate_instances(half, find_samples([walls]), threshold=0.5, replicates=300, seed=1)
    assert again == result


def test_the_mean_over_sets_lets_every_set_weigh_the_same(tmp_path):
    write_set(tmp_path / "easy", [line(10)] * 6)
    write_set(tmp_path / "hard", [line(10, last=50)])

    def long_ones(pixels):
        return tuple(each for each in perfect(pixels) if each.mask.area > 200)

    result = evaluate_instances(long_ones, find_samples([tmp_path]), threshold=0.5, replicates=20)
    assert result.mean_over_sets["mask_map"].value == pytest.approx(0.5)
    assert result.overall.figures["mask_map"].value == pytest.approx(0.5 + 0.5 * 5 / 7, abs=0.01)
    assert [group.name for group in result.sets] == ["easy", "hard"]


def test_the_document_is_plain_json_and_the_tables_name_every_figure(walls, tmp_path):
    write_set(tmp_path / "more", [line(10)])
    samples = [*find_samples([walls]), *find_samples([tmp_path / "more"])]
    result = evaluate_instances(perfect, samples, threshold=0.5, replicates=20)
    document = json.loads(json.dumps(result.to_document(model={"name": "m"}), allow_nan=False))
    assert document["schema"] == "crackscope.evaluation.instances"
    assert document["overall"]["figures"]["mask_map"]["value"] == pytest.approx(1)
    assert document["protocol"]["ious"][0] == 0.5
    assert [row[0] for row in overview(result).rows] == ["more", "walls", "all pictures", "mean over sets"]
    assert len(details(result.overall).rows) == len(RANKED) + len(COUNTED)


def test_pictures_that_cannot_be_read_are_named(tmp_path):
    folder = write_set(tmp_path / "walls", [line(10), line(20)])
    (folder / "images" / "wall000.png").write_bytes(b"no picture")
    result = evaluate_instances(perfect, find_samples([folder]), threshold=0.5, replicates=5)
    assert [failure.picture for failure in result.failures] == ["walls/images/wall000.png"]
    assert result.overall.pictures == 1
    with pytest.raises(DatasetError):
        evaluate_instances(perfect, [], threshold=0.5)


def blurred(pixels):
    """A segmentation model: sure of the upper cracks, less of those from row 35 on."""
    sure = np.where(np.arange(SIZE[0])[:, None] < 35, 0.9, 0.6)
    return np.where(pixels[..., 0] > 127, sure, 0.1).astype(np.float32)


def test_the_rival_finds_the_single_cracks_of_a_segmentation_model(walls):
    find = single_cracks_of(blurred, threshold=0.5, crack_filter=CrackFilter())
    result = evaluate_instances(find, find_samples([walls]), threshold=0.0, replicates=20).overall
    assert result.figures["mask_map"].value == pytest.approx(1)
    assert result.figures["instance_f1"].value == pytest.approx(1)
    scores = [each.score for each in find(cv2.merge([(line(10) | line(40)).astype(np.uint8) * 255] * 3))]
    assert scores == pytest.approx([0.9, 0.6])


def test_the_rival_joins_a_crack_across_a_gap_and_heeds_the_crack_filter():
    broken = line(10)
    broken[:, 30:35] = False
    pixels = cv2.merge([(broken | line(40, last=14)).astype(np.uint8) * 255] * 3)
    find = single_cracks_of(blurred, threshold=0.5, crack_filter=CrackFilter(min_length_px=12))
    (found,) = find(pixels)
    assert found.mask.area == broken.sum()
    assert found.corners_px == (8, 10, 70, 14)


def at_one_threshold(find):
    return lambda pixels: [find(pixels)]


def test_the_frozen_mask_threshold_is_that_of_the_best_masks(walls):
    frozen = freeze_detector(
        lambda pixels: [shifted(pixels), perfect(pixels), shifted(pixels, rows=2)],
        find_samples([walls]),
        mask_thresholds=(0.3, 0.4, 0.5),
    )
    assert frozen.mask_threshold == 0.4
    assert frozen.mask_map == pytest.approx(1)


def test_the_frozen_threshold_parts_true_cracks_from_inventions(walls):
    (crack,) = single_cracks(line(52, width_px=3, last=20))

    def inventive(pixels):
        return (*perfect(pixels), instance(crack.mask, 0.4, crack.box))

    frozen = freeze_detector(at_one_threshold(inventive), find_samples([walls]), mask_thresholds=(0.5,))
    assert 0.4 < frozen.threshold <= 0.9
    assert frozen.mean_f1 == 1
    assert frozen.false_alarm_share == 0
    assert (frozen.pictures, frozen.crack_free, frozen.cracks) == (6, 2, 6)
    assert json.loads(json.dumps(frozen.to_document()))["temperature"] == 1.0


@pytest.mark.parametrize(("weights", "low", "high"), [({"b": 0.0}, 0.7, 0.9), ({"a": 0.0}, 0.0, 0.6)])
def test_a_set_without_weight_has_no_say(tmp_path, weights, low, high):
    """In set a inventions are surer than true cracks are in set b."""
    write_set(tmp_path / "a", [line(10)] * 3)
    write_set(tmp_path / "b", [line(30)] * 3)
    (crack,) = single_cracks(line(52, width_px=3, last=20))

    def of_two_minds(pixels):
        (true,) = perfect(pixels)
        if true.corners_px[1] == 30:
            return (FoundInstance(0.6, true.corners_px, true.mask),)
        return (true, instance(crack.mask, 0.7, crack.box))

    find = at_one_threshold(of_two_minds)
    frozen = freeze_detector(find, find_samples([tmp_path]), mask_thresholds=(0.5,), set_weights=weights)
    assert low < frozen.threshold <= high + 1e-9


def test_freezing_needs_a_crack(tmp_path):
    write_set(tmp_path / "plain", [np.zeros(SIZE, bool)] * 2)
    with pytest.raises(DatasetError, match="No validation picture shows a crack"):
        freeze_detector(at_one_threshold(perfect), find_samples([tmp_path]))
