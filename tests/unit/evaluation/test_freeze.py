import cv2
import numpy as np
import pytest

from crackscope.datasets import find_samples, read_mask, read_picture
from crackscope.errors import DatasetError
from crackscope.evaluation import evaluate, freeze
from crackscope.evaluation.temperature import with_temperature

SIZE = (64, 96)


def write_set(folder, *, cracked, crack_free=0, seed=0):
    """Write pictures whose grey value is the logit of crack: bright line on noise, mask at the line."""
    rng = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    for number in range(cracked + crack_free):
        mask = np.zeros(SIZE, np.uint8)
        if number < cracked:
            row = int(rng.integers(5, 55))
            mask[row : row + 3, 10:86] = 255
        logits = np.where(mask > 0, 1.5, -3.0) + rng.normal(0, 1, SIZE)
        grey = np.clip(128 + 16 * logits, 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / "images" / f"wall{number:03}.png"), cv2.merge([grey] * 3))
        cv2.imwrite(str(folder / "masks" / f"wall{number:03}.png"), mask)
    return folder


def predictor(sharpness):
    def predict(pixels):
        logits = (pixels[..., 0].astype(np.float32) - 128) / 16
        return (1 / (1 + np.exp(-sharpness * logits))).astype(np.float32)

    return predict


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    root = tmp_path_factory.mktemp("validation")
    return find_samples(
        [write_set(root / "large", cracked=8, crack_free=20), write_set(root / "small", cracked=3, seed=1)]
    )


def mean_f1_by_hand(samples, threshold):
    """Pool tp, fp and fn over each set's pictures, then average the sets' F1."""
    counts = {}
    for sample in samples:
        pixels = read_picture(sample)
        truth = read_mask(sample, height=SIZE[0], width=SIZE[1])
        found = predictor(1.0)(pixels) >= threshold
        row = [(found & truth).sum(), (found & ~truth).sum(), (~found & truth).sum()]
        counts[sample.set_name] = counts.get(sample.set_name, 0) + np.array(row)
    return np.mean([2 * tp / (2 * tp + fp + fn) for tp, fp, fn in counts.values()])


def test_the_frozen_threshold_has_the_best_mean_f1_over_sets(samples):
    frozen = freeze(predictor(1.0), samples, calibrate=False)
    assert frozen.mean_f1 == pytest.approx(mean_f1_by_hand(samples, frozen.threshold))
    assert frozen.mean_f1 == pytest.approx(np.mean(list(frozen.f1_by_set.values())))
    for threshold in (0.2, 0.4, frozen.threshold - 0.05, frozen.threshold + 0.05, 0.6, 0.8):
        assert mean_f1_by_hand(samples, threshold) <= frozen.mean_f1 + 1e-9


def test_a_set_of_weight_zero_has_no_say_in_the_threshold(samples):
    weighted = freeze(predictor(1.0), samples, calibrate=False, set_weights={"large": 0.0})
    small_alone = freeze(predictor(1.0), [s for s in samples if s.set_name == "small"], calibrate=False)
    assert weighted.threshold == small_alone.threshold
    assert weighted.mean_f1 == pytest.approx(small_alone.mean_f1)


def test_a_predictor_that_is_too_sure_is_cooled_and_its_masks_stay(samples):
    plain, too_sure = freeze(predictor(1.0), samples), freeze(predictor(3.0), samples)
    assert too_sure.temperature == pytest.approx(3 * plain.temperature, rel=0.02)
    assert too_sure.calibration_error_after < too_sure.calibration_error_before
    assert too_sure.threshold == pytest.approx(plain.threshold, abs=0.02)
    assert too_sure.mean_f1 == pytest.approx(plain.mean_f1, abs=0.002)


def test_the_frozen_filter_keeps_its_promise_on_the_pictures_it_was_chosen_on(samples):
    frozen = freeze(predictor(1.0), samples, alarm_share=0.05)
    result = evaluate(
        with_temperature(predictor(1.0), frozen.temperature),
        samples,
        threshold=frozen.threshold,
        crack_filter=frozen.crack_filter,
        replicates=1,
    )
    share = result.overall.figures["false_alarm_share"].value
    assert share == frozen.filter_choice.share_after <= 0.05 < frozen.filter_choice.share_before
    assert result.overall.figures["cracked_with_report_share"].value == 1
    assert frozen.filter_choice.recall_after > 0.9 * frozen.filter_choice.recall_before
    assert (frozen.pictures, frozen.crack_free) == (31, 20)


def test_the_order_of_samples_does_not_matter(samples):
    assert freeze(predictor(1.0), samples[::-1]) == freeze(predictor(1.0), samples)


def test_crack_free_pictures_alone_freeze_nothing(tmp_path):
    quiet = find_samples([write_set(tmp_path / "quiet", cracked=0, crack_free=2)])
    with pytest.raises(DatasetError, match="No validation picture shows a crack"):
        freeze(predictor(1.0), quiet)
