from pathlib import Path

import numpy as np
import pytest
import yaml

from crackscope.datasets.entry import Entry
from crackscope.datasets.layouts import list_entries, yolo
from crackscope.datasets.tree import Tree

SQUARE = "0 0.2 0.2 0.6 0.2 0.6 0.6 0.2 0.6\n"  # of 10×10: rows and columns 2…5


def _put(root: Path, files: dict[str, str | None]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or "")
    return root


def _yaml(**more) -> str:
    return yaml.safe_dump({"train": "train/images", "names": {0: "crack"}, **more})


def _find(root: Path) -> tuple[list[Entry], list[str]]:
    notes: list[str] = []
    return yolo.find(Tree.scan(root), set(), notes), notes


def _area(entry: Entry) -> int:
    assert entry.mask is not None
    return int(entry.mask.read(height=10, width=10).sum())


def test_a_row_is_an_outline_in_parts_of_the_picture(tmp_path: Path):
    _put(tmp_path / "walls", {"data.yaml": _yaml(), "train/images/a.jpg": None, "train/labels/a.txt": SQUARE})
    (entry,), notes = _find(tmp_path)
    truth = np.zeros((20, 10), bool)
    truth[4:12, 2:6] = True
    np.testing.assert_array_equal(entry.mask.read(height=20, width=10), truth)
    assert (entry.set_name, entry.part, entry.cracked, notes) == ("walls", "train", None, [])


@pytest.mark.parametrize(
    ("document", "picture", "label"),
    [
        ({"train": "images/train"}, "images/train/a.jpg", "labels/train/a.txt"),
        ({"train": "../train/images"}, "train/images/a.jpg", "train/labels/a.txt"),
        ({"train": ["nowhere/../train/images"]}, "train/images/a.jpg", "train/labels/a.txt"),
        ({"train": "./train/images/"}, "train/images/a.jpg", "train/labels/a.txt"),
        ({"path": "/content/set", "train": "train/images"}, "train/images/a.jpg", "train/labels/a.txt"),
        ({"path": "inner", "train": "train/images"}, "inner/train/images/a.jpg", "inner/train/labels/a.txt"),
        ({"path": "..", "train": "images"}, "images/a.jpg", "labels/a.txt"),
        ({"train": "images/images"}, "images/images/a.jpg", "images/labels/a.txt"),
        ({"train": "photos"}, "photos/a.jpg", "photos/a.txt"),
    ],
)
def test_folders_are_found_where_exporters_put_them(tmp_path: Path, document, picture: str, label: str):
    _put(tmp_path / "s", {"data.yaml": yaml.safe_dump({**document, "names": ["crack"]}), label: SQUARE})
    _put(tmp_path / "s", {picture: None})
    (entry,), notes = _find(tmp_path / "s")
    assert (entry.image, _area(entry), entry.part, notes) == (tmp_path / "s" / picture, 16, "train", [])


def test_halves_come_from_folders_and_keys(tmp_path: Path):
    files = {f"{half}/images/{half}.jpg": None for half in ("train", "valid", "test")}
    labels = {f"{half}/labels/{half}.txt": SQUARE for half in ("train", "valid", "test")}
    document = _yaml(val="../valid/images", test="../test/images")
    _put(tmp_path / "s", {"data.yaml": document, **files, **labels})
    entries, notes = _find(tmp_path)
    assert {e.image.stem: e.part for e in entries} == {
        "train": "train",
        "valid": "validation",
        "test": "test",
    }
    assert notes == []


def test_a_half_that_is_validated_on_too_counts_once(tmp_path: Path):
    _put(tmp_path, {"data.yaml": _yaml(val="train/images"), "train/images/a.jpg": None})
    _put(tmp_path, {"train/labels/a.txt": SQUARE, "copy.yml": _yaml()})
    (entry,), notes = _find(tmp_path)
    assert (entry.part, notes) == ("train", [])


