"""A survey's process is really killed, at moments nobody chose, and resumed."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest

from crackscope.imaging.folder import find_photos
from crackscope.inspection.inspector import Inspector
from crackscope.inspection.records import read_failures, read_inspections
from crackscope.inspection.survey import Survey

PHOTOS = 60
BROKEN = 4
SURVEY = """
import signal, sys
from crackscope import Inspector, Survey
from crackscope.imaging.folder import find_photos
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started the tests with it ignored
model, photos, out = sys.argv[1:]
outcome = Survey(Inspector(model, threads=1), out, resume=True).run(find_photos([photos]))
print(outcome.inspected, outcome.failed, outcome.skipped, outcome.interrupted)
"""


@pytest.fixture(scope="module")
def photo_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(5)
    for number in range(PHOTOS):
        pixels = np.full((160, 200, 3), 170, np.uint8)
        points = np.cumsum(rng.integers(2, 15, (14, 2)), axis=0).astype(np.int32)
        cv2.polylines(pixels, [points], isClosed=False, color=(30, 30, 30), thickness=3)
        cv2.imwrite(str(folder / f"{number:03d}.jpg"), pixels)
    for number in range(BROKEN):
        (folder / f"{number * 15:03d}.jpg").write_text("no picture")
    return folder


def start(model, photos, out):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(
        [sys.executable, "-c", SURVEY, str(model), str(photos), str(out)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def whole_lines(path):
    """Return the lines that end; all of them must be JSON."""
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]
    return [json.loads(line) for line in lines]


def wait_for_lines(process, path, count):
    while process.poll() is None and len(whole_lines(path)) < count:
        time.sleep(0.002)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_after_kills_at_any_moment_every_photo_is_there_once_as_if_nothing_had_happened(
    dark_model_file, photo_folder, tmp_path
):
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    inspections, failures = killed / "inspections.jsonl", killed / "failures.jsonl"
    done_before = 0
    for _ in range(3):
        process = start(dark_model_file, photo_folder, killed)
        wait_for_lines(process, inspections, done_before + random.randint(0, PHOTOS // 4))
        time.sleep(random.random() * 0.02)
        process.kill()
        process.communicate()
        done = len(whole_lines(inspections))
        assert done >= done_before
        done_before = done
    with inspections.open("ab") as file:  # as a power cut would leave it
        file.write(b'{"schema_version":1,"photo":{"na')

    process = start(dark_model_file, photo_folder, killed)
    said, _ = process.communicate()
    assert process.returncode == 0
    inspected, failed, skipped, interrupted = said.split()
    assert int(inspected) + int(failed) + int(skipped) == PHOTOS
    assert interrupted == "False"
    assert int(skipped) >= done_before
    assert inspections.read_bytes().endswith(b"}\n")
    assert len(list(read_failures(failures))) == BROKEN

    Survey(Inspector(dark_model_file, threads=1), whole).run(find_photos([photo_folder]))
    assert list(read_failures(failures)) == list(read_failures(whole / "failures.jsonl"))
    pairs = zip(read_inspections(inspections), read_inspections(whole / "inspections.jsonl"), strict=True)
    for one, other in pairs:
        assert (one.photo, one.cracks, one.coverage) == (other.photo, other.cracks, other.coverage)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_an_interrupted_survey_ends_cleanly_and_says_so(dark_model_file, photo_folder, tmp_path):
    inspections = tmp_path / "inspections.jsonl"
    process = start(dark_model_file, photo_folder, tmp_path)
    wait_for_lines(process, inspections, 5)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate()
    assert process.returncode == 0
    inspected, _, _, interrupted = said.split()
    assert interrupted == "True"
    assert int(inspected) == len(whole_lines(inspections)) < PHOTOS
    assert inspections.read_bytes().endswith(b"}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX's")
def test_a_disk_that_fills_up_ends_the_survey_with_one_sentence_and_whole_lines(
    dark_model_file, photo_folder, tmp_path
):
    limited = SURVEY.replace(
        "outcome = ",
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\noutcome = ",
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", limited, str(dark_model_file), str(photo_folder), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("crackscope.errors.CrackscopeError: ")
    assert "cannot be written (File too large)" in last
    content = (tmp_path / "inspections.jsonl").read_bytes()
    assert 0 < len(content) <= 20_000
    assert content.endswith(b"}\n")

    Survey(Inspector(dark_model_file, threads=1), tmp_path, resume=True).run(find_photos([photo_folder]))
    assert len(list(read_inspections(tmp_path / "inspections.jsonl"))) == PHOTOS - BROKEN
