"""The drawn truth against geometry: areas, chords, lengths."""

import cv2
import numpy as np
import pytest

from crackscope.imaging.crack_shape import covered_pixels, line_of
from crackscope.imaging.synthetic import draw_mask, draw_photo, straight_crack, wandering_crack

SIZE = {"height": 480, "width": 640}


def at_angle(degrees, width_px, length_px=400.0, centre=(240.3, 320.6)):
    half = np.array([np.sin(np.deg2rad(degrees)), np.cos(np.deg2rad(degrees))]) * length_px / 2
    return straight_crack(tuple(centre - half), tuple(centre + half), width_px)


@pytest.mark.parametrize("width_px", [2, 3, 5, 8, 13, 20])
@pytest.mark.parametrize("degrees", [7, 23, 38, 52, 71, 84, 113, 159])
def test_mask_area_of_a_straight_crack_is_length_times_width(degrees, width_px):
    area = np.count_nonzero(draw_mask([at_angle(degrees, width_px)], **SIZE))
    assert area == pytest.approx(400 * width_px, rel=0.01)


@pytest.mark.parametrize("width_px", [2.0, 2.5, 6.0, 17.0])
@pytest.mark.parametrize("degrees", [0, 11, 40, 90, 128])
def test_coverage_adds_up_to_the_area(degrees, width_px):
    coverage = covered_pixels(at_angle(degrees, width_px), **SIZE).coverage
    assert coverage.sum() == pytest.approx(400 * width_px, rel=0.01)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("width_px", [3.0, 8.0])
def test_coverage_of_a_wandering_crack_is_the_integral_of_its_width(seed, width_px):
    crack = wandering_crack(np.random.default_rng(seed), **SIZE, width_px=width_px)
    coverage = covered_pixels(crack, **SIZE).coverage
    assert coverage.sum() == pytest.approx(crack.area_px, rel=0.01)


def test_masks_of_wandering_cracks_have_the_area_of_the_truth():
    rng = np.random.default_rng(5)
    cracks = [wandering_crack(rng, **SIZE, width_px=width) for width in (3, 4, 6, 9, 12, 20) * 2]
    drawn = sum(np.count_nonzero(draw_mask([crack], **SIZE)) for crack in cracks)
    assert drawn == pytest.approx(sum(crack.area_px for crack in cracks), rel=0.01)


@pytest.mark.parametrize(("width_px", "rows"), [(1, 1), (2, 2), (3, 3), (10, 10), (15, 15)])
@pytest.mark.parametrize("middle", [100.0, 100.3, 100.5])
def test_chord_through_a_level_crack_is_its_width(width_px, rows, middle):
    mask = draw_mask([straight_crack((middle, 50), (middle, 550), width_px)], **SIZE)
    assert (mask[:, 51:550].sum(axis=0) == rows).all()
    assert np.count_nonzero(mask) == 500 * rows


@pytest.mark.parametrize("degrees", [10, 30, 41])
def test_chord_through_a_slanted_crack_is_its_width_over_the_cosine(degrees):
    mask = draw_mask([at_angle(degrees, 9)], **SIZE)
    columns = mask[:, 250:390].sum(axis=0)
    assert columns.mean() == pytest.approx(9 / np.cos(np.deg2rad(degrees)), rel=0.01)


def test_width_between_two_points_changes_linearly():
    crack = line_of(np.array([[200.0, 100.0], [200.0, 500.0]]), np.array([4.0, 24.0]))
    mask = draw_mask([crack], **SIZE)
    expected = 4 + 20 * (np.arange(110, 491) - 100) / 400
    assert np.abs(mask[:, 110:491].sum(axis=0) - expected).max() <= 1.0


