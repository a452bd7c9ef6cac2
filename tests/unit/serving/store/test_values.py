"""Ids, cursors, figures: what needs no database."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crackscope.measurement.severity import ChosenRule, Rule, RuleCase, SeverityClass
from crackscope.serving.places import store_places
from crackscope.serving.store import Store, StoreError
from crackscope.serving.store.cursor import Place, from_cursor, to_cursor
from crackscope.serving.store.figures import worst
from crackscope.serving.store.ids import is_id, new_id
from crackscope.serving.store.texts import keepable

times = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))
FOUR = ChosenRule(
    Rule("r", "", "", "", "max_width", {}),
    RuleCase(
        "c",
        "",
        (SeverityClass("d", 0.1), SeverityClass("c", 0.2), SeverityClass("b", 0.3), SeverityClass("a")),
    ),
)


@given(times)
def test_an_id_is_a_uuid_of_version_7_with_its_time(at):
    number = uuid.UUID(new_id(at))
    assert (number.version, number.variant) == (7, uuid.RFC_4122)
    assert number.int >> 80 == (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert is_id(number.hex)


@given(st.lists(times, min_size=2, unique=True))
def test_ids_sort_as_their_times_to_the_microsecond(moments):
    moments.sort()
    assert all(one < other for one, other in itertools.pairwise(map(new_id, moments)))


@given(times, st.text())
def test_a_cursor_comes_back_for_its_own_question_alone(at, question):
    place = Place(at, new_id(at))
    cursor = to_cursor(place, question)
    assert from_cursor(cursor, question) == place
    with pytest.raises(StoreError):
        from_cursor(cursor, question + "x")


@given(times, st.integers(0, 42), st.characters())
def test_a_mistyped_cursor_is_refused(at, index, character):
    cursor = to_cursor(Place(at, new_id(at)), "")
    other = cursor[:index] + character + cursor[index + 1 :]
    if other != cursor and index < 42:  # the last character holds bits that count for nothing
        with pytest.raises(StoreError, match="belongs to no page"):
            from_cursor(other, "")


@given(st.lists(st.tuples(st.floats(0, 0.5), st.floats(0, 0.2)), max_size=8))
def test_the_worst_class_is_that_of_the_widest_crack(widths):
    judged = [FOUR.judge(width, sigma) for width, sigma in widths]
    expected = FOUR.judge(max(widths)[0], 0.0).name if widths else None
    assert worst(judged) == expected
    assert worst([None, *judged[::-1]]) == expected


@given(st.text(st.characters(codec=None)), st.integers(1, 50))
def test_every_text_can_be_kept(text, most):
    kept = keepable(text, most=most)
    kept.encode("utf-8")
    assert "\0" not in kept
    assert len(kept) <= most
    if len(text) <= most and text.isprintable():
        assert kept == text


def test_a_databases_url_needs_a_place_for_blobs():
    assert store_places("postgresql://h/x", "s3://b") == ("postgresql://h/x", "s3://b")
    assert store_places("/data", "other") == ("sqlite:////data/crackscope.sqlite3", "other")
    with pytest.raises(StoreError, match="--blobs"):
        store_places("postgresql://h/x", None)


def test_a_folder_may_have_any_name_that_a_url_can_hold(tmp_path):
    for name in ("a b", "a#b", "a::b", "a:b", "a@b", "ü", "~", "a\\b"):
        Store.open(*store_places(str(tmp_path / name))).close()
        assert sorted(path.name for path in (tmp_path / name).iterdir()) == ["blobs", "crackscope.sqlite3"]
    for name in ("a?b", "a%20b"):
        with pytest.raises(StoreError, match="in its name"):
            store_places(name)
