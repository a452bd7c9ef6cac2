import numpy as np
import pytest

from crackscope.engine import instances
from crackscope.engine.found_instance import CrackPixels
from crackscope.engine.instance_tiles import InstanceAssembler
from crackscope.engine.instances import InstanceFinder
from crackscope.errors import ModelFileError
from crackscope.imaging.box import Box


def pixels_of(mask, *, score=0.9, row=0, column=0):
    rows, columns = np.nonzero(mask)
    rows, columns = (rows + row).astype(np.int32), (columns + column).astype(np.int32)
    corners = (float(columns.min()), float(rows.min()), columns.max() + 1.0, rows.max() + 1.0)
    return CrackPixels(score, corners, rows, columns)


def in_tile(mask, tile, **options):
    return pixels_of(mask[tile.slices], row=tile.row, column=tile.column, **options)


LEFT, RIGHT = Box(0, 0, 100, 120), Box(0, 80, 100, 120)


def long_line(*, row=50, height=100, width=200):
    mask = np.zeros((height, width), bool)
    mask[row : row + 3, 5:195] = True
    return mask


def assembled(*tiles):
    assembler = InstanceAssembler()
    for tile, found in tiles:
        assembler.add(tile, found)
    return assembler.finish()


def test_a_crack_across_two_tiles_is_one_crack_with_all_its_pixels():
    line = long_line()
    (whole,) = assembled((LEFT, [in_tile(line, LEFT, score=0.6)]), (RIGHT, [in_tile(line, RIGHT, score=0.8)]))
    drawn = np.zeros_like(line)
    drawn[whole.rows, whole.columns] = True
    np.testing.assert_array_equal(drawn, line)
    assert whole.rows.size == line.sum()
    assert whole.score == 0.8
    assert whole.corners_px == (5, 50, 195, 53)


def test_the_two_tiles_may_draw_it_a_pixel_apart():
    line, lower = long_line(row=50), long_line(row=52)
    assert len(assembled((LEFT, [in_tile(line, LEFT)]), (RIGHT, [in_tile(lower, RIGHT)]))) == 1


def test_cracks_that_run_apart_stay_two():
    line, far = long_line(row=50), long_line(row=70)
    found = assembled((LEFT, [in_tile(line, LEFT)]), (RIGHT, [in_tile(far, RIGHT)]))
    assert len(found) == 2


def test_cracks_in_one_tile_are_never_put_together():
    line = long_line()
    assert len(assembled((LEFT, [in_tile(line, LEFT), in_tile(line, LEFT)]))) == 2


def test_a_crack_over_four_tiles_is_one():
    tiles = [Box(r, c, 60, 60) for r in (0, 40) for c in (0, 40)]
    mask = np.zeros((100, 100), bool)
    for at in range(2, 98):
        mask[at, at - 2 : at + 2] = True
    (whole,) = assembled(*((tile, [in_tile(mask, tile)]) for tile in tiles if mask[tile.slices].any()))
    assert whole.rows.size == mask.sum()


def test_pieces_that_do_not_reach_the_common_area_stay_apart():
    mask = np.zeros((100, 200), bool)
    mask[50:53, 5:75] = mask[50:53, 125:195] = True
    assert len(assembled((LEFT, [in_tile(mask, LEFT)]), (RIGHT, [in_tile(mask, RIGHT)]))) == 2


@pytest.fixture(scope="module")
def finder(dark_detector_file):
    return InstanceFinder(dark_detector_file, threads=1)


def wall(height, width):
    return np.full((height, width, 3), 200, np.uint8)


def test_a_dark_block_is_found_with_its_box_and_mask(finder):
    pixels = wall(90, 120)
    pixels[20:40, 32:72] = 20
    (found,) = finder.find(pixels)
    assert found.corners_px == (32, 20, 72, 40)
    assert found.mask.bounding_box() == Box(20, 32, 20, 40)
    assert found.mask.area == 20 * 40


def test_a_light_wall_has_no_crack(finder):
    assert finder.find(wall(64, 64)) == ()


def test_doubtful_cracks_are_given_only_when_asked_for(finder):
    pixels = wall(64, 64)
    pixels[10:20, 10:30] = 130
    assert finder.find(pixels) == ()
    (found,) = finder.find(pixels, least_score=0.0)
    assert 0 < found.score < finder.model_file.card.threshold


def test_a_crack_over_the_tiles_of_a_large_photo_is_one_and_complete(finder, monkeypatch):
    pixels = wall(200, 640)
    pixels[90:110, 20:620] = 20
    whole = finder.find(pixels)
    monkeypatch.setattr(instances, "WHOLE_MAX_PX", 160)
    monkeypatch.setattr(instances, "TILE_PX", 160)
    monkeypatch.setattr(instances, "OVERLAP_PX", 64)
    (found,) = finder.find(pixels)
    assert found.mask == whole[0].mask
    assert found.mask.area == 20 * 600


def test_only_pictures_are_taken(finder):
    with pytest.raises(ValueError, match="uint8"):
        finder.find(np.zeros((4, 4), np.uint8))


def test_a_segmentation_model_is_refused_with_one_sentence(dark_model_file):
    with pytest.raises(ModelFileError, match="for the task 'segment', not 'detect'; give a detection model"):
        InstanceFinder(dark_model_file)
