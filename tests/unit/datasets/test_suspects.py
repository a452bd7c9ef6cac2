from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crackscope.datasets.audit.suspects import disagreement, label_suspects
from crackscope.datasets.finding import Finding
from crackscope.datasets.layouts import list_entries


def line(row: int) -> np.ndarray:
    mask = np.zeros((60, 80), bool)
    mask[row : row + 3, 5:75] = True
    return mask


def test_a_model_that_is_a_little_off_agrees():
    assert disagreement(line(20), line(23)) is None


def test_a_crack_seen_elsewhere_is_a_disagreement():
    sentence = disagreement(line(20), line(45))
    assert sentence is not None
    assert "0 % of the 210 px marked as crack, and 210 px elsewhere" in sentence


def test_a_crack_not_seen_and_one_not_marked_are_disagreements():
    nothing = np.zeros((60, 80), bool)
    assert "sees 0 %" in (disagreement(nothing, line(20)) or "")
    assert "where none is marked" in (disagreement(line(20), nothing) or "")
    assert disagreement(nothing, nothing) is None


def test_a_few_pixels_are_no_disagreement():
    dot = np.zeros((60, 80), bool)
    dot[5:9, 5:9] = True
    assert disagreement(dot, np.zeros_like(dot)) is None


def test_one_crack_of_several_is_enough_to_agree():
    truth = line(10)
    assert disagreement(truth | line(50), truth) is None


def test_much_more_than_is_marked_is_a_disagreement():
    seen = line(10) | line(25) | line(32) | line(39) | line(46) | line(53)
    assert "away from the 210 px marked" in (disagreement(seen, line(10)) or "")


@pytest.fixture
def walls(tmp_path: Path) -> Path:
    """Pictures whose dark line is what a model of darkness sees; the mask of ``wrong`` is elsewhere."""
    for name in ("walls/images", "walls/masks", "noncrack/images", "tiles/Positive", "tiles/Negative"):
        (tmp_path / name).mkdir(parents=True)
    for name, drawn, marked in (("right", line(20), line(20)), ("wrong", line(20), line(45))):
        Image.fromarray(np.where(drawn, 40, 200).astype(np.uint8)).save(tmp_path / f"walls/images/{name}.png")
        Image.fromarray(marked.astype(np.uint8) * 255).save(tmp_path / f"walls/masks/{name}.png")
    plain, cracked = np.full((60, 80), 200, np.uint8), np.where(line(9), 40, 200).astype(np.uint8)
    Image.fromarray(cracked).save(tmp_path / "noncrack/images/cracked.png")
    Image.fromarray(plain).save(tmp_path / "noncrack/images/plain.png")
    Image.fromarray(plain).save(tmp_path / "tiles/Positive/plain.png")
    Image.fromarray(plain).save(tmp_path / "tiles/Negative/plain.png")
    return tmp_path


def dark(pixels: np.ndarray) -> np.ndarray:
    return pixels[..., 0] < 100


def test_labels_are_compared_whatever_says_them(walls: Path):
    found = {finding.path: finding for finding in label_suspects(list_entries(walls), dark)}
    assert set(found) == {"walls/images/wrong.png", "noncrack/images/cracked.png", "tiles/Positive/plain.png"}
    assert {finding.kind for finding in found.values()} == {"label-suspect"}
    assert not any(finding.certain for finding in found.values())
    assert found["walls/images/wrong.png"].mask == "walls/masks/wrong.png"


def test_masks_that_lie_turned_are_passed_over(walls: Path):
    picture = "walls/images/wrong.png"
    known = [Finding("walls/masks/wrong.png", "rotated-mask", False, "", picture=picture)]
    found = {finding.path for finding in label_suspects(list_entries(walls), dark, known=known)}
    assert picture not in found


def test_what_cannot_be_read_is_passed_over(walls: Path):
    (walls / "walls/images/wrong.png").write_bytes(b"")
    found = {finding.path for finding in label_suspects(list_entries(walls), dark)}
    assert "walls/images/wrong.png" not in found
