import itertools
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crackscope.serving.keys import create_key
from crackscope.serving.store import NotFoundError, Store, StoreError, StoreUnavailableError
from crackscope.serving.store.inspections import MAX_PAGE
from kept import EXCEEDS, WITHIN, a_crack, an_inspection, keep

NEVER = "0" * 32


@pytest.fixture
def owners(store):
    return [create_key(store, name)[0].id for name in ("one", "other")]


def test_what_is_added_comes_back_as_it_was(store):
    inspection = an_inspection(cracks=[a_crack(1), a_crack(2)], scale=0.2)
    stored = keep(store, inspection, photo=b"\xff\xd8 photo", asset="bridge 7")
    assert store.get(stored.id, owner=None) == stored
    assert store.inspection(stored) == inspection
    assert store.photo(stored) == b"\xff\xd8 photo"
    assert (stored.asset, stored.photo_name, stored.photo_media_type) == (
        "bridge 7",
        "wall.jpg",
        "image/jpeg",
    )
    assert stored.created_at.tzinfo is UTC


def test_a_row_has_the_figures_of_all_cracks(store):
    cracks = [
        a_crack(1, length_px=30.0, width_px=2.0, scale=0.5, severity=WITHIN),
        a_crack(2, length_px=10.0, width_px=4.0, scale=0.5, severity=EXCEEDS),
        a_crack(3, length_px=5.0, width_px=1.0),
    ]
    stored = store.get(keep(store, an_inspection(cracks=cracks, scale=0.5)).id, owner=None)
    assert (stored.crack_count, stored.verdict, stored.severity) == (3, "crack", "exceeds")
    assert (stored.longest_px, stored.widest_px, stored.total_length_px) == (30.0, 4.0, 45.0)
    assert (stored.longest_mm, stored.widest_mm, stored.total_length_mm) == (15.0, 2.0, 20.0)
    assert (stored.coverage, stored.scale_mm_per_px, stored.model_name) == (0.01, 0.5, "dark")
    assert stored.taken_at == "2026-03-01T10:00:00"


def test_a_photo_that_is_not_kept_is_none(store):
    stored = keep(store, photo=None)
    assert (store.photo(stored), stored.photo_sha256) == (None, None)


@pytest.mark.parametrize(
    "name", ["wall\udcff.jpg", "wall\0.jpg", "w" * 5000, "стена.jpg", "", "a'; DROP TABLE x"]
)
def test_any_photo_name_can_be_kept_and_the_document_has_it_whole(store, name):
    stored = keep(store, an_inspection(name))
    assert store.inspection(store.get(stored.id, owner=None)).photo.name == name
    assert len(stored.photo_name) <= 1000


@pytest.mark.parametrize("asset", ["", " bridge", "bridge\n", "a\0b", "x\udcff", "x" * 201])
def test_an_asset_that_people_could_not_read_is_refused_and_nothing_is_kept(store, asset):
    with pytest.raises(StoreError, match=r"^asset .*printable characters, no blanks around\.$"):
        keep(store, asset=asset)
    assert store.find(owner=None).items == ()
    assert list(store.blobs.names()) == []


@pytest.mark.parametrize("id", [NEVER, "", "x", "a\0b", "A" * 32, "é" * 32, "0" * 10_000])
def test_an_unknown_id_is_not_found_in_one_short_sentence(store, id):
    for ask in (store.get, store.delete, store.corrections, store.job):
        with pytest.raises(NotFoundError, match="is not known here") as caught:
            ask(id, owner=None)
        assert len(str(caught.value)) < 300


def test_to_another_key_an_inspection_does_not_exist(store, owners):
    mine = keep(store, asset="a", owner=owners[0])
    keep(store, asset="b", owner=None)
    with pytest.raises(NotFoundError) as of_other:
        store.get(mine.id, owner=owners[1])
    with pytest.raises(NotFoundError) as of_nobody:
        store.get(NEVER, owner=owners[1])
    assert str(of_other.value).replace(mine.id, NEVER) == str(of_nobody.value)
    with pytest.raises(NotFoundError):
        store.delete(mine.id, owner=owners[1])
    assert store.find(owner=owners[1]).items == ()
    assert (store.assets(owner=owners[1]), store.history("a", owner=owners[1])) == ((), ())
    assert store.find(owner=owners[0]).items == (mine,)
    assert store.assets(owner=owners[0]) == ("a",)
    assert store.assets(owner=None) == ("a", "b")


