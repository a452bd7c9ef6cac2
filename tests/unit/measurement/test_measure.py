import math

import numpy as np
import pytest

from crackscope.imaging.colour import to_grey
from crackscope.imaging.rle import RunLengthMask
from crackscope.imaging.synthetic import draw_mask, draw_photo, straight_crack, wandering_crack
from crackscope.measurement.crack_widths import WidthsAlong
from crackscope.measurement.measure import CrackMeasurement, measure, measure_cracks
from crackscope.measurement.region import Region
from crackscope.measurement.regions import RegionAssembler

ACROSS = np.tile([1.0, 0.0], (400, 1))
"""Normals of a horizontal crack."""


def measured(mask: np.ndarray) -> CrackMeasurement:
    assembler = RegionAssembler(*mask.shape, 0.5)
    assembler.add(0, mask.astype(np.float32))
    return measure(max(assembler.finish(), key=lambda region: region.area_px))


def bar(length_px: float, width_px: float, angle_deg: float, *, shift: float = 0.3) -> np.ndarray:
    """A straight crack in the middle of a picture, counter-clockwise from horizontal."""
    size = int(length_px) + 40
    half = length_px / 2 * np.array([-math.sin(math.radians(angle_deg)), math.cos(math.radians(angle_deg))])
    middle = np.array([size / 2 + shift, size / 2])
    return draw_mask(
        [straight_crack(tuple(middle - half), tuple(middle + half), width_px)], height=size, width=size
    )


@pytest.mark.parametrize("width_px", [2, 3, 4, 5, 7, 10, 14, 20])
@pytest.mark.parametrize("angle_deg", [0, 3, 11, 26.57, 37, 45, 58, 71, 90, 104, 135, 167])
def test_a_straight_crack_keeps_its_length_width_and_direction(width_px: int, angle_deg: float) -> None:
    mask = bar(200, width_px, angle_deg)
    crack = measured(mask)
    held_px = mask.sum() / 200  # width of the pixels themselves; along a diagonal they come in steps of √½
    assert abs(held_px - width_px) <= math.sqrt(0.5)
    assert crack.length_px == pytest.approx(200, rel=0.01)
    assert crack.mean_width_px == pytest.approx(held_px, abs=0.2)
    assert crack.median_width_px == pytest.approx(held_px, abs=0.3)
    assert crack.max_width_px == pytest.approx(held_px, abs=0.8)
    assert abs((crack.orientation_deg - angle_deg + 90) % 180 - 90) < 0.6
    assert len(crack.centreline) == 1


@pytest.mark.parametrize("width_px", [2, 5, 10, 20])
@pytest.mark.parametrize("angle_deg", [0, 30, 45, 80])
def test_over_all_places_on_the_grid_a_width_is_unbiased(width_px: int, angle_deg: float) -> None:
    shifts = np.linspace(0.05, 0.85, 5)
    widths = [measured(bar(80, width_px, angle_deg, shift=shift)).mean_width_px for shift in shifts]
    assert np.mean(widths) == pytest.approx(width_px, abs=0.2)


@pytest.mark.parametrize("width_px", [2.0, 3.0, 5.0, 8.0, 13.0, 20.0])
@pytest.mark.parametrize("seed", range(4))
def test_a_wandering_crack_keeps_its_length_and_width(width_px: float, seed: int) -> None:
    crack = wandering_crack(np.random.default_rng(seed), 400, 500, width_px, length_px=350)
    found = measured(draw_mask([crack], height=400, width=500))
    assert found.length_px == pytest.approx(crack.length_px, rel=0.01)
    assert found.mean_width_px == pytest.approx(crack.mean_width_px, abs=0.2)
    assert found.max_width_px == pytest.approx(crack.width_px.max(), abs=1.0)


@pytest.mark.parametrize("seed", range(6))
def test_all_branches_count_for_the_length(seed: int) -> None:
    crack = wandering_crack(np.random.default_rng(seed), 500, 500, 5.0, length_px=400, branches=1)
    found = measured(draw_mask([crack], height=500, width=500))
    assert found.length_px == pytest.approx(crack.total_length_px, rel=0.02)


def test_the_widest_place_is_found() -> None:
    mask = np.zeros((80, 300), bool)
    mask[37:43, 10:290] = True
    row, column = np.mgrid[:80, :300]
    mask |= np.hypot((row - 39.5) / 10, (column - 200) / 25) <= 1
    crack = measured(mask)
    assert crack.max_width_px == pytest.approx(20, abs=1)
    assert crack.max_width_at == pytest.approx((39.5, 200), abs=4)
    assert crack.median_width_px == pytest.approx(6, abs=0.2)
    assert crack.p95_width_px < crack.max_width_px


