import json

import cv2
import numpy as np
import pytest

from crackscope.datasets import find_samples
from crackscope.engine.model_card import CrackFilter
from crackscope.errors import DatasetError, ModelFileError
from crackscope.evaluation import FIGURES, evaluate
from crackscope.evaluation.table import details, overview


def write_set(folder, masks, *, crack_free=0, size=(48, 64)):
    """Write a dataset in which the picture shows its mask: a predictor can read the truth off the picture."""
    (folder / "images").mkdir(parents=True)
    if masks:
        (folder / "masks").mkdir()
    blanks = [np.zeros(size, bool)] * crack_free
    for number, mask in enumerate([*masks, *blanks]):
        grey = np.where(mask, 255, 0).astype(np.uint8)
        cv2.imwrite(str(folder / "images" / f"wall{number:03}.png"), cv2.merge([grey] * 3))
        if masks:
            cv2.imwrite(str(folder / "masks" / f"wall{number:03}.png"), grey)
    return folder


def line(row, *, size=(48, 64), width_px=3):
    mask = np.zeros(size, bool)
    mask[row : row + width_px, 8:56] = True
    return mask


def perfect(pixels):
    return (pixels[..., 0] / 255).astype(np.float32)


def two_px_too_low(pixels):
    return np.roll(perfect(pixels), 2, axis=0)


@pytest.fixture
def walls(tmp_path):
    return write_set(tmp_path / "walls", [line(row) for row in (8, 16, 24, 32)], crack_free=2)


def test_a_perfect_predictor_gets_one_everywhere(walls):
    result = evaluate(perfect, find_samples([walls]), threshold=0.5).overall
    for kind in FIGURES:
        expected = 0 if kind.name.startswith("false_alarm") else 1
        assert result.figures[kind.name].value == expected, kind.name
    assert result.calibration_error == 0
    assert result.oracle.f1 == 1
    assert (result.pictures, result.cracked, result.crack_free, result.sources) == (6, 4, 2, 6)


def test_a_line_two_px_low_is_wrong_at_no_tolerance_and_right_at_two_px(walls):
    figures = evaluate(two_px_too_low, find_samples([walls]), threshold=0.5).overall.figures
    assert figures["f1"].value == pytest.approx(1 / 3)
    assert figures["f1_2px"].value == 1
    assert figures["centreline_iou_4px"].value == 1


def test_figures_at_the_oracle_threshold_are_those_measured_there(walls):
    rng = np.random.default_rng(0)
    noise = rng.random((48, 64)).astype(np.float32)
    samples = find_samples([walls])

    def unsure(pixels):
        return 0.3 * perfect(pixels) + 0.7 * noise

    oracle = evaluate(unsure, samples, threshold=0.5).overall.oracle
    there = evaluate(unsure, samples, threshold=oracle.threshold).overall.figures
    assert there["f1"].value == pytest.approx(oracle.f1)
    assert there["precision"].value == pytest.approx(oracle.precision)
    assert there["recall"].value == pytest.approx(oracle.recall)
    assert there["iou"].value == pytest.approx(oracle.iou)


def test_a_crack_free_set_has_alarms_and_nothing_else(tmp_path):
    quiet = write_set(tmp_path / "noncrack_walls", [], crack_free=3)
    result = evaluate(
        lambda pixels: np.full(pixels.shape[:2], 0.9, np.float32), find_samples([quiet]), threshold=0.5
    )
    figures = result.overall.figures
    assert figures["false_alarm_share"].value == figures["false_alarms_per_photo"].value == 1
    assert figures["f1"].value is None
    assert result.overall.oracle is None
    assert result.overall.calibration_error == pytest.approx(0.9, abs=1e-6)


def test_the_crack_filter_decides_what_is_an_alarm(tmp_path):
    quiet = write_set(tmp_path / "noncrack_walls", [], crack_free=3)

    def speck(pixels):
        probability = np.zeros(pixels.shape[:2], np.float32)
        probability[5, 5:8] = 0.9
        return probability

    samples = find_samples([quiet])
    loud = evaluate(speck, samples, threshold=0.5).overall.figures["false_alarm_share"]
    silent = evaluate(speck, samples, threshold=0.5, crack_filter=CrackFilter(min_length_px=10))
    assert (loud.value, silent.overall.figures["false_alarm_share"].value) == (1, 0)