def test_deleting_takes_the_blobs_that_nobody_else_names(store):
    one, other = keep(store, photo=b"same"), keep(store, photo=b"same")
    store.delete(one.id, owner=None)
    assert store.photo(other) == b"same"
    store.delete(other.id, owner=None)
    assert list(store.blobs.names()) == []
    with pytest.raises(NotFoundError):
        store.delete(other.id, owner=None)
    with pytest.raises(StoreError, match="is missing"):
        store.photo(other)


def test_a_document_that_another_program_wrote_is_refused(store):
    stored = keep(store)
    with store.database.writing() as session:
        session.connection().exec_driver_sql(
            f"UPDATE inspections SET document_sha256 = '{store.blobs.put(b'[]')}'"
        )
    with pytest.raises(StoreError, match=r"^inspection .* its document cannot be read"):
        store.inspection(store.get(stored.id, owner=None))


def test_finding_narrows_by_asset_verdict_and_severity(store):
    cracked = keep(store, an_inspection(cracks=[a_crack(severity=EXCEEDS)]), asset="a")
    sound = keep(store, asset="a")
    keep(store, asset="b")
    assert store.find(owner=None, asset="a").items == (sound, cracked)
    assert store.find(owner=None, verdict="crack").items == (cracked,)
    assert store.find(owner=None, severity="exceeds").items == (cracked,)
    assert store.find(owner=None, asset="a", verdict="no crack").items == (sound,)
    assert store.find(owner=None, asset="nonsense\0\udcff").items == ()


@pytest.fixture
def ticking(store_place):
    """A store whose clock stands still unless told otherwise."""
    clock = {"now": datetime(2026, 11, 22, 12, tzinfo=UTC)}
    store = Store.open(*store_place, clock=lambda: clock["now"])
    yield store, clock
    store.close()


def test_since_is_within_and_until_is_not(ticking):
    store, clock = ticking
    kept = []
    for _ in range(3):
        kept.append(keep(store, photo=None))
        clock["now"] += timedelta(microseconds=1)
    found = store.find(owner=None, since=kept[1].created_at, until=kept[2].created_at)
    assert found.items == (kept[1],)
    elsewhere = kept[1].created_at.astimezone(timezone(timedelta(hours=5.5)))
    assert store.find(owner=None, since=elsewhere).items == (kept[2], kept[1])
    with pytest.raises(StoreError, match="has no time zone"):
        store.find(owner=None, since=datetime(2026, 1, 1))
    with pytest.raises(StoreError, match="out of range"):
        store.find(owner=None, until=datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))))


def pages(store, limit, **question):
    cursor = None
    while True:
        page = store.find(cursor=cursor, limit=limit, **question)
        yield page.items
        cursor = page.next_cursor
        if cursor is None:
            return


@pytest.mark.parametrize("limit", [1, 3, 4, 11, 12, 13])
def test_pages_hold_every_row_once_though_many_have_the_same_time(ticking, limit):
    store, clock = ticking
    for number in range(12):
        keep(store, photo=None, asset=f"{number % 2}")
        if number % 5 == 4:
            clock["now"] += timedelta(seconds=1)
    found = list(pages(store, limit, owner=None))
    assert all(len(page) == limit for page in found[:-1])
    assert 1 <= len(found[-1]) <= limit
    rows = list(itertools.chain.from_iterable(found))
    assert len({row.id for row in rows}) == len(rows) == 12
    assert [(row.created_at, row.id) for row in rows] == sorted(
        ((row.created_at, row.id) for row in rows), reverse=True
    )
    assert sum(len(page) for page in pages(store, limit, owner=None, asset="1")) == 6


def test_pages_do_not_shift_while_rows_come_and_go(store):
    before = [keep(store, photo=None) for _ in range(8)]
    seen = []
    for page in pages(store, 2, owner=None):
        seen += page
        keep(store, photo=None)
        if len(seen) == 4:
            store.delete(seen[3].id, owner=None)  # the row that the next page begins after
    assert seen == before[::-1]


def test_history_begins_with_the_oldest(store):
    first, second = keep(store, asset="a"), keep(store, asset="a")
    assert store.history("a", owner=None) == (first, second)
    assert store.history("b", owner=None) == ()


@pytest.mark.parametrize("limit", [0, -1, MAX_PAGE + 1, 10**30])
def test_a_page_of_no_or_too_many_rows_is_refused(store, limit):
    with pytest.raises(StoreError, match=f"^limit {limit}: must be 1 to {MAX_PAGE}"):
        store.find(owner=None, limit=limit)