def test_a_wide_crack_with_thin_ends_is_as_wide_as_it_is_and_not_as_its_ends() -> None:
    mask = np.zeros((140, 220), bool)
    mask[50:90, 70:150] = True
    for (row, column), (to_row, to_column) in (
        ((55, 75), (15, 30)),
        ((85, 75), (125, 35)),
        ((55, 145), (18, 190)),
        ((85, 145), (122, 185)),
    ):
        mask |= draw_mask([straight_crack((row, column), (to_row, to_column), 4)], height=140, width=220)
    crack = measured(mask)
    assert crack.max_width_px == pytest.approx(40, abs=2)
    assert 70 <= crack.max_width_at[1] <= 150
    assert crack.mean_width_px > 8  # its arms are longer than its body
    assert crack.median_width_px <= crack.p95_width_px <= crack.max_width_px


def test_a_flaw_in_the_mask_does_not_halve_a_width() -> None:
    mask = np.zeros((80, 300), bool)
    mask[30:50, 10:290] = True
    mask[38:42, 60:64] = mask[37:43, 150:156] = mask[39:41, 200:230] = False
    crack = measured(mask)
    assert crack.length_px == pytest.approx(280, rel=0.01)
    assert crack.mean_width_px == pytest.approx(20, abs=0.1)
    assert crack.median_width_px == pytest.approx(20, abs=0.1)


def test_a_crack_cut_by_the_border_reaches_it() -> None:
    mask = np.zeros((60, 200), bool)
    mask[30:34] = True
    crack = measured(mask)
    assert crack.length_px == pytest.approx(200, abs=0.5)
    assert crack.mean_width_px == pytest.approx(4, abs=0.05)


def test_one_pixel_is_one_long_and_one_wide() -> None:
    crack = measured(np.ones((1, 1), bool))
    assert (crack.length_px, crack.mean_width_px, crack.max_width_px) == (1.0, 1.0, 1.0)
    assert crack.max_width_at == (0.0, 0.0)


def test_a_blob_of_four_pixels_is_two_long_and_two_wide() -> None:
    crack = measured(np.pad(np.ones((2, 2), bool), 3))
    assert (crack.length_px, crack.mean_width_px) == pytest.approx((2, 2))


def test_a_disc_is_as_long_and_as_wide_as_its_diameter() -> None:
    row, column = np.mgrid[:200, :200] - 100
    crack = measured(np.hypot(row, column) <= 40)
    assert crack.length_px == pytest.approx(80, rel=0.03)
    assert crack.max_width_px == pytest.approx(80, rel=0.03)


@pytest.mark.parametrize(("radius_px", "width_px"), [(80, 5), (80, 1), (30, 8)])
def test_a_ring_is_as_long_as_its_circumference(radius_px: int, width_px: int) -> None:
    row, column = np.mgrid[:200, :200] - 100
    crack = measured(abs(np.hypot(row, column) - radius_px) <= width_px / 2)
    assert crack.length_px == pytest.approx(2 * math.pi * radius_px, rel=0.01)
    assert crack.mean_width_px == pytest.approx(width_px, abs=0.1)
    assert crack.centreline[0][0] == pytest.approx(crack.centreline[0][-1], abs=0.02)


def test_a_cross_is_twice_its_arm_and_no_wider_at_its_middle() -> None:
    mask = np.zeros((200, 200), bool)
    mask[98:103, 20:180] = mask[20:180, 98:103] = True
    crack = measured(mask)
    assert crack.length_px == pytest.approx(320, rel=0.005)
    assert crack.max_width_px == pytest.approx(5, abs=0.1)


def test_a_comb_is_as_long_as_its_back_and_all_its_teeth() -> None:
    mask = np.zeros((60, 400), bool)
    mask[50:54, 5:395] = True
    for column in range(20, 390, 10):
        mask[10:54, column : column + 3] = True
    crack = measured(mask)
    assert crack.length_px == pytest.approx(390 + 37 * 41.5, rel=0.02)
    assert crack.mean_width_px == pytest.approx(3.1, abs=0.2)


def test_a_huge_diagonal_crack_is_measured() -> None:
    crack = straight_crack((10, 10), (2990, 3990), 6)
    found = measured(draw_mask([crack], height=3000, width=4000))
    assert found.length_px == pytest.approx(crack.length_px, rel=0.005)
    assert found.mean_width_px == pytest.approx(6, abs=0.1)
    assert len(found.centreline[0]) < 20


