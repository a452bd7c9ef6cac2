import json
from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from crackscope.datasets.entry import Entry
from crackscope.datasets.layouts import coco, list_entries
from crackscope.datasets.layouts.coco_document import read_segmentation
from crackscope.datasets.tree import Tree
from crackscope.errors import DatasetError

# pycocotools is older than NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SQUARE = [2, 2, 6, 2, 6, 6, 2, 6]


def _write(path: Path, images, annotations=(), categories=({"id": 1, "name": "crack"},)) -> Path:
    """Write a document; an image is a name or an object, an annotation (image number, segmentation, more)."""
    document = {
        "images": [
            each if isinstance(each, dict) else {"id": i, "file_name": each, "height": 10, "width": 12}
            for i, each in enumerate(images, start=1)
        ],
        "annotations": [
            {"id": i, "image_id": image, "category_id": 1, "segmentation": segmentation, **dict(*more)}
            for i, (image, segmentation, *more) in enumerate(annotations, start=1)
        ],
        "categories": list(categories),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


def _touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _find(root: Path) -> tuple[list[Entry], list[str]]:
    notes: list[str] = []
    return coco.find(Tree.scan(root), set(), notes), notes


def _read(entry: Entry, height: int = 10, width: int = 12):
    assert entry.mask is not None
    return entry.mask.read(height=height, width=width)


def test_outlines_and_both_kinds_of_run_lengths_are_read(tmp_path: Path):
    _touch(tmp_path / "walls/images/a.jpg")
    truth = np.zeros((10, 12), bool)
    truth[1:4, 8:11] = True
    text = coco_mask.encode(np.asfortranarray(truth.astype(np.uint8)))
    compressed = {"size": text["size"], "counts": text["counts"].decode()}
    plain = {"size": [10, 12], "counts": [0, 2, 118]}
    _write(
        tmp_path / "walls/annotations.json",
        ["a.jpg"],
        [(1, [SQUARE]), (1, compressed, {"iscrowd": 1}), (1, plain, {"iscrowd": 1})],
    )
    (entry,), notes = _find(tmp_path)
    truth[2:6, 2:6] = truth[:2, 0] = True
    np.testing.assert_array_equal(_read(entry), truth)
    assert len(entry.mask.read_cracks(height=10, width=12)) == 3
    assert (entry.set_name, entry.cracked, entry.part, notes) == ("walls", None, None, [])


@pytest.mark.parametrize(
    ("document", "picture"),
    [
        ("_annotations.coco.json", "a.jpg"),
        ("annotations.json", "images/a.jpg"),
        ("annotations/instances.json", "a.jpg"),
        ("annotations/instances.json", "images/a.jpg"),
        ("annotations/instances_train2017.json", "train2017/a.jpg"),
        ("annotations/instances_train2017.json", "train/a.jpg"),
        ("annotations/instances_train2017.json", "images/train/a.jpg"),
        ("annotations/walls.json", "walls/a.jpg"),
    ],
)
def test_a_picture_is_looked_for_where_datasets_have_it(tmp_path: Path, document: str, picture: str):
    _touch(tmp_path / "set" / picture)
    _write(tmp_path / "set" / document, ["a.jpg"], [(1, [SQUARE])])
    (entry,), notes = _find(tmp_path)
    assert (entry.image, entry.set_name, notes) == (tmp_path / "set" / picture, "set", [])
    assert entry.part == ("train" if "train" in document else None)


def test_the_folder_says_the_half_where_the_name_does_not(tmp_path: Path):
    for half in ("train", "valid", "test"):
        _touch(tmp_path / "walls" / half / "a.jpg")
        _write(tmp_path / "walls" / half / "_annotations.coco.json", ["a.jpg"], [(1, [SQUARE])])
    entries, notes = _find(tmp_path)
    assert [(e.part, e.set_name) for e in entries] == [
        (part, "walls") for part in ("test", "train", "validation")
    ]
    assert notes == []


def test_folders_below_images_name_the_sets(tmp_path: Path):
    _touch(tmp_path / "images/brick/a.jpg", tmp_path / "images/slab/a.jpg")
    _write(tmp_path / "annotations.json", ["images/brick/a.jpg", "slab/a.jpg"])
    entries, _ = _find(tmp_path)
    assert [(e.set_name, e.home.name) for e in entries] == [("brick", "brick"), ("slab", "slab")]


def test_a_picture_without_annotations_is_crack_free(tmp_path: Path):
    _touch(tmp_path / "a.jpg")
    _write(tmp_path / "coco.json", ["a.jpg"])
    (entry,), _ = _find(tmp_path)
    assert entry.cracked is None
    assert not _read(entry).any()


def test_of_several_classes_those_named_crack_count(tmp_path: Path):
    _touch(tmp_path / "a.jpg")
    names = [{"id": 3, "name": "Concrete Cracks"}, {"id": 1, "name": "rust"}, {"id": 4, "name": "no crack"}]
    inner = [[0, 0, 1, 0, 1, 1, 0, 1]]
    _write(tmp_path / "coco.json", ["a.jpg"], [(1, [SQUARE]), (1, inner, {"category_id": 3})], names)
    (entry,), notes = _find(tmp_path)
    assert _read(entry).sum() == 1
    assert notes == []


def test_the_only_class_is_the_crack_whatever_its_name(tmp_path: Path):
    _touch(tmp_path / "a.jpg")
    _write(tmp_path / "coco.json", ["a.jpg"], [(1, [SQUARE])], [{"id": 1, "name": "defect"}])
    (entry,), _ = _find(tmp_path)
    assert _read(entry).sum() == 16


def test_classes_of_which_none_is_a_crack_are_named(tmp_path: Path):
    _touch(tmp_path / "a.jpg")
    _write(
        tmp_path / "coco.json",
        ["a.jpg"],
        [(1, [SQUARE])],
        [{"id": 1, "name": "rust"}, {"id": 2, "name": "spalling"}],
    )
    entries, notes = _find(tmp_path)
    assert entries == []
    assert notes[0].endswith(
        "coco.json: none of its classes is named crack (they are rust, spalling); rename the one that is."
    )


def test_missing_pictures_leave_entries_without_picture(tmp_path: Path):
    _touch(tmp_path / "a.jpg")
    path = _write(tmp_path / "coco.json", ["a.jpg", "b.jpg", "c.jpg"], [(2, [SQUARE])])
    entries, notes = _find(tmp_path)
    assert [(e.image and e.image.name, e.path) for e in entries] == [
        ("a.jpg", tmp_path / "a.jpg"),
        (None, path),
        (None, path),
    ]
    assert entries[1].mask.picture == "b.jpg"
    assert notes == []


def test_polygons_outside_the_picture_and_across_themselves_are_cut_and_filled_evenly(tmp_path: Path):
    _touch(tmp_path / "a.jpg")
    rings = [
        [-5, -5, 3, -5, 3, 3, -5, 3],
        [100, 100, 120, 100, 120, 120],
        [4, 0, 12, 10, 12, 0, 4, 10],
    ]
    _write(tmp_path / "coco.json", ["a.jpg"], [(1, [ring]) for ring in rings])
    (entry,), notes = _find(tmp_path)
    expected = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(rings, 10, 12)))
    np.testing.assert_array_equal(_read(entry), expected.astype(bool))
    assert notes == []


