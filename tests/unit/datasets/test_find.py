from pathlib import Path

import pytest

from crackscope.datasets import find_samples
from crackscope.errors import DatasetError


def _touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_pairs_are_found_by_file_name(tmp_path: Path):
    _touch(tmp_path / "walls/images/a.jpg", tmp_path / "walls/masks/a.png")
    (sample,) = find_samples([tmp_path / "walls"])
    assert (sample.set_name, sample.image.name, sample.mask and sample.mask.path.name) == (
        "walls",
        "a.jpg",
        "a.png",
    )
    assert sample.key == "walls/images/a.jpg"


def test_a_folder_of_sets_gives_them_all_sorted(tmp_path: Path):
    for name in ("zinc", "alu"):
        _touch(tmp_path / name / "images/a.jpg", tmp_path / name / "masks/a.png")
    assert [sample.set_name for sample in find_samples([tmp_path])] == ["alu", "zinc"]


def test_a_set_named_noncrack_needs_no_masks(tmp_path: Path):
    _touch(tmp_path / "noncrack_walls/images/a.jpg")
    (sample,) = find_samples([tmp_path])
    assert sample.mask is None


def test_negative_classes_are_crack_free_and_positive_ones_without_masks_are_left_out(tmp_path: Path):
    _touch(tmp_path / "metu/train/Negative/1.jpg", tmp_path / "metu/train/Positive/2.jpg")
    (sample,) = find_samples([tmp_path / "metu"])
    assert (sample.set_name, sample.image.name, sample.mask) == ("metu", "1.jpg", None)


def test_cracked_pictures_without_masks_are_listed_where_they_are_asked_for(tmp_path: Path):
    _touch(
        tmp_path / "metu/Negative/1.jpg", tmp_path / "metu/Positive/1.jpg", tmp_path / "metu/Positive/2.jpg"
    )
    samples = find_samples([tmp_path / "metu"], unmasked_cracks=True)
    assert [(sample.image.parent.name, sample.image.name, sample.unmasked_crack) for sample in samples] == [
        ("Negative", "1.jpg", False),
        ("Positive", "1.jpg", True),
        ("Positive", "2.jpg", True),
    ]
    assert {sample.mask for sample in samples} == {None}


def test_pictures_of_one_number_in_halves_and_classes_are_four_photos(tmp_path: Path):
    _touch(
        *(
            tmp_path / f"metu/{half}/{kind}/7.jpg"
            for half in ("train", "test")
            for kind in ("Positive", "Negative")
        )
    )
    samples = find_samples([tmp_path / "metu"], unmasked_cracks=True)
    assert len({sample.source for sample in samples}) == len(samples) == 4
    assert {sample.part for sample in samples if "test" in sample.source.split("/")} == {"test"}


def test_a_picture_with_a_mask_is_no_unmasked_crack(tmp_path: Path):
    _touch(tmp_path / "walls/images/a.jpg", tmp_path / "walls/masks/a.png")
    (sample,) = find_samples([tmp_path], unmasked_cracks=True)
    assert not sample.unmasked_crack


def test_a_folder_given_twice_counts_once(tmp_path: Path):
    _touch(tmp_path / "walls/images/a.jpg", tmp_path / "walls/masks/a.png")
    assert len(find_samples([tmp_path, tmp_path / "walls"])) == 1


def test_two_pictures_of_one_name_are_refused(tmp_path: Path):
    _touch(tmp_path / "walls/images/a.jpg", tmp_path / "walls/images/a.png", tmp_path / "walls/masks/a.png")
    with pytest.raises(DatasetError, match=r"a\.png: has the same name as a\.jpg beside it"):
        find_samples([tmp_path])


def test_a_missing_mask_is_named(tmp_path: Path):
    _touch(tmp_path / "walls/images/a.jpg", tmp_path / "walls/images/b.jpg", tmp_path / "walls/masks/a.png")
    with pytest.raises(DatasetError, match=r"b\.jpg: has no mask in walls/masks; add b\.png"):
        find_samples([tmp_path])


def test_a_set_without_masks_is_named(tmp_path: Path):
    _touch(tmp_path / "walls/images/a.jpg")
    with pytest.raises(DatasetError, match="has images/ but no masks/"):
        find_samples([tmp_path])


def test_two_sets_of_one_name_are_refused(tmp_path: Path):
    for home in ("first/walls", "second/walls"):
        _touch(tmp_path / home / "images/a.jpg", tmp_path / home / "masks/a.png")
    with pytest.raises(DatasetError, match="a second set named walls"):
        find_samples([tmp_path])


def test_a_folder_without_a_dataset_is_refused(tmp_path: Path):
    _touch(tmp_path / "holiday.jpg")
    with pytest.raises(DatasetError, match="no dataset here"):
        find_samples([tmp_path])


def test_a_missing_folder_is_refused(tmp_path: Path):
    with pytest.raises(DatasetError, match="no such folder"):
        find_samples([tmp_path / "gone"])


def test_equal_names_in_the_two_classes_are_two_photos(tmp_path: Path):
    for half, masks in (("Positive", "Masks"), ("Negative", "Mask")):
        _touch(tmp_path / f"Concrete/{half}/Images/000.jpg", tmp_path / f"Concrete/{half}/{masks}/000.png")
    assert len({sample.source for sample in find_samples([tmp_path])}) == 2


def test_a_link_back_to_a_folder_does_no_harm(tmp_path: Path):
    _touch(tmp_path / "walls/images/a.jpg", tmp_path / "walls/masks/a.png")
    (tmp_path / "walls/images/loop").symlink_to(tmp_path / "walls")
    assert len(find_samples([tmp_path])) == 1