def test_a_very_thick_crack_keeps_its_width() -> None:
    mask = np.zeros((700, 2000), bool)
    mask[150:550, 100:1900] = True
    crack = measured(mask)
    assert crack.length_px == pytest.approx(1800, rel=0.01)
    assert crack.mean_width_px == pytest.approx(400, rel=0.005)


def test_every_shape_has_finite_measures() -> None:
    rng = np.random.default_rng(3)
    for share in (0.15, 0.3, 0.45, 0.6, 0.8):
        mask = rng.random((40, 50)) < share
        assembler = RegionAssembler(40, 50, 0.5)
        assembler.add(0, mask.astype(np.float32))
        for region in assembler.finish():
            crack = measure(region)
            numbers = [crack.length_px, crack.mean_width_px, crack.median_width_px, crack.max_width_px]
            assert np.isfinite(numbers).all()
            assert min(numbers) > 0
            assert crack.median_width_px <= crack.p95_width_px <= crack.max_width_px
            assert 0 <= crack.orientation_deg < 180


def test_the_same_crack_elsewhere_measures_the_same() -> None:
    mask = bar(120, 4, 33)
    one, other = measured(mask), measured(np.pad(mask, ((17, 0), (5, 3))))
    assert other.length_px == one.length_px
    assert other.mean_width_px == one.mean_width_px
    assert other.max_width_at == pytest.approx((one.max_width_at[0] + 17, one.max_width_at[1] + 5))
    assert other.centreline[0][0] == pytest.approx(np.add(one.centreline[0][0], (17, 5)), abs=0.02)


def whole(mask: np.ndarray) -> CrackMeasurement:
    """Measure a mask as one crack, in however many pieces."""
    runs = RunLengthMask.from_mask(mask)
    box = runs.bounding_box()
    assert box is not None
    return measure(Region(box, runs, runs.area, 0.9, 0.9))


def test_pieces_of_one_crack_are_as_long_together_as_each_alone_also_with_a_flaw_in_the_mask() -> None:
    one, other = np.zeros((160, 300), bool), np.zeros((160, 300), bool)
    one[50:60, 10:110] = True
    one[54:56, 40:43] = False  # a flaw: too small a hole to be a way around
    other[120:130, 150:280] = True
    assert whole(one | other).length_px == pytest.approx(
        whole(one).length_px + whole(other).length_px, abs=0.1
    )
    assert len(whole(one | other).centreline) == 2


def seen_and_drawn(width_px: float, **options: float) -> tuple[np.ndarray, Region]:
    """A photo of one crack in shades of grey, and a mask of it that is 3 px too wide."""
    ends = ((60.0, 30.0), (140.0, 270.0))
    photo = draw_photo(
        height=200, width=300, cracks=[straight_crack(*ends, width_px)], darkness=(0.9, 0.97), **options
    )
    mask = draw_mask([straight_crack(*ends, width_px + 3)], height=200, width=300)
    assembler = RegionAssembler(*mask.shape, 0.5)
    assembler.add(0, mask.astype(np.float32))
    return to_grey(photo.pixels), assembler.finish()[0]


