from pathlib import Path

import pytest

from crackscope.datasets.entry import Entry
from crackscope.datasets.layouts import Listing, list_entries
from crackscope.errors import DatasetError


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def _by_stem(listing: Listing) -> dict[str, Entry]:
    found = {entry.path.stem: entry for entry in listing.entries}
    assert len(found) == len(listing.entries)
    return found


def _concrete(folder: Path) -> Path:
    _touch(folder, "Concrete/Positive/Images/p1.jpg", "Concrete/Positive/Masks/p1.jpg")
    _touch(folder, "Concrete/Negative/Images/n1.jpg", "Concrete/Negative/Mask/n1.jpg")
    return folder / "Concrete"


def test_classes_with_masks_are_paired_also_where_one_folder_is_called_mask(tmp_path: Path):
    home = _concrete(tmp_path)
    listing = list_entries(tmp_path)
    assert listing.layouts == ("concrete",)
    assert listing.notes == ()
    assert {
        stem: (e.set_name, e.home, e.cracked, e.mask and e.mask.path.relative_to(home).as_posix(), e.part)
        for stem, e in _by_stem(listing).items()
    } == {
        "p1": ("Concrete", home, True, "Positive/Masks/p1.jpg", None),
        "n1": ("Concrete", home, False, "Negative/Mask/n1.jpg", None),
    }


def test_the_set_itself_may_be_given(tmp_path: Path):
    home = _concrete(tmp_path)
    assert list_entries(home).entries == list_entries(tmp_path).entries


@pytest.mark.parametrize(("half", "cracked"), [("Positive", True), ("Negative", False)])
def test_one_class_alone_is_a_set_too(tmp_path: Path, half: str, cracked: bool):
    home = _concrete(tmp_path)
    entry = list_entries(home / half).entries[0]
    assert (entry.set_name, entry.home, entry.cracked) == ("Concrete", home, cracked)
    assert entry.mask is not None


def test_only_one_class_may_be_there(tmp_path: Path):
    _touch(tmp_path, "Concrete/Positive/Images/a.jpg", "Concrete/Positive/Masks/a.png")
    (entry,) = list_entries(tmp_path).entries
    assert (entry.cracked, entry.mask and entry.mask.path.name) == (True, "a.png")


def test_pictures_without_masks_and_masks_without_pictures_are_listed(tmp_path: Path):
    home = _concrete(tmp_path)
    _touch(home, "Positive/Images/p2.jpg", "Positive/Masks/p3.jpg", "Negative/Images/n2.jpg")
    found = _by_stem(list_entries(tmp_path))
    assert set(found) == {"p1", "p2", "p3", "n1", "n2"}
    assert {stem for stem, entry in found.items() if entry.mask is None} == {"p2", "n2"}
    assert {stem for stem, entry in found.items() if entry.image is None} == {"p3"}
    assert (found["p3"].cracked, found["n2"].cracked) == (True, False)


def test_a_class_without_any_masks_still_says_what_it_is(tmp_path: Path):
    _touch(tmp_path, "Concrete/Positive/Images/p1.jpg", "Concrete/Positive/Masks/p1.jpg")
    _touch(tmp_path, "Concrete/Negative/Images/n1.jpg")
    found = _by_stem(list_entries(tmp_path))
    assert (found["n1"].cracked, found["n1"].mask) == (False, None)


def test_equal_names_in_both_classes_stay_apart(tmp_path: Path):
    for half, masks in (("Positive", "Masks"), ("Negative", "Mask")):
        _touch(tmp_path, f"Concrete/{half}/Images/1.jpg", f"Concrete/{half}/{masks}/1.jpg")
    entries = list_entries(tmp_path).entries
    assert len(entries) == 2
    for entry in entries:
        assert entry.image is not None
        assert entry.mask is not None
        assert entry.image.parent.parent == entry.mask.path.parent.parent


