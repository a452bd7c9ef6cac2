from pathlib import Path

import pytest

from crackscope.datasets.entry import Entry
from crackscope.datasets.layouts import list_entries, pairs
from crackscope.datasets.tree import Tree


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def _found(folder: Path, root: Path | None = None) -> list[Entry]:
    """List the entries, sorted, and see to it that the layout needs no help and finds nothing twice."""
    listing = list_entries(root or folder)
    assert listing.layouts == ("pairs",)
    assert listing.notes == ()
    pictures = [entry.image for entry in listing.entries if entry.image]
    assert len(set(pictures)) == len(pictures)
    return list(listing.entries)


def _rows(folder: Path, root: Path | None = None) -> list[tuple]:
    """Set, part, picture and mask of every entry."""
    return [
        (
            entry.set_name,
            entry.part,
            entry.image and entry.image.relative_to(folder).as_posix(),
            entry.mask and entry.mask.path.relative_to(folder).as_posix(),
        )
        for entry in _found(folder, root)
    ]


@pytest.mark.parametrize("above", ["", "one/", "one/two/three/"])
def test_images_beside_masks_are_found_at_any_depth(tmp_path: Path, above: str):
    _touch(tmp_path, f"{above}walls/images/a.jpg", f"{above}walls/masks/a.png")
    assert _rows(tmp_path) == [("walls", None, f"{above}walls/images/a.jpg", f"{above}walls/masks/a.png")]


def test_the_folder_itself_may_be_the_set(tmp_path: Path):
    _touch(tmp_path, "walls/images/a.jpg", "walls/masks/a.png")
    assert _rows(tmp_path, tmp_path / "walls") == [("walls", None, "walls/images/a.jpg", "walls/masks/a.png")]


def test_nested_subfolders_of_images_pair_with_those_of_masks(tmp_path: Path):
    _touch(tmp_path, "walls/images/north/day/1.jpg", "walls/masks/north/day/1.png")
    _touch(tmp_path, "walls/images/south/1.jpg", "walls/masks/south/1.png")
    assert _rows(tmp_path) == [
        ("walls", None, "walls/images/north/day/1.jpg", "walls/masks/north/day/1.png"),
        ("walls", None, "walls/images/south/1.jpg", "walls/masks/south/1.png"),
    ]


def test_a_folder_of_images_inside_images_is_part_of_it(tmp_path: Path):
    _touch(tmp_path, "walls/images/photos/1.jpg", "walls/masks/photos/1.png")
    assert _rows(tmp_path) == [("walls", None, "walls/images/photos/1.jpg", "walls/masks/photos/1.png")]


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("train", "train"),
        ("Train", "train"),
        ("training", "train"),
        ("val", "validation"),
        ("Valid", "validation"),
        ("validation", "validation"),
        ("dev", "validation"),
        ("test", "test"),
        ("Testing", "test"),
    ],
)
def test_halves_may_be_parents_of_images_or_lie_inside(tmp_path: Path, name: str, part: str):
    _touch(tmp_path, f"walls/{name}/images/a.jpg", f"walls/{name}/masks/a.png")
    _touch(tmp_path, f"roads/images/{name}/a.jpg", f"roads/masks/{name}/a.png")
    assert _rows(tmp_path) == [
        ("roads", part, f"roads/images/{name}/a.jpg", f"roads/masks/{name}/a.png"),
        ("walls", part, f"walls/{name}/images/a.jpg", f"walls/{name}/masks/a.png"),
    ]


@pytest.mark.parametrize(
    ("images", "masks"),
    [
        ("train_img", "train_lab"),
        ("train_images", "train_masks"),
        ("images_train", "masks_train"),
        ("Train-Images", "Train-Labels"),
    ],
)
def test_halves_may_be_named_by_the_folders_of_images_and_masks(tmp_path: Path, images: str, masks: str):
    _touch(tmp_path, f"deep/{images}/a.jpg", f"deep/{masks}/a.png")
    assert _rows(tmp_path) == [("deep", "train", f"deep/{images}/a.jpg", f"deep/{masks}/a.png")]


