import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from crackscope.datasets.layouts import crackforest, list_entries
from crackscope.datasets.mat_file import MatFile
from crackscope.datasets.tree import Tree
from crackscope.errors import DatasetError


def _save(path: Path, segmentation) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"groundTruth": {"Segmentation": segmentation, "Boundaries": np.zeros((2, 2))}})
    return path


def _touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.mark.parametrize("folder", ["image", "images"])
def test_pictures_are_paired_with_matlab_files_of_their_name(tmp_path: Path, folder: str):
    home = tmp_path / "cfd"
    _touch(home / folder / "001.jpg", home / folder / "002.jpg")
    _save(home / "groundTruth/001.mat", np.ones((3, 4)))
    _save(home / "groundTruth/003.mat", np.ones((3, 4)))
    listing = list_entries(tmp_path)
    assert listing.layouts == ("crackforest",)
    assert {(e.image and e.image.stem, e.mask and e.mask.path.stem) for e in listing.entries} == {
        ("001", "001"),
        ("002", None),
        (None, "003"),
    }
    assert {e.set_name for e in listing.entries} == {"cfd"}


def test_cracks_are_all_numbers_above_that_of_the_background(tmp_path: Path):
    numbers = np.array([[1, 2, 1], [3, 1, 1]], np.uint16)
    mask = MatFile(_save(tmp_path / "a.mat", numbers)).read(height=2, width=3)
    assert mask.dtype == bool
    np.testing.assert_array_equal(mask, numbers > 1)


def test_a_mask_of_another_size_is_refused(tmp_path: Path):
    path = _save(tmp_path / "a.mat", np.ones((3, 4)))
    with pytest.raises(DatasetError, match=r"a\.mat: is 4×3 but its picture is 3×4"):
        MatFile(path).read(height=4, width=3)


@pytest.mark.parametrize("kept", [0, 10, 130, 200])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, kept: int):
    path = _save(tmp_path / "a.mat", np.ones((30, 40)))
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DatasetError, match=r"a\.mat: "):
        MatFile(path).read(height=30, width=40)


@pytest.mark.parametrize(
    "content",
    [
        {"other": np.ones((2, 2))},
        {"groundTruth": np.ones((2, 2))},
        {"groundTruth": np.ones((1, 1))},
        {"groundTruth": {"Boundaries": np.ones((2, 2))}},
        {"groundTruth": {"Segmentation": "text"}},
        {"groundTruth": {"Segmentation": np.ones((2, 2, 2))}},
    ],
)
def test_a_file_without_segmentation_is_refused(tmp_path: Path, content):
    savemat(tmp_path / "a.mat", content)
    with pytest.raises(DatasetError, match=r"groundTruth\.Segmentation"):
        MatFile(tmp_path / "a.mat").read(height=2, width=2)


def test_a_newer_matlab_file_is_refused_with_the_remedy(tmp_path: Path):
    header = b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM"
    (tmp_path / "a.mat").write_bytes(header + b"\x89HDF\r\n\x1a\n" + bytes(600))
    with pytest.raises(DatasetError, match=r"a\.mat: is a MATLAB file of version 7\.3; save it with -v7\."):
        MatFile(tmp_path / "a.mat").read(height=2, width=2)


def test_a_missing_scipy_is_told_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = _save(tmp_path / "a.mat", np.ones((2, 2)))
    monkeypatch.setitem(sys.modules, "scipy.io", None)
    with pytest.raises(ModuleNotFoundError, match="scipy"):
        MatFile(path).read(height=2, width=2)


def test_two_pictures_of_one_name_are_noted(tmp_path: Path):
    _touch(tmp_path / "image/1.jpg", tmp_path / "image/1.png")
    _save(tmp_path / "groundTruth/1.mat", np.ones((2, 2)))
    notes: list[str] = []
    (entry,) = crackforest.find(Tree.scan(tmp_path), set(), notes)
    assert entry.image == tmp_path / "image/1.jpg"
    assert "1.png: has the same name as" in notes[0]


def test_taken_pictures_are_left_out(tmp_path: Path):
    _touch(tmp_path / "image/1.jpg")
    _save(tmp_path / "groundTruth/1.mat", np.ones((2, 2)))
    assert crackforest.find(Tree.scan(tmp_path), {tmp_path / "image/1.jpg"}, []) == []