@pytest.mark.parametrize("width_px", [0.7, 1.5, 4.0, 12.0])
def test_widths_are_those_of_the_photo_and_not_of_the_mask(width_px: float) -> None:
    grey, region = seen_and_drawn(width_px)
    on_photo, on_mask = measure(region, grey), measure(region)
    assert (on_photo.widths.source, on_mask.widths.source) == ("photo", "mask")
    assert on_photo.mask_mean_width_px == on_mask.mean_width_px == pytest.approx(width_px + 3, abs=0.4)
    for figure in (on_photo.widths.mean, on_photo.widths.median):
        assert figure.value == pytest.approx(width_px, abs=0.15)
        assert 0.1 <= figure.sigma <= 0.25 + 0.06 * width_px
    assert abs(on_photo.max_width_px - width_px) < 3 * on_photo.widths.maximum.sigma
    assert on_photo.median_width_px <= on_photo.p95_width_px
    assert (on_photo.length_px, on_photo.centreline) == (on_mask.length_px, on_mask.centreline)
    assert on_mask.widths.mean.sigma > 1
    row, column, width = on_photo.widths.along[len(on_photo.widths.along) // 2]
    assert row == pytest.approx(60 + (column - 30) / 3, abs=1)
    assert width == pytest.approx(width_px, abs=0.4)


def test_a_mask_many_times_as_wide_as_the_crack_is_told() -> None:
    ends = ((60.0, 30.0), (140.0, 270.0))
    photo = draw_photo(height=200, width=300, cracks=[straight_crack(*ends, 4.0)], darkness=(0.9, 0.97))
    for of_mask, disagree in ((5, False), (7, False), (14, True)):
        assembler = RegionAssembler(200, 300, 0.5)
        mask = draw_mask([straight_crack(*ends, of_mask)], height=200, width=300)
        assembler.add(0, mask.astype(np.float32))
        found = measure(assembler.finish()[0], to_grey(photo.pixels))
        assert found.mean_width_px == pytest.approx(4, abs=0.4)
        assert found.widths_disagree is disagree


def test_where_the_photo_tells_nothing_the_mask_is_asked() -> None:
    _, region = seen_and_drawn(3.0)
    white = np.full((200, 300), 255, np.uint8)
    assert measure(region, white) == measure(region)


def test_cracks_of_a_photo_are_measured_as_one_by_one_but_for_the_lens_in_common() -> None:
    grey, region = seen_and_drawn(3.0)
    both = measure_cracks([region, region], grey)
    assert both[0] == both[1]
    assert both[0].mean_width_px == pytest.approx(measure(region, grey).mean_width_px, abs=0.01)
    assert measure_cracks([], grey) == []


def test_one_wide_profile_counts_for_nothing_wherever_it_is() -> None:
    places = np.column_stack([np.zeros(9), np.arange(9.0)])
    widths = np.array([7, 2.1, 2, 9, 2, 2.4, 2.5, 2.4, 8])
    lines = np.zeros(9, int)
    figures = WidthsAlong.on_photo(
        places,
        ACROSS[: len(places)],
        widths_px=widths,
        shares_px=np.ones(9),
        fit_sd_px=np.full(9, 0.2),
        line_of=lines,
    ).figures()
    assert (figures.maximum.value, figures.maximum_at) == (2.5, (0.0, 7.0))
    assert figures.mean.value <= figures.p95.value <= figures.maximum.value
    assert max(width for _, _, width in figures.along) == 2.5
    on_mask = WidthsAlong(places, ACROSS[:9], widths, np.ones(9)).figures()
    assert (on_mask.maximum.value, on_mask.maximum_at) == (9.0, (0.0, 3.0))


def test_a_wide_place_beside_a_narrow_line_is_no_neighbour_of_another_line() -> None:
    places = np.column_stack([np.zeros(6), np.arange(6.0)])
    widths, lines = np.array([2.0, 2, 2, 9, 9, 9]), np.array([0, 0, 0, 1, 1, 1])
    found = WidthsAlong.on_photo(
        places,
        ACROSS[: len(places)],
        widths_px=widths,
        shares_px=np.ones(6),
        fit_sd_px=np.full(6, 0.2),
        line_of=lines,
    )
    np.testing.assert_array_equal(found.widths_px, widths)
    two = WidthsAlong.on_photo(
        places[:2],
        ACROSS[:2],
        widths_px=widths[2:4],
        shares_px=np.ones(2),
        fit_sd_px=np.full(2, 0.2),
        line_of=lines[:2],
    )
    np.testing.assert_array_equal(two.widths_px, [2, 9])


def test_tips_are_left_out() -> None:
    grey, region = seen_and_drawn(4.0)
    along = measure(region, grey).widths.along
    ends = np.array([[60.0, 30.0], [140.0, 270.0]])
    away = [min(np.hypot(*(end - (row, column))) for end in ends) for row, column, _ in along]
    assert min(away) > 5


def test_a_mean_is_surer_than_a_place_but_not_of_what_errs_everywhere() -> None:
    places = np.column_stack([np.zeros(400), np.arange(400.0)])
    figures = WidthsAlong(places, ACROSS, np.full(400, 4.0), np.ones(400), np.full(400, 1.0)).figures()
    common = math.hypot(0.1, 0.05 * 4)
    assert common < figures.mean.sigma < figures.median.sigma < figures.maximum.sigma
    assert figures.maximum.sigma == pytest.approx(math.hypot(0.8, common))
    assert len(figures.along) == 200
    assert figures.along[1] == (0.0, 2.0, 4.0)
    assert figures.mean.sigma == pytest.approx(math.hypot(0.8 / math.sqrt(400 / 6), common))
