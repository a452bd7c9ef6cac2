from dataclasses import replace

import pytest

from crackscope.inspection.records import Failure
from crackscope.reports.tally import Tally


def tally_of(*inspections):
    tally = Tally()
    for inspection in inspections:
        tally.add(inspection)
    return tally


def test_the_longest_and_the_widest_crack_are_named(inspection_of):
    tally = tally_of(
        inspection_of("a.jpg", cracks=1), inspection_of("b.jpg", cracks=3), inspection_of("c", cracks=0)
    )
    tally.add_failure(Failure("d.jpg", "is empty"))
    summary = tally.summary()
    assert (summary.inspected, summary.cracked, summary.crack_free, summary.failed) == (3, 2, 1, 1)
    assert (summary.longest.value, summary.longest.photo, summary.longest.number) == (90, "a.jpg", 1)
    assert (summary.widest.value, summary.widest.photo, summary.widest.number) == (5, "b.jpg", 3)
    assert summary.total_length == 90 + 90 + 80 + 70
    assert summary.unit == "px"


def test_millimetres_only_when_every_crack_has_them(inspection_of):
    assert tally_of(inspection_of(scale=0.5)).summary().unit == "mm"
    assert tally_of(inspection_of(scale=0.5)).summary().longest.value == pytest.approx(45)
    assert tally_of(inspection_of(scale=0.5), inspection_of()).summary().unit == "px"


def test_photos_without_cracks_need_no_scale(inspection_of, unscaled_of):
    summary = tally_of(inspection_of(scale=0.5), unscaled_of(cracks=0)).summary()
    assert (summary.unit, summary.total_length, summary.scales.unknown) == ("mm", 45, 1)
    assert tally_of(unscaled_of(cracks=0)).summary().unit == "px"
    assert tally_of().summary().unit == "px"


def test_a_crack_without_millimetres_in_a_scaled_photo_turns_the_summary_to_pixels(
    inspection_of, partly_scaled
):
    summary = tally_of(inspection_of("a.jpg", scale=0.5), partly_scaled).summary()
    assert summary.unit == "px"
    assert summary.total_length == 90 + 90 + 80
    assert (summary.longest.value, summary.widest.value) == (90, 4)
    assert summary.unsure_of_scale == 1


def test_the_smallest_and_the_largest_scale_and_where_they_come_from(inspection_of, unscaled_of):
    photos = [
        replace(inspection_of(scale=scale), scale_origin="markers", scale_sigma_mm_per_px=0.001)
        for scale in (0.21, 0.19, 0.24)
    ]
    scales = tally_of(*photos, unscaled_of()).summary().scales
    assert (scales.least, scales.most, scales.sigma) == (0.19, 0.24, None)
    assert (scales.origins, scales.unknown) == (("markers",), 1)


def test_the_same_scale_in_every_photo_keeps_its_standard_deviation(inspection_of):
    given = replace(inspection_of(scale=0.2), scale_sigma_mm_per_px=0.002)
    scales = tally_of(given, given).summary().scales
    assert (scales.least, scales.most, scales.sigma, scales.origins) == (0.2, 0.2, 0.002, ("given",))
    other = replace(given, scale_sigma_mm_per_px=0.003)
    assert tally_of(given, other).summary().scales.sigma is None


def test_photos_without_a_scale_are_named_the_cracked_ones_first(inspection_of, unscaled_of):
    unscaled = (
        tally_of(
            inspection_of("scaled.jpg", scale=0.2),
            unscaled_of("a.jpg", cracks=0, remark="no marker"),
            unscaled_of("b.jpg", remark="no marker"),
            unscaled_of("c.jpg", cracks=0, remark="too oblique"),
            unscaled_of("d.jpg", remark="no marker"),
        )
        .summary()
        .scales.unscaled
    )
    assert (unscaled.photos, unscaled.cracked, unscaled.names) == (4, 2, ("b.jpg", "d.jpg", "a.jpg"))
    assert (unscaled.remark, unscaled.otherwise) == ("no marker", 1)


def test_where_no_scale_was_looked_for_none_is_missing(inspection_of):
    scales = tally_of(inspection_of()).summary().scales
    assert (scales.unscaled, scales.text) == (None, "")


def test_photos_taken_spans_the_times(inspection_of):
    times = ["2024-05-03T10:00:00", "2024-05-01T10:00:00", None]
    summary = tally_of(*(inspection_of(taken_at=time) for time in times)).summary()
    assert (summary.first_taken, summary.last_taken) == (times[1], times[0])


def test_a_photo_of_a_crack_that_is_not_located_is_cracked(classified_of):
    summary = tally_of(classified_of(probability=0.9), classified_of(probability=0.1)).summary()
    assert (summary.inspected, summary.cracked, summary.crack_free, summary.not_located) == (2, 1, 1, 1)
    assert (summary.cracks, summary.longest) == (0, None)
    assert not summary.tells_places


def test_screened_out_photos_are_counted_and_the_screen_is_named(screened_of):
    summary = tally_of(screened_of(cracks=1), screened_of(), screened_of()).summary()
    assert (summary.inspected, summary.cracked, summary.screened_out) == (3, 1, 2)
    (screener,) = summary.screeners
    assert (screener.model.name, screener.sure_below) == ("first", 0.02)
    assert summary.tells_places


def test_without_a_classifier_there_is_nothing_screened(inspection_of):
    summary = tally_of(inspection_of(), inspection_of(cracks=0)).summary()
    assert (summary.screened_out, summary.screeners, summary.not_located) == (0, (), 0)
    assert summary.tells_places
