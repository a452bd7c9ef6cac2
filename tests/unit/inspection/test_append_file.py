import os
import subprocess
import sys
import textwrap

import pytest

from crackscope.errors import CrackscopeError
from crackscope.inspection.append_file import AppendFile


def torn(path, content: bytes) -> bytes:
    path.write_bytes(content)
    file = AppendFile(path)
    file.drop_torn_line()
    file.append(b"next\n")
    file.close()
    return path.read_bytes()


@pytest.mark.parametrize("tail", [b"", b"x", b"x" * 70_000, b"\0" * 200_000])
def test_a_torn_line_is_cut_off_before_the_next_is_appended(tmp_path, tail):
    assert torn(tmp_path / "log", b"one\ntwo\n" + tail) == b"one\ntwo\nnext\n"


@pytest.mark.parametrize("content", [b"", b"x", b"x" * 200_000])
def test_a_file_of_one_torn_line_becomes_empty(tmp_path, content):
    assert torn(tmp_path / "log", content) == b"next\n"


@pytest.mark.parametrize("length", [65_535, 65_536, 65_537, 131_072])
def test_a_newline_at_the_border_of_two_reads_is_found(tmp_path, length):
    content = b"a" * length + b"\n"
    assert torn(tmp_path / "log", content + b"b" * 65_536) == content + b"next\n"


def test_lines_are_with_the_system_before_they_are_synced(tmp_path):
    file = AppendFile(tmp_path / "log")
    file.append(b"one\n")
    assert (tmp_path / "log").read_bytes() == b"one\n"
    assert file.unsynced
    file.sync()
    assert not file.unsynced
    file.close()


def test_a_closed_file_takes_no_line(tmp_path):
    file = AppendFile(tmp_path / "log")
    file.close()
    with pytest.raises(CrackscopeError, match="cannot be written"):
        file.append(b"late\n")


@pytest.mark.skipif(sys.platform == "win32", reason="locks are POSIX's")
def test_a_file_that_another_survey_writes_is_refused(tmp_path):
    first = AppendFile(tmp_path / "log")
    with pytest.raises(CrackscopeError, match="another survey is writing into this folder"):
        AppendFile(tmp_path / "log")
    first.close()
    AppendFile(tmp_path / "log").close()


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX's")
def test_a_line_that_does_not_fit_on_the_disk_leaves_no_half(tmp_path):
    script = """
        import resource, sys
        from pathlib import Path
        from crackscope.errors import CrackscopeError
        from crackscope.inspection.append_file import AppendFile
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        file = AppendFile(Path(sys.argv[1]))
        for number in range(100):
            try:
                file.append(b"%03d" % number + b"x" * 96 + b"\\n")
            except CrackscopeError as error:
                print(error)
                break
    """
    path = tmp_path / "log"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(path)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert "cannot be written (File too large)" in done.stdout
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 10
    assert {len(line) for line in lines} == {100}