def test_overall_pools_pixels_and_the_mean_weighs_sets_alike(tmp_path):
    right = write_set(tmp_path / "right", [line(row) for row in range(4, 40, 4)])
    wrong = write_set(tmp_path / "wrong", [line(20), line(24)], size=(48, 64))

    def blind_to_two(pixels):
        return perfect(pixels) * (pixels[..., 1] < 254 if pixels.shape[0] == 50 else 1)

    result = evaluate(blind_to_two, find_samples([right, wrong]), threshold=0.5)
    assert [each.name for each in result.sets] == ["right", "wrong"]
    assert result.overall.pictures == 11

    samples = find_samples([right, wrong])
    seen = iter(samples)

    def misses_one_set(pixels):
        return perfect(pixels) * (next(seen).set_name == "right")

    result = evaluate(misses_one_set, samples, threshold=0.5)
    assert result.mean_over_sets["f1"].value == pytest.approx(0.5)
    assert result.overall.figures["recall"].value == pytest.approx(9 / 11)


def test_one_seed_gives_one_document_which_is_json_without_nan(walls, tmp_path):
    quiet = write_set(tmp_path / "noncrack_walls", [], crack_free=3)
    samples = find_samples([walls, quiet])
    texts = [
        json.dumps(evaluate(two_px_too_low, samples, threshold=0.5, seed=7).to_document(), allow_nan=False)
        for _ in range(2)
    ]
    assert texts[0] == texts[1]
    document = json.loads(texts[0])
    assert document["schema"] == "crackscope.evaluation"
    by_name = {each["name"]: each for each in document["sets"]}
    assert by_name["noncrack_walls"]["figures"]["f1"] == {"value": None, "low": None, "high": None}
    assert by_name["walls"]["oracle"]["threshold"] is not None
    assert len(by_name["walls"]["calibration"]["bins"]) == 15


def test_adding_a_set_does_not_move_the_intervals_of_another(walls, tmp_path):
    quiet = write_set(tmp_path / "noncrack_walls", [], crack_free=3)
    alone = evaluate(two_px_too_low, find_samples([walls]), threshold=0.5).sets[0]
    beside = evaluate(two_px_too_low, find_samples([walls, quiet]), threshold=0.5).sets[1]
    assert alone.figures == beside.figures


def test_a_broken_picture_is_named_and_the_rest_is_judged(walls):
    (walls / "images" / "wall001.png").write_bytes(b"not a picture")
    result = evaluate(perfect, find_samples([walls]), threshold=0.5)
    assert result.overall.pictures == 5
    assert [failure.picture for failure in result.failures] == ["walls/images/wall001.png"]
    assert "wall001.png" in result.failures[0].reason


def test_a_mask_of_another_size_is_named(walls):
    cv2.imwrite(str(walls / "masks" / "wall000.png"), np.zeros((5, 5), np.uint8))
    result = evaluate(perfect, find_samples([walls]), threshold=0.5)
    assert "wall000.png" in result.failures[0].reason


def test_nothing_readable_is_an_error(walls):
    for path in (walls / "images").iterdir():
        path.write_bytes(b"")
    with pytest.raises(DatasetError, match="None of 6 pictures"):
        evaluate(perfect, find_samples([walls]), threshold=0.5)


def test_a_model_that_gives_nan_is_refused(walls):
    with pytest.raises(ModelFileError, match="no probabilities"):
        evaluate(
            lambda pixels: np.full(pixels.shape[:2], np.nan, np.float32), find_samples([walls]), threshold=0.5
        )


def test_a_prediction_at_another_size_is_refused(walls):
    with pytest.raises(ValueError, match="predicted"):
        evaluate(lambda pixels: perfect(pixels)[::2, ::2], find_samples([walls]), threshold=0.5)


def test_tables_show_every_set_and_every_figure(walls, tmp_path):
    quiet = write_set(tmp_path / "noncrack_walls", [], crack_free=3)
    result = evaluate(perfect, find_samples([walls, quiet]), threshold=0.5)
    table = overview(result)
    assert [row[0] for row in table.rows] == ["noncrack_walls", "walls", "all pictures", "mean over sets"]
    assert {len(row) for row in table.rows} == {len(table.header)}
    rows = details(result.overall).rows
    assert [row[0] for row in rows[: len(FIGURES)]] == [kind.title for kind in FIGURES]
    assert "oracle" in rows[-1][0]
