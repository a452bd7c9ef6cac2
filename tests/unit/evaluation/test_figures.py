import numpy as np
import pytest

from crackscope.engine.model_card import CrackFilter
from crackscope.evaluation.figures import FIGURES, measure_figures, summarise
from crackscope.evaluation.tally import Column, tally_picture


def figures_of(*rows, seed=0):
    figures, _ = measure_figures(np.array(rows), seed=seed, stream="set", replicates=500)
    return figures


def picture(truth, predicted):
    truth, predicted = np.asarray(truth, bool), np.asarray(predicted, np.float32)
    return tally_picture(predicted, truth, threshold=0.5)


def test_pooled_figures_of_two_hand_counted_pictures():
    first = picture([[1, 1, 1, 0]], [[1, 1, 0, 0]])  # tp 2, fp 0, fn 1, tn 1
    second = picture([[1, 0, 0, 0]], [[1, 1, 1, 0]])  # tp 1, fp 2, fn 0, tn 1
    figures = figures_of(first, second)
    assert figures["precision"].value == pytest.approx(3 / 5)
    assert figures["recall"].value == pytest.approx(3 / 4)
    assert figures["iou"].value == pytest.approx(3 / 6)
    assert figures["f1"].value == pytest.approx(6 / 9)
    assert figures["mean_iou"].value == pytest.approx((3 / 6 + 2 / 5) / 2)


def test_per_picture_figures_of_two_hand_counted_pictures():
    figures = figures_of(picture([[1, 1, 1, 0]], [[1, 1, 0, 0]]), picture([[1, 0, 0, 0]], [[1, 1, 1, 0]]))
    assert figures["image_precision"].value == pytest.approx((1 + 1 / 3) / 2)
    assert figures["image_recall"].value == pytest.approx((2 / 3 + 1) / 2)
    assert figures["image_iou"].value == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert figures["image_f1"].value == pytest.approx((4 / 5 + 1 / 2) / 2)


def test_f1_at_two_px_is_the_harmonic_mean_of_its_precision_and_recall():
    truth = np.zeros((20, 40), bool)
    truth[10, :30] = True
    predicted = np.zeros((20, 40), np.float32)
    predicted[12, 10:40] = 1  # 2 px below: a pixel beyond the truth's end is more than 2 px off
    figures = figures_of(picture(truth, predicted))
    assert figures["precision_2px"].value == pytest.approx(20 / 30)
    assert figures["recall_2px"].value == pytest.approx(20 / 30)
    assert figures["f1_2px"].value == pytest.approx(2 / 3)
    assert figures["f1"].value == 0


def test_crack_free_pictures_have_false_alarms_and_no_area_figures():
    nothing = np.zeros((8, 8), bool)
    two_alarms = np.zeros((8, 8), np.float32)
    two_alarms[1, 1] = two_alarms[5, 5:7] = 1
    figures = figures_of(picture(nothing, nothing), picture(nothing, two_alarms))
    assert figures["false_alarms_per_photo"].value == 1
    assert figures["false_alarm_share"].value == 0.5
    for name in ("f1", "iou", "precision", "recall", "mean_iou", "f1_2px", "image_f1", "centreline_iou_4px"):
        assert figures[name].value is None
        assert figures[name].interval is None


def test_false_pixels_of_crack_free_pictures_count_in_the_pool():
    cracked = picture([[1, 1, 0, 0]], [[1, 1, 0, 0]])
    alarmed = picture([[0, 0, 0, 0]], [[0, 1, 1, 0]])
    figures = figures_of(cracked, alarmed)
    assert figures["precision"].value == pytest.approx(2 / 4)
    assert figures["image_precision"].value == 1


def test_a_model_that_never_reports_gains_nothing_by_silence():
    truth = np.eye(9, dtype=bool)
    figures = figures_of(picture(truth, np.zeros((9, 9))))
    assert figures["precision"].value is None
    assert figures["image_precision"].value == 0
    assert figures["f1"].value == figures["f1_2px"].value == figures["reported_f1"].value == 0
    assert figures["cracked_with_report_share"].value == 0


def test_no_false_alarm_on_thirty_photos_is_no_proof_of_none():
    nothing = np.zeros((4, 4), bool)
    figure = figures_of(*[picture(nothing, nothing)] * 30)["false_alarm_share"]
    assert figure.value == 0
    assert figure.interval.low == 0
    assert figure.interval.high == pytest.approx(0.116, abs=0.001)


def test_all_of_thirty_photos_reported_is_no_proof_of_all():
    crack = np.eye(9, dtype=bool)
    figure = figures_of(*[picture(crack, crack)] * 30)["cracked_with_report_share"]
    assert figure.value == figure.interval.high == 1
    assert figure.interval.low == pytest.approx(1 - 0.116, abs=0.001)


def test_one_source_photo_gives_no_interval():
    crack = np.eye(9, dtype=bool)
    assert figures_of(picture(crack, crack))["f1"].interval is None


def test_every_interval_holds_its_figure():
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(40):
        truth = rng.random((30, 30)) < (0.1 if rng.random() < 0.7 else 0)
        noisy = np.clip(truth * 0.6 + rng.random((30, 30)) * 0.52, 0, 1)
        rows.append(picture(truth, noisy))
    for name, figure in figures_of(*rows).items():
        assert figure.value is not None, name
        assert figure.interval.low <= figure.value <= figure.interval.high, name


def test_the_crack_filter_silences_short_and_unsure_regions():
    truth = np.zeros((40, 40), bool)
    truth[20, 5:35] = True
    probability = np.where(truth, 0.9, 0).astype(np.float32)
    probability[2, 2:5] = 0.99  # short
    probability[35, 5:35] = 0.55  # long, but unsure
    crack_filter = CrackFilter(min_length_px=10, min_peak_probability=0.6)
    row = tally_picture(probability, truth, threshold=0.5, crack_filter=crack_filter)
    assert row[Column.REPORTED_TP] == 30
    assert row[Column.REPORTED_FP] == row[Column.REPORTED_FN] == 0
    assert row[Column.FP] == 33


def test_nothing_at_all_divides_by_no_zero():
    with np.errstate(all="raise"):
        figures = summarise(np.zeros((1, len(Column))), np.zeros((10, len(Column))))
    assert [figure.value for figure in figures.values()] == [None] * len(FIGURES)