def test_classes_with_masks_may_lie_in_halves(tmp_path: Path):
    _touch(tmp_path, "Concrete/train/Positive/Images/1.jpg", "Concrete/train/Positive/Masks/1.png")
    _touch(tmp_path, "Concrete/test/Negative/Images/2.jpg", "Concrete/test/Negative/Masks/2.png")
    found = _by_stem(list_entries(tmp_path))
    assert (found["1"].set_name, found["1"].part, found["1"].cracked) == ("Concrete", "train", True)
    assert (found["2"].set_name, found["2"].part, found["2"].cracked) == ("Concrete", "test", False)


@pytest.mark.parametrize(("above", "part"), [("", None), ("train/", "train"), ("Test/", "test")])
def test_classes_without_masks_tell_what_is_cracked(tmp_path: Path, above: str, part: str | None):
    _touch(tmp_path, f"metu/{above}Positive/1.jpg", f"metu/{above}Negative/2.jpg")
    listing = list_entries(tmp_path)
    assert listing.layouts == ("classes",)
    assert {
        stem: (entry.set_name, entry.home, entry.cracked, entry.mask, entry.part)
        for stem, entry in _by_stem(listing).items()
    } == {
        "1": ("metu", tmp_path / "metu", True, None, part),
        "2": ("metu", tmp_path / "metu", False, None, part),
    }


def test_a_half_of_a_set_of_classes_is_named_by_the_set(tmp_path: Path):
    _touch(tmp_path, "metu/train/positive/1.jpg", "metu/test/NEGATIVE/2.jpg")
    found = _by_stem(list_entries(tmp_path / "metu/train"))
    assert (found["1"].set_name, found["1"].part) == ("metu", "train")


def test_a_picture_belongs_to_one_layout_only(tmp_path: Path):
    _concrete(tmp_path)
    _touch(tmp_path, "walls/images/w.jpg", "walls/masks/w.png", "metu/Positive/m.jpg", "metu/Negative/k.jpg")
    listing = list_entries(tmp_path)
    assert listing.layouts == ("concrete", "pairs", "classes")
    assert set(_by_stem(listing)) == {"p1", "n1", "w", "m", "k"}  # each once


def test_only_the_layout_that_is_asked_for_looks(tmp_path: Path):
    _concrete(tmp_path)
    _touch(tmp_path, "walls/images/w.jpg", "walls/masks/w.png")
    assert set(_by_stem(list_entries(tmp_path, layout="concrete"))) == {"p1", "n1"}
    with pytest.raises(DatasetError, match="no dataset in the layout classes here"):
        list_entries(tmp_path, layout="classes")
    with pytest.raises(DatasetError, match="concret: no such layout; the layouts are coco, "):
        list_entries(tmp_path, layout="concret")


def test_empty_folders_are_no_dataset(tmp_path: Path):
    for name in ("Positive/Images", "Negative/Mask", "images", "masks"):
        (tmp_path / name).mkdir(parents=True)
    with pytest.raises(DatasetError, match="no dataset here"):
        list_entries(tmp_path)


def test_class_folders_of_masks_hold_no_pictures(tmp_path: Path):
    for half in ("Positive", "Negative"):
        _touch(tmp_path, f"walls/images/{half}/{half}1.jpg", f"walls/masks/{half}/{half}1.png")
    found = _by_stem(list_entries(tmp_path))
    assert set(found) == {"Positive1", "Negative1"}
    assert {entry.set_name for entry in found.values()} == {"walls"}


def test_class_folders_inside_images_tell_what_is_cracked(tmp_path: Path):
    _touch(
        tmp_path, "walls/images/Positive/p.jpg", "walls/masks/Positive/p.png", "walls/images/Negative/n.jpg"
    )
    found = {entry.image.stem: entry for entry in list_entries(tmp_path).entries if entry.image}
    assert (found["p"].cracked, found["n"].cracked) == (True, False)
