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


def test_millimetres_only_when_every_photo_has_a_scale(inspection_of):
    assert tally_of(inspection_of(scale=0.5)).summary().unit == "mm"
    assert tally_of(inspection_of(scale=0.5)).summary().longest.value == pytest.approx(45)
    assert tally_of(inspection_of(scale=0.5), inspection_of()).summary().unit == "px"


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
