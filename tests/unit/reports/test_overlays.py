import hashlib

import cv2
import numpy as np
import pytest

from crackscope.imaging.encode import write_png
from crackscope.imaging.overlay import COLOURS
from crackscope.reports.overlays import (
    CRACK_FREE_SIDE_PX,
    LONGEST_SIDE_SHOWN_PX,
    OverlayPainter,
    draw_inspection,
)


def grey(size):
    return np.full((*size, 3), 128, np.uint8)


def test_a_small_photo_is_enlarged_until_there_is_room_to_write(inspection_of):
    drawn = draw_inspection(grey((120, 160)), inspection_of(size=(120, 160)))
    assert drawn.overlay.shape == (720, 960, 3)


def test_a_crack_is_tinted_where_its_mask_is(inspection_of):
    pixels = grey((1200, 1600))
    inspection = inspection_of(size=pixels.shape[:2])
    overlay = draw_inspection(pixels, inspection).overlay
    row, column = 11, 95  # on the crack; far from its label, which stands at the middle
    assert not np.array_equal(overlay[row, column], pixels[row, column])
    assert np.array_equal(overlay[1000, 1500], pixels[1000, 1500])
    assert np.all(pixels == 128)


def test_the_label_has_the_colour_of_its_crack(inspection_of):
    overlay = draw_inspection(grey((600, 900)), inspection_of(size=(600, 900))).overlay
    plate = (overlay == np.array(COLOURS[0], np.uint8)).all(axis=2)
    assert plate.sum() > 50


def test_the_largest_photos_are_shrunk(inspection_of):
    size = (40, LONGEST_SIDE_SHOWN_PX + 2000)
    assert draw_inspection(grey(size), inspection_of(size=size)).overlay.shape[1] == LONGEST_SIDE_SHOWN_PX


def test_a_crack_free_photo_is_shown_as_it_is(inspection_of):
    size = (100, 2 * CRACK_FREE_SIDE_PX)
    drawn = draw_inspection(grey(size), inspection_of(size=size, cracks=0))
    assert drawn.overlay.shape == (50, CRACK_FREE_SIDE_PX, 3)
    assert np.all(drawn.overlay == 128)


@pytest.mark.parametrize("size", [(1, 1), (10, 6500), (6500, 10), (227, 227)])
def test_any_size_can_be_drawn(inspection_of, size):
    inspection = inspection_of(size=(max(size[0], 40), max(size[1], 120)), cracks=2)
    assert draw_inspection(grey((max(size[0], 40), max(size[1], 120))), inspection).overlay.size
    assert draw_inspection(grey(size), inspection_of(size=size, cracks=0)).overlay.size


def test_many_cracks_are_labelled_in_little_time_and_room(inspection_of):
    size = (4000, 160)
    assert draw_inspection(grey(size), inspection_of(size=size, cracks=9)).overlay.shape == (4000, 160, 3)


def test_another_photo_than_the_inspected_is_refused(inspection_of):
    with pytest.raises(ValueError, match="inspected"):
        draw_inspection(grey((50, 50)), inspection_of())


def test_pictures_lie_in_the_folder_whatever_the_photos_name(tmp_path, inspection_of):
    photo = tmp_path / "photo.png"
    write_png(photo, grey((120, 160)))
    names = ["a.jpg", "../../out.jpg", "/etc/x.jpg", "deep/er/ü.png"]
    folder = tmp_path / "report" / "here"
    folder.mkdir(parents=True)
    painter = OverlayPainter(folder, lambda _: photo, max_pixels=10**6)
    before = {path for path in tmp_path.rglob("*") if folder not in path.parents}
    drawn = list(painter.draw_all(inspection_of(name) for name in names))
    assert [inspection.photo.name for inspection, _ in drawn] == names
    for _, pictures in drawn:
        assert cv2.imread(str(folder / pictures.overlay)).shape == (720, 960, 3)
        assert cv2.imread(str(folder / pictures.thumbnail)).shape == (120, 160, 3)
    assert {path for path in tmp_path.rglob("*") if folder not in path.parents} == before
    assert painter.missing == 0


def test_a_photo_that_is_gone_or_changed_is_not_drawn(tmp_path, inspection_of):
    photo = tmp_path / "photo.png"
    write_png(photo, grey((120, 160)))
    digest = hashlib.sha256(photo.read_bytes()).hexdigest()
    inspections = [
        inspection_of("gone.jpg"),
        inspection_of("other.jpg", sha256="0" * 64),
        inspection_of("same.jpg", sha256=digest),
    ]
    paths = {"other.jpg": photo, "same.jpg": photo}
    painter = OverlayPainter(tmp_path / "out", paths.get, max_pixels=10**6)
    assert [pictures is None for _, pictures in painter.draw_all(inspections)] == [True, True, False]
    assert painter.missing == 2


def test_what_was_drawn_is_kept_when_resumed(tmp_path, inspection_of):
    photo = tmp_path / "photo.png"
    write_png(photo, grey((120, 160)))
    for keep_drawn in (False, True):
        painter = OverlayPainter(tmp_path, lambda _: photo, max_pixels=10**6, keep_drawn=keep_drawn)
        ((_, pictures),) = painter.draw_all([inspection_of()])
        photo.unlink(missing_ok=True)
        assert pictures is not None


def test_a_cracked_photo_that_says_not_where_has_a_frame_and_keeps_its_middle(classified_of):
    pixels = grey((600, 900))
    cracked = draw_inspection(pixels, classified_of(probability=0.9, size=(600, 900)))
    frame = np.array(COLOURS[0], np.uint8)
    for edge in (cracked.overlay[-1], cracked.overlay[:, -1], cracked.overlay[300:, 0]):
        assert (edge == frame).all()
    assert np.array_equal(cracked.overlay[100:-20, 200:-20], pixels[100:-20, 200:-20])
    assert np.all(pixels == 128)
    assert np.all(cracked.thumbnail == 128)


def test_a_photo_that_a_classifier_found_crack_free_is_shown_as_it_is(classified_of, screened_of):
    for inspection in (classified_of(probability=0.1), screened_of()):
        assert np.all(draw_inspection(grey((120, 160)), inspection).overlay == 128)


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (9000, 3)])
def test_a_frame_fits_any_size(classified_of, size):
    drawn = draw_inspection(grey(size), classified_of(probability=0.9, size=size))
    assert max(drawn.overlay.shape) <= LONGEST_SIDE_SHOWN_PX