@pytest.mark.parametrize(
    "image",
    [
        {"id": 1, "file_name": "a.jpg", "height": 20, "width": 12},
        {"id": 1, "file_name": "a.jpg"},
    ],
)
def test_run_lengths_of_another_size_are_refused_when_read(tmp_path: Path, image):
    _touch(tmp_path / "a.jpg")
    _write(tmp_path / "coco.json", [image], [(1, {"size": [20, 12], "counts": [240]})])
    (entry,), _ = _find(tmp_path)
    with pytest.raises(DatasetError, match=r"coco\.json: a\.jpg is 12×20 in it but really 12×10; export"):
        _read(entry)


def test_boxes_without_outlines_are_noted_and_leave_the_pictures_to_others(tmp_path: Path):
    _touch(tmp_path / "a.jpg", tmp_path / "b.jpg")
    _write(tmp_path / "coco.json", ["a.jpg", "b.jpg"], [(1, [], {"bbox": [1, 1, 3, 3]}), (2, None)])
    entries, notes = _find(tmp_path)
    assert entries == []
    assert "coco.json: has boxes without outlines for 2 of its cracks; export" in notes[0]


def test_a_picture_one_of_whose_cracks_has_a_box_only_has_no_mask(tmp_path: Path):
    _touch(tmp_path / "a.jpg", tmp_path / "b.jpg")
    _write(tmp_path / "coco.json", ["a.jpg", "b.jpg"], [(1, [SQUARE]), (1, []), (2, [SQUARE])])
    entries, notes = _find(tmp_path)
    assert [(e.mask is None, e.cracked) for e in entries] == [(True, True), (False, None)]
    assert "for 1 of its cracks" in notes[0]


@pytest.mark.parametrize("name", ["../../secret.jpg", "/etc/passwd", "C:\\photos\\a.jpg", "a\0.jpg"])
def test_a_file_name_that_leads_out_of_the_dataset_is_noted_and_not_followed(tmp_path: Path, name: str):
    _touch(tmp_path / "secret.jpg", tmp_path / "walls/a.jpg")
    _write(tmp_path / "walls/coco.json", ["a.jpg", name])
    entries, notes = _find(tmp_path / "walls")
    assert [e.image for e in entries] == [tmp_path / "walls/a.jpg"]
    assert "coco.json: lists pictures outside the dataset's folder (1, first " in notes[0]


def test_a_name_with_dots_that_stays_inside_is_followed(tmp_path: Path):
    _touch(tmp_path / "photos/a.jpg")
    _write(tmp_path / "annotations/coco.json", ["..\\photos\\a.jpg"])
    (entry,), notes = _find(tmp_path)
    assert (entry.image, notes) == (tmp_path / "photos/a.jpg", [])