def test_masks_of_one_half_are_not_given_to_the_other(tmp_path: Path):
    _touch(tmp_path, "deep/train_img/a.jpg", "deep/train_lab/a.png")
    _touch(tmp_path, "deep/test_img/a.jpg", "deep/test_lab/a.png")
    assert _rows(tmp_path) == [
        ("deep", "test", "deep/test_img/a.jpg", "deep/test_lab/a.png"),
        ("deep", "train", "deep/train_img/a.jpg", "deep/train_lab/a.png"),
    ]


def test_a_set_is_named_and_halved_alike_when_the_half_itself_is_given(tmp_path: Path):
    _touch(tmp_path, "walls/train/images/a.jpg", "walls/train/masks/a.png")
    whole = _rows(tmp_path)
    assert whole == [("walls", "train", "walls/train/images/a.jpg", "walls/train/masks/a.png")]
    assert _rows(tmp_path, tmp_path / "walls") == whole
    assert _rows(tmp_path, tmp_path / "walls/train") == whole


def test_halves_of_one_set_have_one_home(tmp_path: Path):
    _touch(tmp_path, "walls/train/images/a.jpg", "walls/train/masks/a.png")
    _touch(tmp_path, "walls/test/images/b.jpg", "walls/test/masks/b.png")
    assert {(entry.set_name, entry.home) for entry in _found(tmp_path)} == {("walls", tmp_path / "walls")}


def test_a_merged_folder_gives_the_sets_that_its_file_names_tell(tmp_path: Path):
    stems = ["CFD_001", "Rissbilder_for_Florian_9S6A2812_1_2_3_4", "noncrack_wall_1_1", "Volker_DSC01_1_2_3"]
    _touch(tmp_path, *(f"all/train/images/{stem}.jpg" for stem in stems))
    _touch(tmp_path, *(f"all/train/masks/{stem}.jpg" for stem in stems))
    entries = _found(tmp_path)
    assert {entry.path.stem: entry.set_name for entry in entries} == dict(
        zip(stems, ["cfd", "rissbilder", "noncrack", "volker"], strict=True)
    )
    assert {entry.path.stem for entry in entries if entry.cracked is False} == {"noncrack_wall_1_1"}
    assert {entry.part for entry in entries} == {"train"}


def test_other_pictures_of_a_merged_folder_keep_its_name(tmp_path: Path):
    stems = ["DeepCrack_1", "mine_1"]
    _touch(tmp_path, *(f"all/images/{stem}.jpg" for stem in stems), *(f"all/masks/{s}.png" for s in stems))
    assert {entry.path.stem: entry.set_name for entry in _found(tmp_path)} == {
        "DeepCrack_1": "deepcrack",
        "mine_1": "all",
    }


def test_a_folder_of_one_source_set_is_named_by_the_folder(tmp_path: Path):
    stems = ["CFD_001", "CFD_002"]
    _touch(tmp_path, *(f"mine/images/{stem}.jpg" for stem in stems), *(f"mine/masks/{s}.png" for s in stems))
    assert {entry.set_name for entry in _found(tmp_path)} == {"mine"}


def test_a_word_that_only_starts_like_a_source_set_is_none(tmp_path: Path):
    stems = ["forestry_1", "CFD_1"]
    _touch(tmp_path, *(f"all/images/{stem}.jpg" for stem in stems), *(f"all/masks/{s}.png" for s in stems))
    assert {entry.path.stem: entry.set_name for entry in _found(tmp_path)} == {
        "CFD_1": "cfd",
        "forestry_1": "all",
    }


