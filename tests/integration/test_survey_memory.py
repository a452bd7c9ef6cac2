"""Peak memory, measured in processes of their own."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("resource", reason="peak memory is asked of POSIX")

PEAK = "import resource; peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024"

INSPECT = (
    PEAK
    + """
import sys
import cv2, numpy as np
from crackscope import Inspector, Photo
model, height, width = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
inspector = Inspector(model, threads=1)
pixels = np.full((height, width, 3), 160, np.uint8)
for row in range(200, height, 800):
    cv2.line(pixels, (100, row), (width - 100, row + 150), (40, 40, 40), 4)
before = peak()
inspection = inspector.inspect(Photo.from_array(pixels, name="wall"))
assert len(inspection.cracks) == len(range(200, height, 800)), len(inspection.cracks)
print(peak() - before)
"""
)

SURVEY = (
    PEAK
    + """
import sys
from pathlib import Path
from crackscope import Inspector, Survey
from crackscope.imaging.folder import FoundPhoto
model, photo, out, count = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
survey = Survey(Inspector(model, threads=1), out)
assert survey.run(FoundPhoto(photo, f"{number}.jpg") for number in range(count)).inspected == count
print(peak())
"""
)


def run(script, *arguments) -> float:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return float(done.stdout)


def test_memory_beyond_the_decoded_picture_does_not_grow_with_its_height(dark_model_file):
    low = run(INSPECT, dark_model_file, 2_000, 2_000)
    high = run(INSPECT, dark_model_file, 10_000, 2_000)
    whole_probability_mb = 10_000 * 2_000 * 4 / 2**20
    assert high - low < 0.4 * whole_probability_mb


def test_memory_does_not_grow_with_the_number_of_photos(dark_model_file, tmp_path):
    import cv2
    import numpy as np

    pixels = np.full((64, 96, 3), 160, np.uint8)
    cv2.line(pixels, (5, 30), (90, 34), (40, 40, 40), 3)
    cv2.imwrite(str(tmp_path / "wall.jpg"), pixels)
    few = run(SURVEY, dark_model_file, tmp_path / "wall.jpg", tmp_path / "few", 20)
    many = run(SURVEY, dark_model_file, tmp_path / "wall.jpg", tmp_path / "many", 400)
    assert many - few < 15