def test_a_list_of_pictures_is_followed_inside_the_dataset_only(tmp_path: Path):
    _put(tmp_path, {"secret/images/x.jpg": None, "s/images/a.jpg": None, "s/labels/a.txt": SQUARE})
    lines = "./images/a.jpg\n\n../secret/images/x.jpg\n/etc/passwd\nimages/gone.jpg\n"
    _put(tmp_path / "s", {"data.yaml": _yaml(train="train.txt"), "train.txt": lines})
    (entry,), notes = _find(tmp_path / "s")
    assert entry.image == tmp_path / "s/images/a.jpg"
    assert len(notes) == 1
    assert "train.txt: lists pictures that are not in the dataset's folder (3, first " in notes[0]


@pytest.mark.parametrize("place", ["../../secret/images", "/etc", "gone/images", "..", "C:\\images"])
def test_a_folder_outside_the_dataset_is_not_entered(tmp_path: Path, place: str):
    _put(tmp_path, {"secret/images/x.jpg": None, "s/t/data.yaml": _yaml(train=place)})
    entries, notes = _find(tmp_path / "s/t")
    assert entries == []
    assert "is not in the dataset's folder; correct its path." in notes[0]


def test_a_missing_label_file_says_crack_free(tmp_path: Path):
    _put(tmp_path, {"data.yaml": _yaml(), "train/images/a.jpg": None, "train/labels/b.txt": SQUARE})
    _put(tmp_path, {"train/images/b.jpg": None, "train/images/c.jpg": None, "train/labels/c.txt": ""})
    entries, notes = _find(tmp_path)
    assert {e.image.name: _area(e) for e in entries} == {"a.jpg": 0, "b.jpg": 16, "c.jpg": 0}
    assert all(e.mask.path.exists() for e in entries)
    assert notes == []


def test_a_half_without_any_labels_says_nothing(tmp_path: Path):
    _put(tmp_path, {"data.yaml": _yaml(), "train/images/a.jpg": None})
    (entry,), notes = _find(tmp_path)
    assert entry.mask is None
    assert "train/images: has no label files for its pictures (1)" in notes[0]


def test_a_label_file_without_picture_is_an_entry(tmp_path: Path):
    _put(tmp_path, {"data.yaml": _yaml(), "train/images/a.jpg": None, "train/labels/a.txt": SQUARE})
    _put(tmp_path, {"train/labels/b.txt": SQUARE, "train/labels/classes.txt": "crack"})
    entries, _ = _find(tmp_path)
    assert [(e.image is None, e.path.name) for e in entries] == [(False, "a.jpg"), (True, "b.txt")]


def test_rows_of_other_classes_are_passed_over(tmp_path: Path):
    document = _yaml(names=["rust", "Crack"])
    rows = SQUARE + "1 0 0 0.1 0 0.1 0.1 0 0.1\n0 0.5 0.5 0.1 0.1\n"
    _put(tmp_path, {"data.yaml": document, "train/images/a.jpg": None, "train/labels/a.txt": rows})
    (entry,), notes = _find(tmp_path)
    assert (_area(entry), notes) == (1, [])


def test_classes_of_which_none_is_a_crack_are_named(tmp_path: Path):
    _put(tmp_path, {"data.yaml": _yaml(names=["rust", "spalling"]), "train/images/a.jpg": None})
    entries, notes = _find(tmp_path)
    assert entries == []
    assert "data.yaml: none of its classes is named crack (they are rust, spalling)" in notes[0]


def test_boxes_are_noted_and_leave_the_pictures_to_others(tmp_path: Path):
    _put(
        tmp_path, {"data.yaml": _yaml(), "train/images/a.jpg": None, "train/labels/a.txt": "0 .5 .5 .1 .1\n"}
    )
    entries, notes = _find(tmp_path)
    assert entries == []
    assert "data.yaml: has boxes without outlines for 1 of its cracks" in notes[0]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("0 0.1 0.1 0.2 0.2 0.3", "5 numbers after the class"),
        ("0 0.1 0.1", "2 numbers after the class"),
        ("0", "0 numbers after the class"),
        ("0 0.1 0.1 0.2 x 0.3 0.3", "something in it is no number"),
        ("0 0.1 0.1 0.2 nan 0.3 0.3", "a number in it is not finite"),
        ("0 0.1 0.1 0.2 inf 0.3 0.3", "a number in it is not finite"),
        ("0.5 0.1 0.1 0.2 0.2 0.3 0.3", "the class is no whole number"),
        ("9 0.1 0.1 0.2 0.2 0.3 0.3", "the class 9 has no name"),
        ("0 10 10 20 20 30 30", "coordinates are not between 0 and 1"),
    ],
)
def test_a_malformed_row_is_noted_with_its_line_and_the_picture_has_no_mask(
    tmp_path: Path, row: str, reason: str
):
    label = SQUARE + "\n" + row + "\n"
    _put(tmp_path, {"data.yaml": _yaml(), "train/images/a.jpg": None, "train/labels/a.txt": label})
    (entry,), notes = _find(tmp_path)
    assert (entry.mask, entry.cracked) == (None, True)
    assert len(notes) == 1
    assert f"a.txt: line 3 is malformed ({reason}" in notes[0]


