from pathlib import Path

import pytest

from crackscope.datasets.layouts.pairing import Pairing, pair

IMAGES, MASKS = Path("/set/images"), Path("/set/masks")


def _pair(images: list[str], masks: list[str]) -> Pairing:
    return pair(
        [IMAGES / name for name in sorted(images)],
        [MASKS / name for name in sorted(masks)],
        image_root=IMAGES,
        mask_root=MASKS,
    )


def _names(pairing: Pairing) -> dict[str, str]:
    return {
        image.relative_to(IMAGES).as_posix(): mask.relative_to(MASKS).as_posix()
        for image, mask in pairing.pairs
    }


def test_pictures_pair_with_masks_of_their_stem_whatever_the_suffix():
    pairing = _pair(["a.jpg", "b.tif", "c.png"], ["a.png", "b.png", "c.bmp"])
    assert _names(pairing) == {"a.jpg": "a.png", "b.tif": "b.png", "c.png": "c.bmp"}
    assert (pairing.lone_images, pairing.lone_masks, pairing.notes) == ((), (), ())


def test_names_are_compared_with_their_folders():
    pairing = _pair(["east/1.jpg", "west/1.jpg"], ["east/1.png", "west/1.png"])
    assert _names(pairing) == {"east/1.jpg": "east/1.png", "west/1.jpg": "west/1.png"}
    assert pairing.notes == ()


def test_a_dot_inside_a_name_is_part_of_it():
    pairing = _pair(["wall.1.jpg", "wall.2.jpg"], ["wall.1.png", "wall.2.png"])
    assert _names(pairing) == {"wall.1.jpg": "wall.1.png", "wall.2.jpg": "wall.2.png"}


def test_upper_and_lower_case_pair():
    assert _names(_pair(["IMG_1.JPG", "East/a.jpg"], ["img_1.png", "east/A.png"])) == {
        "IMG_1.JPG": "img_1.png",
        "East/a.jpg": "east/A.png",
    }


@pytest.mark.parametrize(
    "ending",
    [
        "_mask",
        "-mask",
        ".mask",
        "_MASK",
        "_label",
        "_lab",
        "_gt",
        "_GT",
        "_seg",
        "_groundtruth",
        "_ground_truth",
    ],
)
def test_an_ending_that_says_mask_is_left_out(ending: str):
    assert _names(_pair(["wall1.jpg"], [f"wall1{ending}.png"])) == {"wall1.jpg": f"wall1{ending}.png"}


def test_the_same_name_comes_before_one_with_an_ending():
    pairing = _pair(["a.jpg"], ["a.png", "a_mask.png"])
    assert _names(pairing) == {"a.jpg": "a.png"}
    assert pairing.lone_masks == (MASKS / "a_mask.png",)


def test_the_same_case_comes_before_another():
    pairing = _pair(["a.jpg", "A.jpg"], ["A.png", "a.png"])
    assert _names(pairing) == {"a.jpg": "a.png", "A.jpg": "A.png"}


def test_a_picture_with_two_possible_masks_pairs_with_neither():
    pairing = _pair(["a.jpg"], ["a_gt.png", "a_mask.png"])
    assert pairing.pairs == ()
    assert pairing.lone_images == (IMAGES / "a.jpg",)
    assert pairing.lone_masks == (MASKS / "a_gt.png", MASKS / "a_mask.png")


def test_a_mask_with_two_possible_pictures_pairs_with_neither():
    pairing = _pair(["WALL.jpg", "Wall.jpg"], ["wall.png"])
    assert pairing.pairs == ()
    assert len(pairing.lone_images) == 2
    assert pairing.lone_masks == (MASKS / "wall.png",)


def test_an_ambiguous_name_hinders_no_other():
    pairing = _pair(["a.jpg", "b.jpg"], ["a_gt.png", "a_mask.png", "b_mask.png"])
    assert _names(pairing) == {"b.jpg": "b_mask.png"}


def test_names_that_differ_in_case_only_are_noted():
    pairing = _pair(["A.jpg", "a.jpg"], ["A.png", "a.png"])
    assert len(pairing.notes) == 2  # among the pictures and among the masks
    assert pairing.notes[0].startswith(f"{IMAGES / 'a.jpg'}: differs from A.jpg in case only")
    assert pairing.notes[1].startswith(f"{MASKS / 'a.png'}: differs from A.png in case only")


def test_two_pictures_of_one_name_are_noted():
    pairing = _pair(["a.jpg", "a.png"], ["a.png"])
    (note,) = pairing.notes
    assert note.startswith(f"{IMAGES / 'a.png'}: has the same name as a.jpg beside it")
    assert len(pairing.pairs) + len(pairing.lone_images) == 2
    assert len(pairing.pairs) <= 1


def test_what_has_no_partner_is_told():
    pairing = _pair(["a.jpg", "lonely.jpg"], ["a.png", "alone.png"])
    assert pairing.lone_images == (IMAGES / "lonely.jpg",)
    assert pairing.lone_masks == (MASKS / "alone.png",)
    assert pairing.notes == ()


def test_without_masks_all_pictures_are_lone():
    pairing = _pair(["a.jpg", "b.jpg"], [])
    assert pairing.pairs == ()
    assert len(pairing.lone_images) == 2


def test_nothing_pairs_with_nothing():
    assert _pair([], []) == Pairing((), (), (), ())


def test_every_file_is_paired_or_lone_once():
    images = ["a.jpg", "A.jpg", "b.jpg", "b.png", "c.jpg", "x/c.jpg", "d_mask.jpg"]
    masks = ["a.png", "b_gt.png", "B_mask.png", "c.png", "x/c_seg.png", "d.png", "e.png"]
    pairing = _pair(images, masks)
    left, right = zip(*pairing.pairs, strict=True)
    assert sorted([*left, *pairing.lone_images]) == sorted(IMAGES / name for name in images)
    assert sorted([*right, *pairing.lone_masks]) == sorted(MASKS / name for name in masks)


def test_a_word_that_only_ends_like_an_ending_is_a_name_of_its_own():
    pairing = _pair(["s.jpg"], ["slab.png"])
    assert pairing.pairs == ()
