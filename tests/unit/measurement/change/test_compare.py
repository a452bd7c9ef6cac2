import numpy as np
import pytest

from crackscope.imaging.registration import register
from crackscope.imaging.synthetic import straight_crack
from crackscope.measurement.change import CrackedPhoto, compare_cracks
from crackscope.measurement.change.places import Places, nearest
from drawn_pair import MOVED, WIDTH, grey, masked, seen_from, wavy

START, END = (90, 60), (300, 500)


def compared(before, after, *, seen_before=None, seen_after=None, view=None, surface="concrete", noise=3.0):
    """Compare drawn cracks; the lines are the true ones, or those that a model is made to see."""
    photos = (
        grey(before, surface=surface, noise=noise),
        grey(after, surface=surface, noise_seed=1, noise=noise, view=view),
    )
    here = [[crack.centreline] for crack in (before if seen_before is None else seen_before)]
    there = [crack.centreline for crack in (after if seen_after is None else seen_after)]
    moved = [[line if view is None else seen_from(view, line)] for line in there]
    masks = (
        masked(before if seen_before is None else seen_before),
        masked(after if seen_after is None else seen_after, view=view),
    )
    cracked = [
        CrackedPhoto(photo, lines, mask)
        for photo, lines, mask in zip(photos, (here, moved), masks, strict=True)
    ]
    return compare_cracks(*cracked, register(*photos))


@pytest.mark.parametrize("view", [None, MOVED])
@pytest.mark.parametrize("width", [1.0, 2.0, 4.0, 7.0])
def test_a_crack_that_got_a_pixel_wider_has_grown_by_a_pixel(width, view):
    (change,) = compared([wavy(START, END, width)], [wavy(START, END, width + 1)], view=view)
    assert change.kind == "grown"
    assert change.width_change.value == pytest.approx(1.0, abs=0.15)
    assert change.width_before_px == pytest.approx(width, abs=0.2)
    assert abs(change.length_change.value) < 8
    assert (change.gained, change.lost, change.missed_in) == ((), (), None)


@pytest.mark.parametrize(
    ("width", "then"), [(3.0, 16.0), (3.0, 30.0), (8.0, 20.0), (15.0, 30.0), (20.0, 8.0)]
)
def test_a_crack_that_opened_wide_is_measured_as_wide_as_it_is(width, then):
    (change,) = compared([wavy(START, END, width)], [wavy(START, END, then)])
    assert change.kind == ("grown" if then > width else "shrunk")
    assert change.width_change.value == pytest.approx(then - width, rel=0.05)
    assert change.told_share > 0.7


def test_a_vanished_stretch_does_not_falsify_the_width_of_the_rest():
    half, whole = wavy(START, END, 4.0, until=0.5), wavy(START, END, 4.0)
    (change,) = compared([whole], [half])
    assert change.length_change.value == pytest.approx(half.length_px - whole.length_px, abs=12)
    assert change.width_change.value == pytest.approx(0.0, abs=0.15)


def test_a_crack_whose_width_is_not_known_is_not_called_unchanged():
    crack = straight_crack((200, 200), (200, 210), 2.0)
    (change,) = compared([crack], [crack])
    assert (change.kind, change.width_change) == ("unclear", None)


@pytest.mark.parametrize("view", [None, MOVED])
@pytest.mark.parametrize("surface", ["concrete", "asphalt", "plaster"])
@pytest.mark.parametrize("width", [1.0, 3.0, 7.0])
def test_between_two_noisy_copies_nothing_changed(width, surface, view):
    crack = wavy(START, END, width)
    (change,) = compared([crack], [crack], view=view, surface=surface, noise=5.0)
    assert change.kind == "unchanged"
    assert abs(change.width_change.value) < 2 * change.width_change.sigma
    assert (change.length_change.value, change.gained, change.lost) == (0.0, (), ())


@pytest.mark.parametrize("view", [None, MOVED])
@pytest.mark.parametrize("width", [1.5, 3.0])
def test_a_crack_that_got_longer_has_grown_by_its_new_stretch(width, view):
    short, whole = wavy(START, END, width, until=0.7), wavy(START, END, width)
    (change,) = compared([short], [whole], view=view)
    added = whole.length_px - short.length_px
    assert change.kind == "grown"
    assert change.length_change.value == pytest.approx(added, abs=12)
    assert change.length_before_px == pytest.approx(short.length_px, rel=0.05)
    (stretch,) = change.gained
    assert np.hypot(*(stretch.points[-1] - whole.centreline[-1])) < 15
    (back,) = compared([whole], [short])
    assert back.kind == "shrunk"
    assert back.length_change.value == pytest.approx(-added, abs=12)