def test_outlines_a_little_outside_the_picture_are_cut_off(tmp_path: Path):
    label = "0 -0.1 -0.1 0.2 -0.1 0.2 0.2 -0.1 0.2\n"
    _put(tmp_path, {"data.yaml": _yaml(), "train/images/a.jpg": None, "train/labels/a.txt": label})
    (entry,), _ = _find(tmp_path)
    assert _area(entry) == 4


@pytest.mark.parametrize(
    "text",
    [
        "names: [crack\ntrain: x",
        "names: !!python/object/apply:os.system ['true']\ntrain: x",
        "names: !!timestamp x\ntrain: x",
        "a: &a {b: 1}\nnames: {<<: *a}\ntrain: x",
        "names: " + "[" * 20_000,
    ],
    ids=["open", "object", "timestamp", "merge", "deep"],
)
def test_malformed_yaml_is_noted(tmp_path: Path, text: str):
    (tmp_path / "data.yaml").write_text(text)
    entries, notes = _find(tmp_path)
    assert entries == []
    assert "data.yaml: is no YAML" in notes[0]


@pytest.mark.parametrize("text", ["", "- 1", "names: [crack]", "train: images", "a: [", "epochs: 3"])
def test_other_yaml_files_are_passed_over(tmp_path: Path, text: str):
    (tmp_path / "recipe.yaml").write_text(text)
    assert _find(tmp_path) == ([], [])


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"names": "crack"}, "its names are neither a list nor a mapping"),
        ({"names": {"crack": 0}}, "its names are neither a list nor a mapping"),
        ({"train": {"a": 1}}, "must be folders"),
        ({"train": [1]}, "must be folders"),
    ],
)
def test_senseless_values_are_noted(tmp_path: Path, more, reason: str):
    (tmp_path / "data.yaml").write_text(_yaml(**more))
    entries, notes = _find(tmp_path)
    assert entries == []
    assert reason in notes[0]


def test_yaml_larger_than_the_limit_is_not_parsed(tmp_path: Path):
    (tmp_path / "data.yaml").write_text(_yaml() + "#" * 1_000_000)
    (tmp_path / "other.yaml").write_text(_yaml() + "#" * 1_000_000)
    entries, notes = _find(tmp_path)
    assert entries == []
    assert len(notes) == 1
    assert "data.yaml: is larger than 1 MB" in notes[0]


def test_folders_below_images_name_the_sets_in_all_halves(tmp_path: Path):
    files = {
        f"{half}/images/{name}/{half}.jpg": None for half in ("train", "val") for name in ("brick", "slab")
    }
    _put(tmp_path, {"data.yaml": _yaml(val="val/images"), **files})
    _put(tmp_path, {"train/labels/brick/train.txt": "", "val/labels/slab/val.txt": ""})
    listing = list_entries(tmp_path)
    assert [(e.set_name, e.part) for e in listing.entries] == [
        ("brick", "train"),
        ("slab", "train"),
        ("brick", "validation"),
        ("slab", "validation"),
    ]
    assert listing.notes == ()


def test_taken_pictures_are_left_out(tmp_path: Path):
    _put(tmp_path, {"data.yaml": _yaml(), "train/images/a.jpg": None, "train/labels/a.txt": SQUARE})
    assert yolo.find(Tree.scan(tmp_path), {tmp_path / "train/images/a.jpg"}, []) == []
