import hashlib
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crackscope.errors import CrackscopeError
from crackscope.serving.store import StoreError, StoreUnavailableError
from crackscope.serving.store.blobs import Blobs


@pytest.fixture(params=["folder", "file URL", "object store", "other file system"])
def blobs(request, tmp_path):
    if request.param == "folder":
        return Blobs(str(tmp_path / "deep" / "blobs"))
    if request.param == "file URL":
        return Blobs((tmp_path / "blobs").as_uri())
    opened = Blobs(f"memory://{tmp_path}")
    # One that shows half a file while it is written, as SFTP does.
    opened._files._is_whole_by_nature = request.param == "object store"
    return opened


def path_of(folder, name):
    return folder / name[:2] / name[2:]


def test_what_was_put_comes_back_under_its_sha256(blobs):
    name = blobs.put(b"wall")
    assert name == hashlib.sha256(b"wall").hexdigest()
    assert blobs.get(name) == b"wall"
    assert blobs.has(name)
    assert blobs.put(b"wall") == name
    assert list(blobs.names()) == [name]
    assert list(blobs.leftovers()) == []


def test_a_deleted_blob_is_missing_and_deleting_again_does_no_harm(blobs):
    name = blobs.put(b"wall")
    blobs.delete(name)
    blobs.delete(name)
    assert not blobs.has(name)
    assert list(blobs.names()) == []
    with pytest.raises(StoreError, match=f"^blob {name}: is missing; ") as caught:
        blobs.get(name)
    assert not isinstance(caught.value, StoreUnavailableError)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n"])
def test_a_name_that_is_no_sha256_is_refused(tmp_path, name):
    blobs = Blobs(str(tmp_path))
    for ask in (blobs.get, blobs.delete, blobs.has):
        with pytest.raises(StoreError, match="is no SHA-256"):
            ask(name)


@given(content=st.binary(min_size=1, max_size=200), place=st.integers(0, 10**6), to=st.integers(1, 255))
def test_any_changed_byte_is_noticed(tmp_path_factory, content, place, to):
    folder = tmp_path_factory.mktemp("blobs")
    blobs = Blobs(str(folder))
    name = blobs.put(content)
    damaged = bytearray(content)
    damaged[place % len(content)] ^= to
    path_of(folder, name).write_bytes(bytes(damaged))
    with pytest.raises(StoreError, match=f"^blob {name}: is damaged; restore a backup, or run "):
        blobs.get(name)


def test_a_blob_cut_off_by_a_full_disk_is_written_again(tmp_path):
    blobs = Blobs(str(tmp_path))
    name = blobs.put(b"a whole wall")
    path_of(tmp_path, name).write_bytes(b"a whole")
    assert blobs.put(b"a whole wall") == name
    assert blobs.get(name) == b"a whole wall"


def test_putting_what_is_there_leaves_the_file_alone(tmp_path):
    blobs = Blobs(str(tmp_path))
    path = path_of(tmp_path, blobs.put(b"wall"))
    os.utime(path, (1, 1))
    blobs.put(b"wall")
    assert path.stat().st_mtime == 1


def test_a_temporary_file_that_is_swept_away_is_written_again(tmp_path, monkeypatch):
    blobs = Blobs(str(tmp_path))
    whole = os.fsync
    swept = []

    def sweep_once(descriptor):
        whole(descriptor)
        if not swept:
            swept.extend(blobs.leftovers())
            for path in swept:
                blobs.delete_leftover(path)

    monkeypatch.setattr(os, "fsync", sweep_once)
    blobs._files._root.joinpath(hashlib.sha256(b"wall").hexdigest()[:2]).mkdir()
    name = blobs.put(b"wall")
    assert len(swept) == 1
    assert blobs.get(name) == b"wall"


def test_a_full_disk_is_one_sentence_and_leaves_nothing_half(tmp_path):
    script = (
        "import resource, sys\n"
        "from crackscope.errors import StoreUnavailableError\n"
        "from crackscope.serving.store.blobs import Blobs\n"
        "blobs = Blobs(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n    blobs.put(b'x' * 5000)\n"
        "except StoreUnavailableError as error:\n    print(error)\n"
        "print(list(blobs.names()), list(blobs.leftovers()))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    sentence, left = done.stdout.splitlines()
    assert "cannot be written (file too large); see that the blobs' folder" in sentence
    assert left == "[] []"


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CrackscopeError, match="no folder can be made here"):
        Blobs(str(tmp_path / "file" / "blobs"))


@pytest.mark.parametrize("url", ["nope://user:geheim@host/x", "s3://user:geheim@bucket/x"])
def test_a_url_that_cannot_be_opened_is_one_sentence_without_its_password(url):
    with pytest.raises(StoreError, match="cannot be opened") as caught:
        Blobs(url)
    assert "geheim" not in str(caught.value)