def test_a_ring_has_the_area_between_two_circles():
    turn = np.linspace(0, 2 * np.pi, 400)
    ring = line_of(np.stack([240 + 100 * np.sin(turn), 320 + 100 * np.cos(turn)], axis=1), 12.0)
    assert ring.length_px == pytest.approx(2 * np.pi * 100, rel=1e-3)
    area = np.count_nonzero(draw_mask([ring], **SIZE))
    assert area == pytest.approx(np.pi * (106**2 - 94**2), rel=0.01)


@pytest.mark.parametrize("seed", range(8))
def test_wandering_cracks_stay_inside_and_hang_together(seed):
    rng = np.random.default_rng(seed)
    crack = wandering_crack(rng, 300, 400, 2.5, branches=2)
    for line in crack.lines:
        assert (line.centreline >= 0).all()
        assert (line.centreline <= (299, 399)).all()
        assert line.width_px.min() >= 1.0
    mask = draw_mask([crack], height=300, width=400)
    assert cv2.connectedComponents(mask.view(np.uint8), connectivity=8)[0] == 2
    assert crack.total_length_px == pytest.approx(sum(line.length_px for line in crack.lines))


def test_length_is_that_of_the_polyline():
    crack = wandering_crack(np.random.default_rng(3), 480, 640, 3.0)
    steps = np.linalg.norm(np.diff(crack.centreline, axis=0), axis=1)
    assert crack.length_px == pytest.approx(steps.sum())


def test_the_same_seed_draws_the_same_photo_and_another_one_another():
    one, again, other = (draw_photo(height=120, width=160, seed=seed) for seed in (4, 4, 5))
    assert np.array_equal(one.pixels, again.pixels)
    assert np.array_equal(one.mask, again.mask)
    assert not np.array_equal(one.pixels, other.pixels)


@pytest.mark.parametrize("surface", ["concrete", "asphalt", "plaster"])
@pytest.mark.parametrize("seed", [0, 1])
def test_cracks_are_darker_than_what_is_beside_them(surface, seed):
    photo = draw_photo(seed=seed, surface=surface, cracks=2, distractors=4)
    core = photo.mask
    around = cv2.dilate(core.view(np.uint8), np.ones((15, 15), np.uint8)).view(bool)
    beside = around & ~cv2.dilate(core.view(np.uint8), np.ones((5, 5), np.uint8)).view(bool)
    grey = photo.pixels.mean(axis=2)
    assert grey[core].mean() < 0.75 * grey[beside].mean()


def test_the_photo_and_the_mask_show_the_same_cracks():
    photo = draw_photo(seed=9, cracks=3)
    assert np.array_equal(photo.mask, draw_mask(photo.cracks, **SIZE))
    components = cv2.connectedComponents(photo.mask.view(np.uint8), connectivity=8)[0] - 1
    assert components == len(photo.cracks) == 3


def test_cracks_given_are_drawn_as_given():
    crack = straight_crack((50, 20), (50, 100), 4)
    photo = draw_photo(height=100, width=120, cracks=[crack], noise_sigma=0, blur_sigma_px=0)
    assert photo.cracks == (crack,)
    assert np.count_nonzero(photo.mask) == pytest.approx(320, rel=0.02)


def test_a_crack_free_photo_has_an_empty_mask():
    photo = draw_photo(height=64, width=64, cracks=0)
    assert not photo.mask.any()
    assert photo.cracks == ()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 50), (20, 3), (32, 32)])
def test_small_pictures_can_be_drawn(height, width):
    photo = draw_photo(height=height, width=width, seed=2)
    assert photo.pixels.shape == (height, width, 3)


def test_a_crack_that_leaves_the_picture_is_cut_at_its_edge():
    mask = draw_mask([straight_crack((10, -50), (10, 200), 3)], height=20, width=40)
    assert mask.sum() == 3 * 40


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="choose one of concrete, asphalt, plaster"):
        draw_photo(surface="chocolate")
    with pytest.raises(ValueError, match="has no pixels"):
        draw_photo(height=0)
    with pytest.raises(ValueError, match="must differ"):
        straight_crack((1, 1), (1, 1), 3)
