"""Pictures are written whole or not at all."""

import numpy as np
import pytest

from crackscope.errors import CrackscopeError
from crackscope.imaging.encode import thumbnail, write_jpeg, write_png
from crackscope.imaging.photo import Photo
from crackscope.imaging.synthetic import draw_photo

PIXELS = draw_photo(height=60, width=90, seed=0).pixels


def test_png_comes_back_the_same(tmp_path):
    write_png(tmp_path / "größe.png", PIXELS)
    assert np.array_equal(Photo.open(tmp_path / "größe.png").pixels, PIXELS)


def test_jpeg_comes_back_much_the_same_in_the_same_colours(tmp_path):
    smooth = np.broadcast_to(np.array([200, 90, 30], np.uint8), (60, 90, 3)).copy()
    write_jpeg(tmp_path / "a.jpg", smooth)
    assert np.abs(Photo.open(tmp_path / "a.jpg").pixels.astype(int) - smooth).max() <= 3


def test_a_file_that_was_there_is_replaced_and_nothing_else_is_left(tmp_path):
    (tmp_path / "a.png").write_bytes(b"old")
    write_png(tmp_path / "a.png", PIXELS)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CrackscopeError, match=r"cannot be written .*; make room or choose another folder"):
        write_jpeg(tmp_path / "gone" / "a.jpg", PIXELS)


def test_a_failed_write_leaves_no_rest(tmp_path):
    (tmp_path / "a.png").mkdir()
    with pytest.raises(CrackscopeError, match="cannot be written"):
        write_png(tmp_path / "a.png", PIXELS)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize(
    ("size", "longest", "expected"),
    [
        ((300, 400), 100, (75, 100)),
        ((400, 300), 100, (100, 75)),
        ((50, 40), 100, (50, 40)),
        ((10, 5000), 100, (1, 100)),
    ],
)
def test_thumbnails_keep_the_shape(size, longest, expected):
    assert thumbnail(np.zeros((*size, 3), np.uint8), longest).shape[:2] == expected


def test_pixels_that_are_no_photo_are_refused(tmp_path):
    with pytest.raises(ValueError, match="a photo is a uint8 array"):
        write_png(tmp_path / "a.png", PIXELS.astype(np.float32))
    with pytest.raises(ValueError, match="use PNG"):
        write_jpeg(tmp_path / "a.jpg", np.zeros((1, 65_501, 3), np.uint8))