def test_new_cracks_and_vanished_ones_are_named():
    one, other = wavy((60, 60), (80, 480), 3.0), wavy((330, 80), (300, 480), 3.0, seed=3)
    (kept, new) = compared([one], [one, other])
    assert (kept.kind, new.kind) == ("unchanged", "new")
    assert (new.before, new.after) == ((), (1,))
    assert new.length_change.value == pytest.approx(other.length_px, rel=0.05)
    assert (new.length_before_px, new.width_before_px, new.width_change) == (0.0, None, None)
    assert new.width_after_px == pytest.approx(3.0, abs=0.2)
    (kept, gone) = compared([one, other], [one])
    assert (kept.kind, gone.kind) == ("unchanged", "vanished")
    assert gone.length_change.value == pytest.approx(-other.length_px, rel=0.05)


def test_a_crack_that_the_model_missed_in_one_photo_did_not_appear():
    crack = wavy(START, END, 2.0)
    (change,) = compared([crack], [crack], seen_before=[])
    assert (change.kind, change.missed_in) == ("unchanged", "before")
    assert change.width_change.value == pytest.approx(0.0, abs=0.1)
    (change,) = compared([crack], [crack], seen_after=[])
    assert (change.kind, change.missed_in) == ("unchanged", "after")
    (change,) = compared([crack], [wavy(START, END, 3.0)], seen_after=[])
    assert (change.kind, change.missed_in) == ("grown", "after")


def test_a_stretch_that_the_model_missed_is_no_growth():
    short, whole = wavy(START, END, 2.0, until=0.6), wavy(START, END, 2.0)
    (change,) = compared([whole], [whole], seen_before=[short])
    assert (change.kind, change.length_change.value) == ("unchanged", 0.0)


def test_a_crack_seen_in_pieces_is_one_crack():
    whole = wavy(START, END, 3.0)
    pieces = [
        type(whole)(line, np.full(len(line), 3.0), 1.0)
        for line in (whole.centreline[:35], whole.centreline[45:])
    ]
    (change,) = compared([whole], [whole], seen_after=pieces)
    assert (change.before, change.after, change.kind) == ((0,), (0, 1), "unchanged")


def test_what_only_one_photo_shows_is_no_change():
    half = np.array([[1, 0, -WIDTH / 2], [0, 1, 0], [0, 0, 1.0]])
    left, right = wavy((100, 40), (330, 200), 3.0), wavy((80, 330), (300, 520), 3.0, seed=4)
    both = [left, right]
    photos = grey(both, surface="asphalt"), grey(both, surface="asphalt", noise_seed=1, view=half)
    registration = register(photos[0], photos[1][:, : WIDTH // 2])
    after = CrackedPhoto(
        photos[1][:, : WIDTH // 2],
        [[seen_from(half, right.centreline)]],
        masked([right], view=half)[:, : WIDTH // 2],
    )
    before = CrackedPhoto(photos[0], [[crack.centreline] for crack in both], masked(both))
    (change,) = compare_cracks(before, after, registration)
    assert (change.before, change.after, change.kind) == ((1,), (0,), "unchanged")


def test_photos_without_cracks_have_no_changes():
    plain = grey([], surface="asphalt")
    nothing = CrackedPhoto(plain, [], np.zeros_like(plain, bool))
    assert compare_cracks(nothing, nothing, register(plain, plain)) == []


def test_places_lie_at_even_distances_with_normals_across():
    line = np.array([[10.0, 10.0], [10.0, 50.0]])
    places = Places.along([[line]])
    assert places.shares_px.sum() == pytest.approx(40)
    np.testing.assert_allclose(np.diff(places.crossings.points[:, 1]), 4.0)
    np.testing.assert_allclose(np.abs(places.crossings.normals), np.tile([1.0, 0.0], (10, 1)), atol=1e-12)


def test_the_nearest_crack_is_told_for_each_place():
    lines = [[np.array([[10.0, 0.0], [10.0, 99.0]])], [np.array([[40.0, 0.0], [40.0, 99.0]])]]
    away, whose = nearest(np.array([[12.0, 50.0], [35.0, 20.0], [-5.0, 3.0]]), lines, (60, 100))
    assert whose.tolist() == [0, 1, -1]
    assert away[:2] == pytest.approx([2, 5], abs=0.5)
    assert np.isinf(away[2])
    assert nearest(np.array([[1.0, 1.0]]), [], (60, 100))[1].tolist() == [-1]
