import cv2
import numpy as np
import pytest

from crackscope.datasets.audit import near_duplicates
from crackscope.datasets.audit.facts import to_grey
from crackscope.datasets.audit.fingerprint import SIDE, fingerprint
from crackscope.datasets.audit.near_duplicates import SAME_FROM, Twin, find_twins
from crackscope.datasets.turns import TURNS, turned
from crackscope.imaging.synthetic import draw_photo

UNDONE_BY = {None: None, **{turn: turn for turn in TURNS}, "turn-90": "turn-270", "turn-270": "turn-90"}


def _textures(count: int, *, seed: int) -> list[np.ndarray]:
    """Half drawn surfaces with cracks, half smoothed noise."""
    rng = np.random.default_rng(seed)
    greys = []
    for number in range(count):
        if number % 2:
            surface = ("concrete", "asphalt", "plaster")[number % 3]
            photo = draw_photo(height=72, width=96, seed=seed + number, surface=surface)
            greys.append(to_grey(photo.pixels))
        else:
            noise = cv2.GaussianBlur(rng.normal(size=(72, 96)), (0, 0), float(rng.uniform(1, 4)))
            greys.append((np.interp(noise, (noise.min(), noise.max()), (0, 255))).astype(np.uint8))
    return greys


def _twin_of(grey: np.ndarray, turn, rng: np.random.Generator) -> np.ndarray:
    """Turn, scale and recompress a picture."""
    grey = grey if turn is None else turned(grey, turn)
    factor = float(rng.uniform(0.6, 1.4))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=how)
    _, data = cv2.imencode(".jpg", scaled, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 90))])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))


@pytest.fixture(scope="module")
def planted() -> tuple[np.ndarray, set[tuple]]:
    """Prints of 300 textures and of 48 twins strewn among them, and which are twins, and how turned."""
    rng = np.random.default_rng(7)
    pictures = [(f"texture {number}", grey) for number, grey in enumerate(_textures(300, seed=11))]
    pairs = []
    for number in range(48):
        name, grey = pictures[6 * number]
        turn = (None, *TURNS)[number % 8]
        pairs.append((name, f"twin {number}", turn))
        pictures.append((f"twin {number}", _twin_of(grey, turn, rng)))
    pictures = [pictures[i] for i in rng.permutation(len(pictures))]
    place = {name: position for position, (name, _) in enumerate(pictures)}
    truth = set()
    for original, twin, turn in pairs:
        first, second = place[original], place[twin]
        # The twin was turned by `turn`; seen from the twin, the original has to be turned so.
        truth.add((first, second, UNDONE_BY[turn]) if first < second else (second, first, turn))
    return np.stack([fingerprint(grey) for _, grey in pictures]), truth


def _found(prints: np.ndarray) -> list[Twin]:
    return list(find_twins(prints))


def test_every_twin_is_found_with_its_turn_and_nothing_else(planted):
    prints, truth = planted
    assert {(twin.first, twin.second, twin.turn) for twin in _found(prints)} == truth


def test_twins_are_ordered_and_alike(planted):
    prints, truth = planted
    twins = _found(prints)
    assert len(twins) == len(truth)
    assert [(twin.first, twin.second) for twin in twins] == sorted(
        (first, second) for first, second, _ in truth
    )
    assert all(twin.first < twin.second and SAME_FROM <= twin.similarity <= 1 for twin in twins)


def test_the_turn_brings_the_second_into_the_orientation_of_the_first(planted):
    prints, _ = planted
    for twin in _found(prints):
        second = prints[twin.second] if twin.turn is None else turned(prints[twin.second], twin.turn)
        correlation = np.corrcoef(prints[twin.first].ravel(), second.ravel())[0, 1]
        assert correlation == pytest.approx(twin.similarity, abs=0.02)


def test_the_other_order_of_the_pictures_gives_the_same_pairs(planted):
    prints, truth = planted
    last = len(prints) - 1
    twins = {(last - twin.second, last - twin.first, UNDONE_BY[twin.turn]) for twin in _found(prints[::-1])}
    assert twins == truth


@pytest.mark.parametrize("block", [1, 50, 64, 347, 348, 349])
def test_blocks_of_any_size_give_the_same_answer(planted, monkeypatch: pytest.MonkeyPatch, block: int):
    prints, _ = planted
    whole = _found(prints)
    monkeypatch.setattr(near_duplicates, "_BLOCK", block)
    monkeypatch.setattr(near_duplicates, "_BATCH", 7)
    assert [(t.first, t.second, t.turn) for t in _found(prints)] == [
        (t.first, t.second, t.turn) for t in whole
    ]


def test_the_caller_is_told_after_every_block(planted, monkeypatch: pytest.MonkeyPatch):
    prints, truth = planted
    monkeypatch.setattr(near_duplicates, "_BLOCK", 50)
    calls: list[None] = []
    twins = list(find_twins(prints, after_block=lambda: calls.append(None)))
    assert len(twins) == len(truth)
    assert len(calls) >= 7  # 348 prints


def test_few_pictures_are_compared_too():
    rng = np.random.default_rng(1)
    greys = _textures(4, seed=5)
    for turn in (None, *TURNS):
        prints = np.stack([fingerprint(grey) for grey in (*greys, _twin_of(greys[1], turn, rng))])
        assert [(t.first, t.second, t.turn) for t in _found(prints)] == [(1, 4, UNDONE_BY[turn])]


def test_of_three_alike_all_pairs_are_found():
    rng = np.random.default_rng(2)
    greys = _textures(3, seed=9)
    greys += [_twin_of(greys[1], "flip", rng), _twin_of(greys[1], None, rng)]
    twins = _found(np.stack([fingerprint(grey) for grey in greys]))
    assert [(t.first, t.second, t.turn) for t in twins] == [(1, 3, "flip"), (1, 4, None), (3, 4, "flip")]


def test_blank_pictures_are_never_twins():
    blank = [fingerprint(np.full((60, 80), value, np.uint8)) for value in (0, 90, 90, 255)]
    speck = np.full((60, 80), 90, np.uint8)
    speck[30, 40] = 96
    assert _found(np.stack([*blank, fingerprint(speck), fingerprint(speck)])) == []


def test_nothing_has_no_twins():
    assert _found(np.zeros((0, SIDE, SIDE), np.int8)) == []
    assert _found(np.stack([fingerprint(_textures(1, seed=1)[0])])) == []


def test_prints_may_be_mapped_from_disk(planted, tmp_path):
    prints, truth = planted
    prints.tofile(tmp_path / "prints")
    mapped = np.memmap(tmp_path / "prints", np.int8, mode="r", shape=prints.shape)
    assert len(_found(mapped)) == len(truth)
