"""Widths from grey profiles."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from crackscope.errors import MeasurementError
from crackscope.measurement import WidthEstimate, width_from_profile
from crackscope.measurement.profile.band import BandCover
from crackscope.measurement.profile.estimate import is_measurable, sigma_px
from crackscope.measurement.profile.fit import fit_profiles
from crackscope.measurement.profile.prior import ProfilePrior

LENGTH = 33


def drawn(width, blur, *, centre=16.3, light=150.0, dark=8.0, slope=0.0, noise=0.0, seed=0, length=LENGTH):
    """Grey values of a band by fine sums: each sample is the mean of 40 points under a Gaussian."""
    fine = (np.arange(-20 * 40, (length + 20) * 40) + 0.5) / 40 - 0.5
    band = np.where(np.abs(fine - centre) <= width / 2, dark / light, 1.0)
    reach = np.arange(-400, 401) / 40
    kernel = np.exp(-0.5 * (reach / blur) ** 2)
    blurred = np.convolve(band, kernel / kernel.sum(), mode="same")
    at = np.searchsorted(fine, np.arange(length))
    ground = light + slope * (np.arange(length) - centre)
    return ground * blurred[at] + np.random.default_rng(seed).normal(0, noise, length)


@pytest.mark.parametrize("width", [0.4, 1.0, 2.0, 3.5, 6.0, 10.0])
@pytest.mark.parametrize("blur", [0.5, 0.8, 1.5])
def test_a_clean_band_has_its_width(width, blur):
    estimate = width_from_profile(drawn(width, blur))
    assert isinstance(estimate, WidthEstimate)
    assert estimate.width_px == pytest.approx(width, abs=0.12 + 0.02 * width)


@pytest.mark.parametrize("width", [0.5, 1.5, 4.0])
def test_noise_and_uneven_light_change_little(width):
    found = [
        width_from_profile(drawn(width, 0.8, slope=1.2, noise=4.0, seed=seed, centre=15 + seed / 20)).width_px
        for seed in range(40)
    ]
    assert np.abs(np.array(found) - width).mean() < 0.15
    assert abs(np.mean(found) - width) < 0.1


def test_a_fit_knows_of_noise():
    quiet, loud = (
        fit_profiles(np.stack([drawn(2.0, 0.8, noise=noise, seed=seed) for seed in range(30)]))
        for noise in (2.0, 12.0)
    )
    assert 3 < loud.noise.mean() / quiet.noise.mean() < 9
    assert loud.width_sd_px.mean() > 1.5 * quiet.width_sd_px.mean()
    assert (sigma_px(loud) > loud.width_sd_px * 0.6).all()
    assert (sigma_px(quiet) > 0.15).all()


def test_grey_values_may_have_any_unit():
    profile = drawn(2.0, 0.8, noise=3.0)
    assert width_from_profile(profile / 255).width_px == pytest.approx(width_from_profile(profile).width_px)


def test_a_profile_and_its_mirror_image_agree():
    profile = drawn(3.0, 1.0, slope=1.0, noise=3.0, centre=16.0)
    there, back = width_from_profile(profile), width_from_profile(profile[::-1])
    assert there.width_px == pytest.approx(back.width_px, abs=0.01)
    assert there.sigma_px == pytest.approx(back.sigma_px, abs=0.01)


def test_what_is_known_of_a_hairline_decides_between_narrow_and_grey():
    """The same dip: a black line, or a grey one three times as wide."""
    profile = drawn(0.4, 0.9, dark=0.0)
    black = width_from_profile(profile, prior=ProfilePrior(dark_share=0.0, dark_share_sd=0.01))
    grey = width_from_profile(profile, prior=ProfilePrior(dark_share=0.66, dark_share_sd=0.01))
    assert black.width_px == pytest.approx(0.4, abs=0.1)
    assert grey.width_px == pytest.approx(3 * black.width_px, rel=0.15)


@pytest.mark.parametrize(("dark", "width"), [(30, 5.0), (60, 5.0), (60, 9.0), (80, 9.0)])
@pytest.mark.parametrize("blur", [0.4, 0.8])
def test_a_wide_grey_band_has_its_width_though_cracks_are_usually_black(dark, width, blur):
    fit = fit_profiles(np.stack([drawn(width, blur, dark=dark, noise=2.0, seed=seed) for seed in range(8)]))
    assert fit.width_px.mean() == pytest.approx(width, rel=0.08)
    assert fit.dark_share.mean() == pytest.approx(dark / 150, abs=0.04)


def test_a_blurred_hairline_is_no_wide_grey_band():
    fit = fit_profiles(np.stack([drawn(1.0, 3.0, noise=2.0, seed=seed) for seed in range(8)]))
    assert fit.width_px.mean() == pytest.approx(1.0, abs=0.3)


def test_unknown_samples_are_left_out():
    profile = drawn(3.0, 0.8)
    spoiled = profile.copy()
    spoiled[24:] = 20.0  # another crack
    hidden = np.where(np.arange(LENGTH) >= 24, np.nan, profile)
    found = fit_profiles(np.stack([profile, hidden]))
    assert found.width_px[1] == pytest.approx(found.width_px[0], abs=0.05)
    assert found.centre[1] == pytest.approx(16.3, abs=0.1)
    assert found.blur_px == pytest.approx([0.8, 0.8], abs=0.1)
    assert found.background == pytest.approx([150, 150], abs=1)


def test_many_profiles_are_fitted_as_each_alone():
    profiles = np.stack([drawn(1 + seed % 5, 0.8, noise=3.0, seed=seed) for seed in range(12)])
    together = fit_profiles(profiles)
    alone = [fit_profiles(each[None]).width_px[0] for each in profiles]
    np.testing.assert_allclose(together.width_px, alone, rtol=1e-9)


def test_a_wall_without_a_crack_has_a_width_near_nothing():
    rng = np.random.default_rng(0)
    widths = [width_from_profile(150 + rng.normal(0, 1.5, LENGTH)).width_px for _ in range(20)]
    assert max(widths) < 0.25


@pytest.mark.parametrize("profile", [np.zeros((3, 31)), np.ones(8), [1.0] * 20 + [math.nan], [math.inf] * 31])
def test_what_is_no_profile_is_refused(profile):
    with pytest.raises(ValueError, match="one row of at least 9 finite numbers"):
        width_from_profile(profile)


@pytest.mark.parametrize("profile", [np.zeros(31), np.full(31, 255.0), np.r_[np.zeros(30), 3.0]])
def test_a_black_or_saturated_profile_has_no_width(profile):
    with pytest.raises(MeasurementError, match="no crack's edge in it"):
        width_from_profile(profile)


def test_which_profiles_can_be_measured():
    rows = np.stack([drawn(2, 1), np.zeros(LENGTH), np.full(LENGTH, np.nan), np.full(LENGTH, 255.0)])
    assert is_measurable(rows).tolist() == [True, False, False, False]


def test_the_slopes_of_the_cover_are_right():
    places = np.arange(20.0)
    at = {"centre": 9.3, "width": 2.2, "blur": 0.9}
    columns = {name: np.array([[value]]) for name, value in at.items()}
    cover = BandCover.of(places, **columns)
    assert cover.share.sum() == pytest.approx(2.2, abs=1e-3)
    for name, slope in (("centre", cover.by_centre), ("width", cover.by_width), ("blur", cover.by_blur)):
        more, less = (
            BandCover.of(places, **{**columns, name: columns[name] + sign * 1e-2}).share for sign in (1, -1)
        )
        np.testing.assert_allclose(slope, (more - less) / 2e-2, atol=1e-3)


def test_hand_measured_widths_are_met(shared_data: Path) -> None:
    with (shared_data / "width_profiles" / "measured_widths.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    true_px = np.array([float(row["width_mm"]) / float(row["mm_per_px"]) for row in rows])
    mm_per_px = np.array([float(row["mm_per_px"]) for row in rows])
    found = [width_from_profile([float(each) for each in row["profile"].split()]) for row in rows]
    error = np.array([each.width_px for each in found]) - true_px
    assert len(rows) == 597
    assert np.abs(error).mean() < 0.30
    assert np.abs(error * mm_per_px).mean() < 0.085
    inside = np.abs(error) <= [each.sigma_px for each in found]
    assert 0.60 < inside.mean() < 0.76
