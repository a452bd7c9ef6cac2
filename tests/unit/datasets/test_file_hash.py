import hashlib
import os
from pathlib import Path

import pytest

from crackscope.datasets import file_hash
from crackscope.datasets.file_hash import file_sha256
from crackscope.errors import DatasetError


def test_a_file_that_is_asked_for_again_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "annotations.json"
    path.write_bytes(b"all cracks")
    first = file_sha256(path)
    assert first == hashlib.sha256(b"all cracks").hexdigest()
    monkeypatch.setattr(file_hash.hashlib, "file_digest", None)
    assert file_sha256(path) == first


def test_a_file_that_has_changed_is_read_again(tmp_path: Path):
    path = tmp_path / "a.png"
    path.write_bytes(b"one")
    before = file_sha256(path)
    path.write_bytes(b"three")
    assert file_sha256(path) == hashlib.sha256(b"three").hexdigest() != before


def test_what_is_no_file_is_named(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DatasetError, match="pipe: is not a regular file"):
        file_sha256(tmp_path / "pipe")
    with pytest.raises(DatasetError, match="gone: cannot be read"):
        file_sha256(tmp_path / "gone")