def test_a_cursor_of_another_search_is_refused(store, owners):
    for _ in range(3):
        keep(store, photo=None)
    cursor = store.find(owner=None, limit=1).next_cursor
    assert store.find(owner=None, cursor=cursor, limit=5).next_cursor is None
    for other in ({"verdict": "crack"}, {"asset": "a"}, {"owner": owners[0]}):
        with pytest.raises(StoreError, match="belongs to no page of this search"):
            store.find(**({"owner": None} | other), cursor=cursor)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60), asset=st.text(min_size=1, max_size=30), verdict=st.text(max_size=30))
def test_nothing_that_is_asked_for_is_a_defect(store, text, asset, verdict):
    with pytest.raises(StoreError, match="belongs to no page"):
        store.find(owner=None, cursor=text)
    assert store.find(owner=None, asset=asset, verdict=verdict, severity=text).items == ()
    assert store.history(asset, owner=None) == ()
    with pytest.raises(NotFoundError):
        store.get(text, owner=None)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(st.characters(codec=None), max_size=40),
    photo=st.none() | st.binary(max_size=50),
    asset=st.none() | st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20),
)
def test_whatever_is_added_comes_back(store, name, photo, asset):
    inspection = an_inspection(name, cracks=[a_crack()])
    stored = store.get(keep(store, inspection, photo=photo, asset=asset).id, owner=None)
    assert (store.inspection(stored), store.photo(stored), stored.asset) == (inspection, photo, asset)


def at_once(*works):
    """Run functions in threads, and raise what any of them raised."""
    errors = []

    def run(work):
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_threads_that_add_and_read_at_once_lose_nothing(store):
    kept = {number: [] for number in range(4)}

    def add(number):
        for _ in range(10):
            kept[number].append(keep(store, photo=bytes([number])).id)
            store.find(owner=None, limit=3)

    at_once(*(lambda number=number: add(number) for number in kept))
    ids = set(itertools.chain.from_iterable(kept.values()))
    assert len(ids) == 40
    assert {row.id for row in store.find(owner=None).items} == ids
    assert store.check(repair=False).is_clean


def test_a_photo_that_one_thread_deletes_while_another_adds_it_is_there(store):
    def come_and_go():
        for _ in range(12):
            store.delete(keep(store, photo=b"same").id, owner=None)

    at_once(come_and_go, come_and_go, lambda: [keep(store, photo=b"same") for _ in range(8)])
    assert len(store.find(owner=None).items) == 8
    report = store.check(repair=False)
    assert report.is_clean, report.findings


def on_call(monkeypatch, store, number, then):
    """Do something at the so-many-th putting of a blob."""
    put, calls = store.blobs.put, []

    def put_and(content):
        name = put(content)
        calls.append(name)
        if len(calls) == number:
            then()
        return name

    monkeypatch.setattr(store.blobs, "put", put_and)


def test_a_photo_that_is_deleted_before_its_new_row_is_written_again(store, monkeypatch):
    other = keep(store, photo=b"same")
    on_call(monkeypatch, store, 2, lambda: store.delete(other.id, owner=None))
    assert store.photo(keep(store, an_inspection("new.jpg"), photo=b"same")) == b"same"
    assert store.check(repair=False).is_clean


def test_a_photo_is_not_deleted_while_its_new_row_is_written(store, monkeypatch):
    other = keep(store, photo=b"same")
    thread = threading.Thread(target=lambda: store.delete(other.id, owner=None))

    def delete_beside():  # it has to wait until the row is there
        thread.start()
        thread.join(0.3)

    on_call(monkeypatch, store, 4, delete_beside)
    stored = keep(store, an_inspection("new.jpg"), photo=b"same")
    thread.join()
    assert store.photo(stored) == b"same"
    assert store.check(repair=False).is_clean


def test_a_job_whose_photo_goes_before_its_rows_are_there_is_to_be_sent_again(store, monkeypatch):
    other = keep(store, photo=b"same")
    on_call(monkeypatch, store, 2, lambda: store.delete(other.id, owner=None))
    photos = [("a.jpg", b"same"), ("b.jpg", b"b")]
    with pytest.raises(StoreUnavailableError, match="send it again"):
        store.new_job("tunnel", {}, photos, owner=None)
    assert store.new_job("tunnel", {}, photos, owner=None).total == 2
