import threading

import pytest

from crackscope.serving.keys import create_key
from crackscope.serving.store import NotFoundError, Store, StoreError
from kept import an_inspection, keep

PHOTOS = [("a.jpg", b"a"), ("b.jpg", b"b"), ("c\udcff.jpg", b"a")]


@pytest.fixture
def job(store):
    return store.new_job("tunnel", {"scale": 0.2, "rule": None}, iter(PHOTOS), owner=None)


def test_a_new_job_waits_with_all_its_photos(store, job):
    assert store.job(job.id, owner=None) == job
    assert (job.state, job.name, job.settings) == ("waiting", "tunnel", {"scale": 0.2, "rule": None})
    assert (job.total, job.done, job.failed, job.finished_at) == (3, 0, 0, None)
    items = store.items(job)
    assert [(item.position, item.name, item.state) for item in items] == [
        (0, "a.jpg", "waiting"),
        (1, "b.jpg", "waiting"),
        (2, "c\\udcff.jpg", "waiting"),
    ]
    assert [store.item_photo(item) for item in items] == [b"a", b"b", b"a"]
    assert store.jobs(owner=None) == store.open_jobs() == (job,)


def test_a_job_ends_with_its_last_photo(store, job):
    kept = None
    while (item := store.next_item(job)) is not None:
        assert store.job(job.id, owner=None).state == "running"
        if item.name == "b.jpg":
            store.finish_item(item.key, reason="b.jpg: no picture; copy it again.")
        else:
            kept = keep(store, an_inspection(item.name), photo=store.item_photo(item), item=item.key)
    ended = store.job(job.id, owner=None)
    assert (ended.state, ended.done, ended.failed) == ("done", 2, 1)
    assert ended.finished_at is not None
    items = store.items(job)
    assert [item.state for item in items] == ["done", "failed", "done"]
    assert items[1].reason == "b.jpg: no picture; copy it again."
    assert items[2].inspection_id == kept.id
    assert store.open_jobs() == ()


def test_photos_that_are_done_with_are_not_kept_longer_than_asked(store, job):
    first, second = store.next_item(job), store.next_item(job)
    store.finish_item(first.key, reason="x")
    store.finish_item(second.key, reason="x")
    assert len(list(store.blobs.names())) == 1  # the third photo is the same as the first
    third = store.next_item(job)
    stored = keep(store, photo=None, item=third.key)
    assert list(store.blobs.names()) == [stored.document_sha256]
    assert store.items(job)[2].photo_sha256 is None
    with pytest.raises(StoreError, match="is done with"):
        store.item_photo(store.items(job)[2])


def test_a_job_of_which_every_photo_failed_has_failed(store):
    job = store.new_job("one", {}, [("a.jpg", b"a")], owner=None)
    store.finish_item(store.next_item(job).key, reason="no picture")
    assert store.job(job.id, owner=None).state == "failed"


def test_a_photo_ends_once_and_only_after_it_was_taken(store, job):
    with pytest.raises(StoreError, match="is waiting, so that it cannot end now"):
        store.finish_item((job.id, 0), reason="x")
    item = store.next_item(job)
    store.finish_item(item.key, reason="x")
    with pytest.raises(StoreError, match="is failed, so that it cannot end now"):
        keep(store, item=item.key)
    with pytest.raises(StoreError, match="is unknown"):
        store.finish_item((job.id, 99), reason="x")
    assert store.job(job.id, owner=None).failed == 1
    assert store.find(owner=None).items == ()  # the result of a photo that ended before is not kept twice


def test_after_a_restart_photos_in_flight_wait_again_and_those_done_do_not(store, store_place, job):
    done = store.next_item(job)
    keep(store, item=done.key)
    in_flight = store.next_item(job)
    store.close()
    again = Store.open(*store_place)
    assert [each.id for each in again.open_jobs(after_restart=True)] == [job.id]
    assert again.next_item(job).key == in_flight.key
    assert [item.state for item in again.items(job)] == ["done", "running", "waiting"]
    again.close()


def test_asking_for_open_jobs_disturbs_none(store, job):
    item = store.next_item(job)
    store.open_jobs()
    assert store.next_item(job).key != item.key


def test_workers_that_ask_at_once_get_different_photos(store):
    job = store.new_job("many", {}, [(f"{n}.jpg", b"same") for n in range(24)], owner=None)
    taken, errors = [], []

    def work():
        try:
            while (item := store.next_item(job)) is not None:
                taken.append(item.position)
                store.finish_item(item.key, reason=None if item.position % 2 else "x")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(taken) == list(range(24))
    ended = store.job(job.id, owner=None)
    assert (ended.state, ended.done, ended.failed) == ("done", 12, 12)
    assert list(store.blobs.names()) == []


def test_to_another_key_a_job_does_not_exist(store):
    one, other = (create_key(store, name)[0].id for name in ("one", "other"))
    job = store.new_job("tunnel", {}, PHOTOS, owner=one)
    with pytest.raises(NotFoundError):
        store.job(job.id, owner=other)
    assert store.jobs(owner=other) == ()
    assert store.jobs(owner=one) == store.jobs(owner=None) == (job,)


def test_deleting_the_result_leaves_the_job_without_it(store, job):
    stored = keep(store, item=store.next_item(job).key)
    store.delete(stored.id, owner=None)
    assert store.items(job)[0].inspection_id is None


@pytest.mark.parametrize(
    ("name", "settings", "photos", "said"),
    [
        ("", {}, PHOTOS, "printable"),
        ("a", {}, [], "has no photos"),
        ("a", {"scale": float("nan")}, PHOTOS, "cannot be written as JSON"),
        ("a", {"scale": object()}, PHOTOS, "cannot be written as JSON"),
    ],
)
def test_a_job_that_makes_no_sense_is_refused(store, name, settings, photos, said):
    with pytest.raises(StoreError, match=said):
        store.new_job(name, settings, photos, owner=None)
    assert store.jobs(owner=None) == ()


def test_settings_may_hold_any_text(store):
    settings = {"note": "\0 \udcff стена", "deep": [{"a": [1, 2.5, True, None]}]}
    job = store.new_job("a", settings, PHOTOS, owner=None)
    assert store.job(job.id, owner=None).settings == settings