def test_a_link_that_leads_back_to_itself_does_no_harm(tmp_path: Path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner/up").symlink_to(tmp_path)
    _touch(tmp_path / "a.jpg")
    _write(tmp_path / "coco.json", ["a.jpg"], [(1, [SQUARE])])
    listing = list_entries(tmp_path)
    assert [entry.image for entry in listing.entries] == [tmp_path / "a.jpg"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("coco.json", '{"images": [{"id": 1, '),
        ("x.json", '{"images": [], "annotations": [}'),
        ("_annotations.json", "not JSON"),
        ("deep.json", '{"images": ' + "[" * 100_000),
    ],
)
def test_a_malformed_document_that_looks_like_coco_is_noted(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text)
    entries, notes = _find(tmp_path)
    assert entries == []
    assert f"{name}: is cut off or no JSON" in notes[0]


@pytest.mark.parametrize("text", ["{", "[]", '{"images": {}, "annotations": []}', '"images"', '{"a": 1}'])
def test_other_documents_are_passed_over(tmp_path: Path, text: str):
    (tmp_path / "settings.json").write_text(text)
    assert _find(tmp_path) == ([], [])


def test_a_document_larger_than_the_limit_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("crackscope.datasets.layouts.coco_document.LIMIT_BYTES", 50)
    _write(tmp_path / "coco.json", ["a.jpg"])
    entries, notes = _find(tmp_path)
    assert entries == []
    assert "coco.json: is larger than" in notes[0]


@pytest.mark.parametrize(
    ("segmentation", "reason"),
    [
        ([[0, 0, 1, 1, 2]], "a ring of 5 numbers"),
        ([[0, 0, 1, float("nan"), 2, 2]], "no number"),
        ([[0, 0, 1, float("inf"), 2, 2]], "no number"),
        ([[0, 0, 1, "2", 2, 2]], "no number"),
        ([[0, 0, 1, True, 2, 2]], "no number"),
        ([[0, 0, 1, 10**400, 2, 2]], "far outside"),
        ([0, 0, 1, 1, 2, 2], "neither rings nor run lengths"),
        ("abc", "neither rings nor run lengths"),
        ({"size": [4, 4], "counts": [3]}, "do not add up"),
        ({"size": [1 << 40, 1 << 40], "counts": "0"}, "impossible"),
        ({}, "'size'"),
    ],
)
def test_an_outline_that_cannot_be_read_is_refused_with_the_reason(segmentation, reason: str):
    with pytest.raises(ValueError, match=reason):
        read_segmentation(segmentation)


def test_a_picture_with_an_outline_that_cannot_be_read_has_no_mask(tmp_path: Path):
    _touch(tmp_path / "a.jpg", tmp_path / "b.jpg")
    bad = [[0, 0, 1, 1, 2]]
    _write(tmp_path / "coco.json", ["a.jpg", "b.jpg"], [(1, bad), (1, bad), (2, [SQUARE])])
    entries, notes = _find(tmp_path)
    assert [(e.mask is None, e.cracked) for e in entries] == [(True, True), (False, None)]
    assert notes == [
        f"{tmp_path}/coco.json: has an outline that cannot be read (annotation 1: a ring of 5 numbers, which "
        "are no points; and 1 more); correct it or take it out."
    ]


def test_senseless_items_are_noted_and_break_nothing(tmp_path: Path):
    _touch(tmp_path / "a.jpg")
    document = {
        "images": [{"id": 1, "file_name": "a.jpg"}, {"id": 1, "file_name": "b.jpg"}, 7, {"id": []}, {}],
        "annotations": [
            3,
            {"id": {}, "image_id": 99, "category_id": 1},
            {"id": 2, "image_id": [], "category_id": 1},
            {"id": 3, "image_id": 1, "category_id": "x"},
        ],
        "categories": [{"id": 1, "name": None}, 5, {}],
    }
    (tmp_path / "coco.json").write_text(json.dumps(document))
    (entry,), notes = _find(tmp_path)
    assert entry.mask is None
    assert len(notes) == 5
    assert all("has a" in note or "has two pictures with one id" in note for note in notes)


def test_two_documents_of_one_picture_are_noted_and_the_first_counts(tmp_path: Path):
    _touch(tmp_path / "a.jpg")
    _write(tmp_path / "a_coco.json", ["a.jpg"], [(1, [SQUARE])])
    _write(tmp_path / "b_coco.json", ["a.jpg"])
    (entry,), notes = _find(tmp_path)
    assert _read(entry).sum() == 16
    assert "b_coco.json: describes pictures that a_coco.json describes too (1, first a.jpg)" in notes[0]


def test_taken_pictures_are_left_out(tmp_path: Path):
    _touch(tmp_path / "a.jpg")
    _write(tmp_path / "coco.json", ["a.jpg"])
    assert coco.find(Tree.scan(tmp_path), {tmp_path / "a.jpg"}, []) == []
