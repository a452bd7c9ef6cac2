"""Overlays touch what they should and nothing else."""

import numpy as np
import pytest

from crackscope.imaging.overlay import COLOURS, draw_overlay
from crackscope.imaging.rle import RunLengthMask
from crackscope.imaging.synthetic import draw_photo


def test_only_cracks_and_their_rim_are_coloured():
    photo = draw_photo(height=200, width=300, seed=1, cracks=1)
    drawn = draw_overlay(photo.pixels, [RunLengthMask.from_mask(photo.mask)])
    changed = (drawn != photo.pixels).any(axis=2)
    rim = np.zeros_like(photo.mask)
    padded = np.pad(photo.mask, 1)
    for row, column in ((0, 1), (2, 1), (1, 0), (1, 2)):
        rim |= padded[row : row + 200, column : column + 300]
    rim &= ~photo.mask
    assert not changed[~photo.mask & ~rim].any()
    assert (drawn[rim] == COLOURS[0]).all()


def test_tint_mixes_colour_and_photo_by_the_opacity():
    photo = np.full((20, 20, 3), 100, np.uint8)
    mask = RunLengthMask.from_mask(np.ones((20, 20), bool))
    assert (draw_overlay(photo, [mask], colours=[(200, 0, 100)], opacity=0.25) == (125, 75, 100)).all()


def test_the_photo_given_is_left_as_it_is():
    photo = draw_photo(height=80, width=80, seed=1, cracks=1)
    before = photo.pixels.copy()
    draw_overlay(photo.pixels, [RunLengthMask.from_mask(photo.mask)], labels=["1"])
    assert np.array_equal(photo.pixels, before)


def test_large_masks_drawn_in_bands_show_no_seam(monkeypatch):
    photo = draw_photo(height=600, width=500, seed=3, cracks=3)
    masks = [RunLengthMask.from_mask(photo.mask)]
    whole = draw_overlay(photo.pixels, masks)
    monkeypatch.setattr("crackscope.imaging.overlay.BAND_PIXELS", 1)
    assert np.array_equal(draw_overlay(photo.pixels, masks), whole)


@pytest.mark.parametrize("place", [(0, 0), (0, 39), (29, 0), (29, 39)])
def test_cracks_and_labels_in_the_corners_are_drawn(place):
    mask = RunLengthMask.from_pixels([place[0]], [place[1]], height=30, width=40)
    drawn = draw_overlay(np.zeros((30, 40, 3), np.uint8), [mask], labels=["Ä 12.3 mm"])
    assert drawn.any()


def test_an_empty_mask_draws_nothing():
    photo = np.zeros((5, 5, 3), np.uint8)
    assert np.array_equal(draw_overlay(photo, [RunLengthMask(5, 5, (25,))], labels=["x"]), photo)


def test_masks_and_labels_that_do_not_fit_are_refused():
    photo = np.zeros((5, 5, 3), np.uint8)
    with pytest.raises(ValueError, match="a mask of 4×4 px on a photo of 5×5 px"):
        draw_overlay(photo, [RunLengthMask(4, 4, (16,))])
    with pytest.raises(ValueError, match="0 labels for 1 masks"):
        draw_overlay(photo, [RunLengthMask(5, 5, (25,))], labels=[])


def test_the_line_around_a_crack_may_have_a_colour_at_every_place(monkeypatch):
    mask = RunLengthMask.from_pixels(np.arange(10, 200), np.full(190, 20), height=210, width=40)

    def rim(rows, columns):
        return np.stack([rows, columns, np.full_like(rows, 7)], axis=1).astype(np.uint8)

    photo = np.zeros((210, 40, 3), np.uint8)
    drawn = draw_overlay(photo, [mask], rims=[rim], rim_px=2)
    assert drawn[150, 18].tolist() == [150, 18, 7]
    assert drawn[11, 22].tolist() == [11, 22, 7]
    assert drawn[150, 17].tolist() == [0, 0, 0]
    monkeypatch.setattr("crackscope.imaging.overlay.BAND_PIXELS", 1)
    assert np.array_equal(draw_overlay(photo, [mask], rims=[rim], rim_px=2), drawn)
    assert np.array_equal(draw_overlay(photo, [mask], rims=[None]), draw_overlay(photo, [mask]))
    with pytest.raises(ValueError, match="rims"):
        draw_overlay(photo, [mask], rims=[])
