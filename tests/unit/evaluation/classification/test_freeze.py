import numpy as np
import pytest

from crackscope.datasets import find_samples
from crackscope.errors import DatasetError, PhotoError
from crackscope.evaluation.classification.freeze import freeze_classifier, sure_level


def frozen(predictor, *folders, **options):
    samples = find_samples(folders, unmasked_cracks=True)
    return freeze_classifier(
        predictor.probability,
        predictor.probabilities,
        samples,
        **{"side_px": predictor.side_px, "min_crack_px": 16} | options,
    )


@pytest.mark.parametrize(("count", "below"), [(10, 0), (199, 0), (200, 1), (1000, 5)])
def test_below_the_sure_level_falls_at_most_one_in_two_hundred(count, below):
    cracked = np.random.default_rng(count).permutation(np.linspace(0.2, 0.9, count))
    assert int((cracked < sure_level(cracked)).sum()) == below


def test_threshold_and_sure_below_of_class_folders(tmp_path, by_darkness, write_classes):
    tiles = write_classes(
        tmp_path / "tiles", cracked=[0.95, 0.9, 0.85] * 20, crack_free=[0.2, 0.1, 0.05, 0.02]
    )
    found = frozen(by_darkness, tiles)
    assert found.f1 == found.accuracy == found.auroc == 1
    assert found.accuracy_by_set == {"tiles": 1}
    assert 0.2 < found.threshold < 0.85
    assert found.sure_below == found.threshold, "it is never above the threshold"
    assert (found.views, found.cracked, found.pictures, found.cracked_pictures) == (64, 60, 64, 60)
    assert (found.missed_share, found.screened_share) == (0, 1)


def test_sure_below_is_under_the_faintest_of_few_cracks(tmp_path, by_darkness, write_classes):
    tiles = write_classes(
        tmp_path / "tiles", cracked=[0.95, 0.9, 0.85] * 20 + [0.3], crack_free=[0.5] * 4 + [0.2, 0.1, 0.05]
    )
    found = frozen(by_darkness, tiles)
    assert found.sure_below < found.threshold
    assert found.missed_share == 0
    assert found.screened_share == pytest.approx(3 / 7)


def test_too_few_cracked_pictures_make_nothing_sure(tmp_path, by_darkness, write_classes):
    tiles = write_classes(tmp_path / "tiles", cracked=[0.9] * 59, crack_free=[0.2, 0.1])
    found = frozen(by_darkness, tiles)
    assert (found.sure_below, found.cracked_pictures) == (None, 59)


def test_a_temperature_is_fitted_and_everything_else_holds_at_it(tmp_path, by_darkness, write_classes):
    """Answers of 0.9 and 0.1 that are wrong in one case of four are too sure."""
    tiles = write_classes(tmp_path / "tiles", cracked=[0.9] * 9 + [0.1] * 3, crack_free=[0.1] * 9 + [0.9] * 3)
    found = frozen(by_darkness, tiles)
    assert found.temperature > 1.5
    assert found.calibration_error_before > 0.1
    assert found.calibration_error_after < 0.02
    assert 0.25 < found.threshold < 0.75


def test_large_pictures_with_masks_are_frozen_by_patches(tmp_path, by_darkness, write_masked):
    found = frozen(by_darkness, write_masked(tmp_path / "walls"))
    assert (found.views, found.cracked, found.left_out) == (2, 1, 1)
    assert (found.pictures, found.cracked_pictures) == (1, 1)


def test_sets_weigh_by_their_say(tmp_path, by_darkness, write_classes):
    many = write_classes(tmp_path / "many", cracked=[0.9] * 8, crack_free=[0.6] * 8)
    few = write_classes(tmp_path / "few", cracked=[0.5], crack_free=[0.1])
    assert frozen(by_darkness, many, few, set_weights={"few": 0.1}).threshold > 0.6
    assert frozen(by_darkness, many, few, set_weights={"many": 0.1}).threshold < 0.5


def test_every_picture_is_told_of_once(tmp_path, by_darkness, write_classes):
    tiles = write_classes(tmp_path / "tiles", cracked=[0.9], crack_free=[0.1])
    seen = []
    frozen(by_darkness, tiles, progress=seen.append)
    assert len(seen) == 2


def test_one_class_alone_is_refused(tmp_path, by_darkness, write_classes):
    for number, classes in enumerate(
        ({"cracked": [0.9], "crack_free": []}, {"cracked": [], "crack_free": [0.9]})
    ):
        tiles = write_classes(tmp_path / f"tiles{number}", **classes)
        lacking = "crack-free" if number == 0 else "cracked"
        with pytest.raises(DatasetError, match=f"No validation picture is {lacking}"):
            frozen(by_darkness, tiles)


def test_a_picture_that_cannot_be_read_is_an_error(tmp_path, by_darkness, write_classes):
    tiles = write_classes(tmp_path / "tiles", cracked=[0.9], crack_free=[0.1])
    next((tiles / "Positive").iterdir()).write_bytes(b"broken")
    with pytest.raises(PhotoError):
        frozen(by_darkness, tiles)
