import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crackscope.serving.keys import create_key
from crackscope.serving.store import NotFoundError, StoreError
from kept import a_crack, an_inspection, keep

TRIANGLE = [(1.0, 2.0), (3.5, 2.0), (3.0, 40.0)]


@pytest.fixture
def stored(store):
    return keep(store, an_inspection(cracks=[a_crack(1), a_crack(2)]))  # 30 rows, 40 columns


def test_corrections_come_back_in_their_order(store, stored):
    said = [
        store.correct(stored.id, owner=None, kind="accept", crack=1),
        store.correct(stored.id, owner=None, kind="reject", crack=2, note="a\0 cable"),
        store.correct(stored.id, owner=None, kind="missed", polygon=TRIANGLE),
        store.correct(stored.id, owner=None, kind="reject"),
    ]
    assert store.corrections(stored.id, owner=None) == tuple(said)
    assert said[2].polygon == tuple(TRIANGLE)
    assert said[1].note == "a\\x00 cable"


def test_corrections_go_with_their_inspection(store, stored):
    store.correct(stored.id, owner=None, kind="accept")
    store.delete(stored.id, owner=None)
    with pytest.raises(NotFoundError):
        store.corrections(stored.id, owner=None)
    with pytest.raises(NotFoundError):
        store.correct(stored.id, owner=None, kind="accept")


def test_another_key_cannot_correct_nor_read(store):
    one, other = (create_key(store, name)[0].id for name in ("one", "other"))
    mine = keep(store, owner=one)
    assert store.correct(mine.id, owner=one, kind="accept").owner == one
    with pytest.raises(NotFoundError):
        store.correct(mine.id, owner=other, kind="accept")
    with pytest.raises(NotFoundError):
        store.corrections(mine.id, owner=other)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "maybe"}, "must be one of accept, reject, missed"),
        ({"kind": "accept", "crack": 3}, "the inspection has 2"),
        ({"kind": "accept", "crack": 0}, "the inspection has 2"),
        ({"kind": "reject", "crack": 10**40}, "the inspection has 2"),
        ({"kind": "accept", "polygon": TRIANGLE}, "leave it out"),
        ({"kind": "missed", "crack": 1}, "has no number"),
        ({"kind": "missed", "polygon": TRIANGLE[:2]}, "has 2 corners; it needs 3"),
        ({"kind": "missed", "polygon": TRIANGLE * 10_000}, "has 30000 corners"),
        ({"kind": "missed", "polygon": [(0, 0), (0, 41), (1, 1)]}, "not in the photo"),
        ({"kind": "missed", "polygon": [(0, 0), (-0.1, 4), (1, 1)]}, "not in the photo"),
        ({"kind": "missed", "polygon": [(0, 0), (float("nan"), 4), (1, 1)]}, "not in the photo"),
        ({"kind": "missed", "polygon": [(0, 0), (10**400, 4), (1, 1)]}, "pair of row and column"),
        ({"kind": "missed", "polygon": [(0, 0, 0)] * 3}, "pair of row and column"),
        ({"kind": "missed", "polygon": [None] * 3}, "pair of row and column"),
        ({"kind": "missed", "polygon": [("a", "b")] * 3}, "pair of row and column"),
    ],
)
def test_what_does_not_fit_the_inspection_is_refused_in_one_sentence(store, stored, given, said):
    with pytest.raises(StoreError, match=said):
        store.correct(stored.id, owner=None, **given)
    assert store.corrections(stored.id, owner=None) == ()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    corners=st.lists(st.tuples(st.floats(0, 30), st.floats(0, 40)), min_size=3, max_size=20),
    note=st.none() | st.text(),
)
def test_any_polygon_in_the_photo_comes_back_as_it_was(store, stored, corners, note):
    said = store.correct(stored.id, owner=None, kind="missed", polygon=corners, note=note)
    assert said.polygon == tuple(corners)
    assert store.corrections(stored.id, owner=None)[-1] == said