@pytest.mark.parametrize("name", ["noncrack", "noncrack_walls", "NonCrack"])
def test_pictures_of_a_set_named_noncrack_are_crack_free(tmp_path: Path, name: str):
    _touch(tmp_path, f"{name}/images/a.jpg")
    (entry,) = _found(tmp_path)
    assert (entry.set_name, entry.cracked, entry.mask) == (name, False, None)


def test_of_pairs_nothing_is_known_beforehand(tmp_path: Path):
    _touch(tmp_path, "walls/images/a.jpg", "walls/masks/a.png")
    (entry,) = _found(tmp_path)
    assert entry.cracked is None


@pytest.mark.parametrize(
    ("images", "masks"),
    [
        ("images", "labels"),
        ("images", "gt"),
        ("images", "GT"),
        ("images", "ground_truth"),
        ("images", "groundtruth"),
        ("Images", "Mask"),
        ("img", "lab"),
        ("imgs", "label"),
        ("image", "annotations"),
        ("JPEGImages", "segmentations"),
        ("photos", "seg"),
    ],
)
def test_other_usual_names_of_the_folders_are_known(tmp_path: Path, images: str, masks: str):
    _touch(tmp_path, f"walls/{images}/a.jpg", f"walls/{masks}/a.png")
    assert _rows(tmp_path) == [("walls", None, f"walls/{images}/a.jpg", f"walls/{masks}/a.png")]


def test_of_several_folders_of_masks_the_most_usual_name_is_taken(tmp_path: Path):
    for masks in ("gt", "labels", "masks"):
        _touch(tmp_path, f"walls/{masks}/a.png")
    _touch(tmp_path, "walls/images/a.jpg")
    assert _rows(tmp_path) == [("walls", None, "walls/images/a.jpg", "walls/masks/a.png")]


def test_a_folder_of_masks_without_pictures_is_passed_over(tmp_path: Path):
    _touch(tmp_path, "walls/images/a.jpg", "walls/masks/readme.txt", "walls/gt/a.png")
    assert _rows(tmp_path) == [("walls", None, "walls/images/a.jpg", "walls/gt/a.png")]


def test_pictures_and_masks_without_partner_are_listed_alone(tmp_path: Path):
    _touch(tmp_path, "walls/images/a.jpg", "walls/masks/a.png", "walls/images/b.jpg", "walls/masks/c.png")
    assert _rows(tmp_path) == [
        ("walls", None, "walls/images/a.jpg", "walls/masks/a.png"),
        ("walls", None, "walls/images/b.jpg", None),
        ("walls", None, None, "walls/masks/c.png"),
    ]


def test_other_files_are_no_pictures(tmp_path: Path):
    _touch(
        tmp_path, "walls/images/a.jpg", "walls/images/Thumbs.db", "walls/images/._a.jpg", "walls/masks/a.png"
    )
    assert len(_found(tmp_path)) == 1


def test_taken_pictures_are_left_out(tmp_path: Path):
    _touch(tmp_path, "walls/images/a.jpg", "walls/images/b.jpg", "walls/masks/b.png")
    (entry,) = pairs.find(Tree.scan(tmp_path), {tmp_path / "walls/images/a.jpg"}, [])
    assert entry.image == tmp_path / "walls/images/b.jpg"


def test_two_sets_of_one_name_are_noted(tmp_path: Path):
    for home in ("first/walls", "second/walls"):
        _touch(tmp_path, f"{home}/images/a.jpg", f"{home}/masks/a.png")
    listing = list_entries(tmp_path)
    assert len(listing.entries) == 2
    (note,) = listing.notes
    assert "a second set named walls" in note


def test_names_of_any_bytes_are_paired(tmp_path: Path):
    for stem in ("two\nlines", "wall\udcff", "Brücke 1"):
        _touch(tmp_path, f"walls/images/{stem}.jpg", f"walls/masks/{stem}.png")
    assert [entry.image.stem for entry in _found(tmp_path) if entry.image and entry.mask] == sorted(
        ["two\nlines", "wall\udcff", "Brücke 1"]
    )
