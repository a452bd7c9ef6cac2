import dataclasses
import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crackscope.datasets.audit import examination
from crackscope.datasets.audit.audit import audit
from crackscope.datasets.audit.facts import Facts, content_key, examine
from crackscope.datasets.audit.facts_cache import FactsCache, default_cache_folder
from crackscope.datasets.entry import Entry
from crackscope.datasets.layouts import list_entries
from crackscope.datasets.mask_source import MaskFile
from crackscope.imaging.synthetic import draw_photo

DATABASE = "audit-facts.sqlite"


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Three drawn pictures with masks."""
    for number in range(3):
        photo = draw_photo(height=60, width=80, seed=number, cracks=1)
        for kind, pixels in (("images", photo.pixels), ("masks", photo.mask.astype(np.uint8) * 255)):
            folder = tmp_path / "data/walls" / kind
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(folder / f"{number}.png")
    return tmp_path / "data"


def _entry(dataset: Path, stem: str = "0") -> Entry:
    home = dataset / "walls"
    return Entry("walls", home, home / f"images/{stem}.png", MaskFile(home / f"masks/{stem}.png"))


def _same(first: Facts | None, second: Facts) -> bool:
    if first is None:
        return False
    plain = dataclasses.replace(first, print=None), dataclasses.replace(second, print=None)
    return plain[0].to_document() == plain[1].to_document() and np.array_equal(first.print, second.print)


def _forbid_examining(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(entry: Entry) -> Facts:
        raise AssertionError(f"{entry.path} was looked at again")

    monkeypatch.setattr(examination, "examine", fail)


def test_facts_come_back_as_they_were_kept(dataset: Path, tmp_path: Path):
    facts = examine(_entry(dataset))
    with FactsCache(tmp_path / "cache") as cache:
        cache.put("key", facts)
    with FactsCache(tmp_path / "cache") as cache:
        assert _same(cache.get("key"), facts)
        assert cache.get("other") is None


def test_facts_of_unreadable_files_come_back_too(dataset: Path, tmp_path: Path):
    (dataset / "walls/images/0.png").write_bytes(b"")
    (dataset / "walls/masks/0.png").write_text("<html>")
    facts = examine(_entry(dataset))
    assert facts.print is None
    with FactsCache(tmp_path / "cache") as cache:
        cache.put("key", facts)
    with FactsCache(tmp_path / "cache") as cache:
        assert _same(cache.get("key"), facts)


def test_more_facts_than_are_written_at_a_time_are_kept(dataset: Path, tmp_path: Path):
    facts = examine(_entry(dataset))
    with FactsCache(tmp_path / "cache") as cache:
        for number in range(1203):
            cache.put(str(number), facts)
    with FactsCache(tmp_path / "cache") as cache:
        assert all(cache.get(str(number)) is not None for number in range(1203))


def test_a_second_audit_takes_its_facts_from_the_cache(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    first = audit(list_entries(dataset), cache_folder=tmp_path / "cache", workers=1)
    _forbid_examining(monkeypatch)
    assert audit(list_entries(dataset), cache_folder=tmp_path / "cache", workers=1) == first


def test_without_a_cache_folder_every_audit_looks_itself(dataset: Path, monkeypatch: pytest.MonkeyPatch):
    audit(list_entries(dataset), workers=1)
    _forbid_examining(monkeypatch)
    with pytest.raises(AssertionError, match="was looked at again"):
        audit(list_entries(dataset), workers=1)


def test_a_dataset_that_was_moved_is_not_looked_at_again(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    first = audit(list_entries(dataset), cache_folder=tmp_path / "cache", workers=1)
    dataset.rename(tmp_path / "elsewhere")
    _forbid_examining(monkeypatch)
    second = audit(list_entries(tmp_path / "elsewhere"), cache_folder=tmp_path / "cache", workers=1)
    assert second.to_document()["findings"] == first.to_document()["findings"]


@pytest.mark.parametrize("changed", ["images", "masks"])
def test_a_changed_file_has_another_key(dataset: Path, changed: str):
    before = content_key(_entry(dataset))
    path = dataset / "walls" / changed / "0.png"
    path.write_bytes(path.read_bytes() + b"\0")
    after = content_key(_entry(dataset))
    assert after[1] != before[1]
    assert (after[0] != before[0]) == (changed == "images")


def test_the_same_content_under_another_name_has_another_key(dataset: Path):
    entry = _entry(dataset)
    before = content_key(entry)
    renamed = entry.path.with_suffix(".jpg")  # a PNG file that is now misnamed
    entry.path.rename(renamed)
    after = content_key(dataclasses.replace(entry, image=renamed))
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_a_picture_that_cannot_be_read_has_no_hash(dataset: Path):
    (dataset / "walls/images/0.png").unlink()
    assert content_key(_entry(dataset))[0] == ""


def test_names_of_any_bytes_have_a_key(dataset: Path):
    path = dataset / "walls/images/0.png"
    named = path.with_name("wall\udcff\n.png")
    path.rename(named)
    assert len(content_key(dataclasses.replace(_entry(dataset), image=named))[1]) == 64


@pytest.mark.parametrize(
    "content", [b"this is no database", bytes(4096), b"SQLite format 3\0" + b"\xff" * 4080]
)
def test_a_damaged_database_is_replaced(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
):
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / DATABASE).write_bytes(content)
    first = audit(list_entries(dataset), cache_folder=folder, workers=1)
    _forbid_examining(monkeypatch)
    assert audit(list_entries(dataset), cache_folder=folder, workers=1) == first


def test_a_damaged_row_is_done_without(dataset: Path, tmp_path: Path):
    facts = examine(_entry(dataset))
    with FactsCache(tmp_path) as cache:
        for key in ("text", "json", "keys", "print", "whole"):
            cache.put(key, facts)
    with sqlite3.connect(tmp_path / DATABASE) as database:
        for key, text in (("text", "{"), ("json", "[1]"), ("keys", '{"picture": {"colour": 1}}')):
            database.execute("UPDATE facts SET facts = ? WHERE key = ?", (text, key))
        database.execute("UPDATE facts SET print = ? WHERE key = 'print'", (b"short",))
    database.close()
    with FactsCache(tmp_path) as cache:
        assert [cache.get(key) for key in ("text", "json", "keys", "print")] == [None] * 4
        assert cache.get("whole") is not None


def test_an_older_database_of_another_form_is_done_without(dataset: Path, tmp_path: Path):
    with sqlite3.connect(tmp_path / DATABASE) as database:
        database.execute("CREATE TABLE facts (key TEXT, other TEXT)")
    database.close()
    assert audit(list_entries(dataset), cache_folder=tmp_path, workers=1).pictures == 3


def test_a_folder_that_cannot_be_made_is_done_without(dataset: Path, tmp_path: Path):
    (tmp_path / "file").touch()
    result = audit(list_entries(dataset), cache_folder=tmp_path / "file/cache", workers=1)
    assert result == audit(list_entries(dataset), workers=1)


def test_a_folder_that_may_not_be_written_is_done_without(dataset: Path, tmp_path: Path):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o500)
    assert audit(list_entries(dataset), cache_folder=folder, workers=1).pictures == 3


def test_a_full_disk_is_done_without(dataset: Path, tmp_path: Path):
    facts = examine(_entry(dataset))
    with FactsCache(tmp_path) as cache:
        assert cache._database is not None
        cache._database.execute("PRAGMA max_page_count = 3")
        for number in range(20):
            cache.put(str(number), facts)
    with FactsCache(tmp_path) as cache:
        assert cache.get("0") is None


def test_a_database_that_cannot_be_removed_is_done_without(dataset: Path, tmp_path: Path):
    (tmp_path / "cache" / DATABASE).mkdir(parents=True)
    assert audit(list_entries(dataset), cache_folder=tmp_path / "cache", workers=1).pictures == 3


def test_a_database_that_another_program_holds_is_left_alone(dataset: Path, tmp_path: Path, monkeypatch):
    audit(list_entries(dataset), cache_folder=tmp_path / "cache", workers=1)
    path = tmp_path / "cache" / DATABASE
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, **_: connect(path, timeout=0.05))
    holder = connect(path)
    holder.execute("PRAGMA journal_mode = DELETE")
    holder.execute("BEGIN EXCLUSIVE")
    try:
        before = path.stat().st_ino
        assert audit(list_entries(dataset), cache_folder=tmp_path / "cache", workers=1).pictures == 3
        assert path.stat().st_ino == before
    finally:
        holder.close()


def test_why_a_file_cannot_be_opened_is_not_kept(dataset: Path, tmp_path: Path):
    path = dataset / "walls/images/0.png"

    def reasons() -> list[str]:
        result = audit(list_entries(dataset), cache_folder=tmp_path / "cache", workers=1)
        return [finding.detail for finding in result.findings if finding.kind == "unreadable"]

    path.unlink()
    path.symlink_to("nowhere")
    before = reasons()
    path.unlink()
    path.symlink_to(path.name)  # to itself
    assert reasons() != before


def test_the_cache_lies_where_programs_keep_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache_folder() == tmp_path / "crackscope"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_cache_folder() == tmp_path / "home/.cache/crackscope"
