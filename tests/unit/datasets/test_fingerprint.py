import cv2
import numpy as np
import pytest

from crackscope.datasets.audit.facts import to_grey
from crackscope.datasets.audit.fingerprint import SIDE, fingerprint, invariants, unit_rows
from crackscope.datasets.turns import TURNS, turned
from crackscope.imaging.synthetic import draw_photo


@pytest.fixture(scope="module")
def greys() -> list[np.ndarray]:
    surfaces = ("concrete", "asphalt", "plaster")
    return [
        to_grey(draw_photo(height=120, width=160, seed=seed, surface=surfaces[seed % 3]).pixels)
        for seed in range(30)
    ]


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.vdot(unit_rows(first.reshape(1, -1)), unit_rows(second.reshape(1, -1))))


def _recompressed(grey: np.ndarray, quality: int) -> np.ndarray:
    _, data = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))


def test_a_print_is_small():
    grey = np.random.default_rng(0).integers(0, 256, (300, 200), np.uint8)
    assert (fingerprint(grey).shape, fingerprint(grey).dtype) == ((SIDE, SIDE), np.int8)


@pytest.mark.parametrize("factor", [0.7, 1.5, 3.0])
def test_another_size_hardly_changes_a_print(greys, factor):
    for grey in greys:
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        other = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=how)
        assert _correlation(fingerprint(grey), fingerprint(other)) > 0.85


@pytest.mark.parametrize("quality", [30, 60, 90])
def test_recompression_hardly_changes_a_print(greys, quality):
    for grey in greys:
        assert _correlation(fingerprint(grey), fingerprint(_recompressed(grey, quality))) > 0.85


def test_another_light_hardly_changes_a_print(greys):
    for grey in greys:
        slope = np.linspace(0.7, 1.0, grey.shape[1])
        shaded = np.clip(grey * slope, 0, 255).astype(np.uint8)
        assert _correlation(fingerprint(grey), fingerprint(shaded)) > 0.85


def test_different_pictures_have_different_prints(greys):
    prints = [fingerprint(grey) for grey in greys]
    for i, first in enumerate(prints):
        for second in prints[:i]:
            assert _correlation(first, second) < 0.5


@pytest.mark.parametrize("turn", TURNS)
def test_the_print_of_a_turned_picture_is_the_turned_print(greys, turn):
    for grey in greys:
        difference = fingerprint(turned(grey, turn)).astype(int) - turned(fingerprint(grey), turn)
        assert np.abs(difference).max() <= 2  # rounding of sums taken in another order


@pytest.mark.parametrize("turn", TURNS)
def test_invariants_are_the_same_in_all_orientations(turn):
    prints = np.random.default_rng(2).integers(-120, 121, (20, SIDE, SIDE)).astype(np.int8)
    other = np.stack([turned(one, turn) for one in prints])
    np.testing.assert_allclose(invariants(other), invariants(prints), atol=1e-6)


def test_invariants_of_different_prints_differ():
    prints = np.random.default_rng(3).integers(-120, 121, (20, SIDE, SIDE)).astype(np.int8)
    assert (invariants(prints) @ invariants(prints).T)[np.triu_indices(20, 1)].max() < 0.999


def test_invariants_have_length_one_and_those_of_a_blank_print_zero():
    prints = np.random.default_rng(4).integers(-120, 121, (3, SIDE, SIDE)).astype(np.int8)
    prints[1] = 0
    np.testing.assert_allclose(np.linalg.norm(invariants(prints), axis=1), [1, 0, 1], atol=1e-5)


@pytest.mark.parametrize("value", [0, 8, 100, 250, 255])
def test_a_blank_picture_has_a_blank_print(value):
    assert not fingerprint(np.full((90, 70), value, np.uint8)).any()


def test_a_black_frame_does_not_decide():
    photos = [to_grey(draw_photo(height=120, width=120, seed=seed).pixels) for seed in (1, 2)]
    framed = [cv2.copyMakeBorder(grey, 20, 20, 20, 20, cv2.BORDER_CONSTANT, value=0) for grey in photos]
    first, second = (fingerprint(grey) for grey in framed)
    assert not first[:7].any()  # the frame shows nothing
    assert abs(_correlation(first, second)) < 0.5


@pytest.mark.parametrize("size", [(1, 1), (1, 9000), (9000, 1), (2, 3), (48, 48), (96, 96), (1200, 40)])
def test_pictures_of_any_size_have_a_print(size):
    grey = np.random.default_rng(5).integers(0, 256, size, np.uint8)
    assert fingerprint(grey).shape == (SIDE, SIDE)


def test_unit_rows_keep_rows_of_zeros():
    np.testing.assert_allclose(unit_rows(np.array([[3, 4], [0, 0]])), [[0.6, 0.8], [0, 0]])
