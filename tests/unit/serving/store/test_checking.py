from pathlib import Path

import pytest

from crackscope.serving.store import CheckReport, NotFoundError, StoreUnavailableError
from crackscope.serving.store.room import is_named
from kept import an_inspection, keep


@pytest.fixture
def folder(store_place):
    return Path(store_place[1])


def path_of(folder, name):
    return folder / name[:2] / name[2:]


def lose(folder, name, how):
    if how == "missing":
        path_of(folder, name).unlink()
    else:
        path_of(folder, name).write_bytes(b"other")


def kinds(report):
    return [(finding.kind, finding.name, finding.repaired) for finding in report.findings]


def test_a_whole_store_is_clean(store):
    assert store.check(repair=False) == CheckReport(0, 0, ())
    keep(store)
    keep(store, photo=None)
    store.new_job("a", {}, [("a.jpg", b"a")], owner=None)
    assert store.check(repair=True) == CheckReport(2, 3, ())  # both documents are the same


@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_a_lost_photo_is_forgotten_and_the_inspection_stays(store, folder, how):
    stored = keep(store, photo=b"wall")
    lose(folder, stored.photo_sha256, how)
    assert ("photo lost", stored.id, False) in kinds(store.check(repair=False))
    assert store.get(stored.id, owner=None).photo_sha256 is not None
    report = store.check(repair=True)
    assert ("photo lost", stored.id, True) in kinds(report)
    assert report.is_mended
    assert "'wall.jpg'" in report.findings[0].text
    after = store.get(stored.id, owner=None)
    assert store.photo(after) is None
    assert store.inspection(after) == an_inspection()
    assert store.check(repair=False).is_clean


@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_an_inspection_whose_document_is_lost_is_deleted_and_named(store, folder, how):
    lost, other = keep(store, photo=b"wall"), keep(store, an_inspection("b.jpg"), photo=b"other")
    lose(folder, lost.document_sha256, how)
    report = store.check(repair=False)
    assert kinds(report) == [("document lost", lost.id, False)]
    assert not report.is_mended
    report = store.check(repair=True)
    assert ("document lost", lost.id, True) in kinds(report)
    assert "'wall.jpg'" in report.findings[0].text
    with pytest.raises(NotFoundError):
        store.get(lost.id, owner=None)
    assert store.find(owner=None).items == (other,)
    assert store.check(repair=False).is_clean
    assert set(store.blobs.names()) == {other.photo_sha256, other.document_sha256}


@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_a_lost_photo_of_a_job_counts_as_failed(store, folder, how):
    job = store.new_job("a", {}, [("a.jpg", b"a"), ("b.jpg", b"b")], owner=None)
    lose(folder, store.items(job)[0].photo_sha256, how)
    assert kinds(store.check(repair=False)) == [("waiting photo lost", f"{job.id}/0", False)]
    assert store.check(repair=True).is_mended
    assert store.items(job)[0].reason == "a.jpg: the photo was lost before it was inspected; send it again."
    assert store.next_item(job).name == "b.jpg"
    assert store.check(repair=False).is_clean


def test_blobs_of_nobody_and_leftovers_are_deleted(store, folder):
    stored = keep(store)
    orphan = store.blobs.put(b"nobody's")
    leftover = folder / "ab" / ".cd.123.part"
    leftover.parent.mkdir(exist_ok=True)
    leftover.write_bytes(b"half")
    (folder / "README").write_text("of somebody else")
    found = [("orphan", orphan, False), ("leftover", "ab/.cd.123.part", False)]
    assert kinds(store.check(repair=False)) == found
    assert leftover.exists()
    assert kinds(store.check(repair=True)) == [(kind, name, True) for kind, name, _ in found]
    assert store.check(repair=False).is_clean
    assert store.photo(stored) == b"photo"
    assert (folder / "README").exists()


def test_what_is_added_while_a_check_runs_is_not_touched(store, monkeypatch):
    added = []
    names = store.blobs.names

    def names_then_add():
        found = list(names())
        added.append(keep(store, an_inspection("late.jpg"), photo=b"late"))
        return iter(found)

    keep(store)
    monkeypatch.setattr(store.blobs, "names", names_then_add)
    assert store.check(repair=True).is_clean
    monkeypatch.undo()
    assert store.photo(added[0]) == b"late"


def test_an_orphan_that_gets_a_row_meanwhile_stays(store, monkeypatch):
    orphan = store.blobs.put(b"wall")
    added = []

    def add_and_ask(session, name):
        answer = is_named(session, name)
        if not added:
            added.append(True)
            keep(store, photo=b"wall")
        return answer

    monkeypatch.setattr("crackscope.serving.store.checking.is_named", add_and_ask)
    assert store.check(repair=True).is_clean
    assert store.blobs.has(orphan)


def test_more_rows_than_fit_a_batch_are_all_looked_at(store, monkeypatch, folder):
    monkeypatch.setattr("crackscope.serving.store.checking._BATCH", 3)
    kept = [keep(store, an_inspection(f"{n}.jpg"), photo=b"%d" % n) for n in range(7)]
    job = store.new_job("a", {}, [(f"{n}.jpg", b"j%d" % n) for n in range(7)], owner=None)
    for stored in kept:
        lose(folder, stored.photo_sha256, "missing")
    for item in store.items(job):
        lose(folder, item.photo_sha256, "missing")
    report = store.check(repair=True)
    assert len(report.findings) == 14
    assert report.inspections == 7
    assert store.job(job.id, owner=None).state == "failed"


def test_blobs_that_do_not_answer_are_no_lost_ones(store, monkeypatch):
    stored = keep(store)

    def refuse(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(store.blobs._files, "read", refuse)
    with pytest.raises(StoreUnavailableError, match="permission denied"):
        store.check(repair=True)
    monkeypatch.undo()
    assert store.photo(stored) == b"photo"
