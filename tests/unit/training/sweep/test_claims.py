import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crackscope.errors import CrackscopeError
from crackscope.training.sweep.claims import Claim

pytest.importorskip("fcntl", reason="this system has no advisory locks")


def test_a_claimed_thing_is_nobody_elses_until_it_is_released(tmp_path: Path):
    path = tmp_path / "locks" / "trial-0001"
    with Claim(path, wait=False) as first:
        assert first.held
        assert not Claim(path, wait=False).held
        assert Claim(path.with_name("trial-0002"), wait=False).held
    assert Claim(path, wait=False).held


def test_a_claim_ends_with_a_killed_process(tmp_path: Path):
    path = tmp_path / "trial-0001"
    program = (
        "import sys, time; from pathlib import Path; from crackscope.training.sweep.claims import Claim;"
        "kept = Claim(Path(sys.argv[1]), wait=True); print('held', flush=True);"
        "time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    assert not Claim(path, wait=False).held
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    with Claim(path, wait=True) as mine:
        assert mine.held


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(CrackscopeError, match="cannot be written"):
        Claim(tmp_path / "file" / "trial-0001", wait=False)
