import json
import os
import shutil
from functools import cache
from pathlib import Path, PurePath

import cv2
import numpy as np
import pytest
from PIL import Image

from crackscope.datasets.audit.audit import audit
from crackscope.datasets.audit.entry_findings import misnamed
from crackscope.datasets.finding import Finding
from crackscope.datasets.layouts import list_entries
from crackscope.datasets.turns import TURNS, turned
from crackscope.imaging.synthetic import DrawnPhoto, draw_photo

EXIF_ORIENTATION = 0x0112
UNDONE_BY = {**{turn: turn for turn in TURNS}, "turn-90": "turn-270", "turn-270": "turn-90"}
HEIGHT, WIDTH = 120, 168
IMAGE, MASK = "walls/images/case.png", "walls/masks/case.png"


def _save(path: Path, pixels: np.ndarray, **options) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)


def _grey(mask: np.ndarray, white: int = 255) -> np.ndarray:
    return np.asarray(mask).astype(np.uint8) * np.uint8(white)


@cache
def _drawn(seed: int, cracks: int = 1) -> DrawnPhoto:
    return draw_photo(height=HEIGHT, width=WIDTH, seed=seed, cracks=cracks)


@pytest.fixture(scope="module")
def photo() -> DrawnPhoto:
    return _drawn(3)


@pytest.fixture(scope="module")
def sound(photo: DrawnPhoto, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    for stem, drawn in (("sound1", _drawn(1)), ("sound2", _drawn(2)), ("case", photo)):
        _save(folder / f"walls/images/{stem}.png", drawn.pixels)
        _save(folder / f"walls/masks/{stem}.png", _grey(drawn.mask))
    return folder


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    """The set ``walls`` of three sound pairs; a test spoils the one called ``case``."""
    return shutil.copytree(sound, tmp_path, dirs_exist_ok=True)


def _found(folder: Path) -> list[Finding]:
    return list(audit(list_entries(folder), workers=1).findings)


def _only(folder: Path) -> Finding:
    (finding,) = _found(folder)
    return finding


def _said(finding: Finding) -> tuple[str, str, bool]:
    return finding.kind, finding.path, finding.certain


def test_a_sound_dataset_has_no_findings(folder: Path):
    assert _found(folder) == []


def test_an_empty_file_is_unreadable(folder: Path):
    (folder / IMAGE).write_bytes(b"")
    finding = _only(folder)
    assert _said(finding) == ("unreadable", IMAGE, True)
    assert (finding.picture, finding.mask) == (IMAGE, MASK)
    assert "case.png" not in finding.detail


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_picture_that_was_cut_off_is_unreadable(folder: Path, share: float):
    data = (folder / IMAGE).read_bytes()
    (folder / IMAGE).write_bytes(data[: int(len(data) * share)])
    assert _said(_only(folder)) == ("unreadable", IMAGE, True)


def test_a_jpeg_that_was_cut_off_is_unreadable(folder: Path, photo: DrawnPhoto):
    (folder / IMAGE).unlink()
    path = folder / "walls/images/case.jpg"
    _save(path, photo.pixels, quality=90)
    path.write_bytes(path.read_bytes()[:-2000])
    assert _said(_only(folder)) == ("unreadable", "walls/images/case.jpg", True)


def test_a_page_of_text_named_as_a_picture_is_unreadable(folder: Path):
    (folder / IMAGE).write_text("<html>404 Not Found</html>")
    assert _said(_only(folder)) == ("unreadable", IMAGE, True)


def test_a_mask_that_cannot_be_read_is_named(folder: Path):
    (folder / MASK).write_bytes((folder / MASK).read_bytes()[:60])
    finding = _only(folder)
    assert _said(finding) == ("unreadable", MASK, True)
    assert (finding.picture, finding.mask) == (IMAGE, MASK)
    assert finding.detail.startswith("mask ")


def test_a_png_named_as_jpeg_is_unreadable_for_others(folder: Path):
    (folder / IMAGE).rename(folder / "walls/images/case.jpg")
    finding = _only(folder)
    assert _said(finding) == ("unreadable", "walls/images/case.jpg", True)
    assert "is a PNG file named .jpg" in finding.detail


@pytest.mark.parametrize(
    ("name", "file_format", "wrong"),
    [
        ("a.jpg", "JPEG", False),
        ("a.JPEG", "JPEG", False),
        ("a.tif", "TIFF", False),
        ("a.tiff", "TIFF", False),
        ("a.webp", "WebP", False),
        ("a", "PNG", False),
        ("a.png", "JPEG", True),
        ("a.jpg", "WebP", True),
        ("a.bmp", "TIFF", True),
    ],
)
def test_a_name_is_compared_with_the_kind_of_the_file(name: str, file_format: str, wrong: bool):
    assert (misnamed(PurePath(name), file_format) is not None) == wrong


def test_links_that_lead_nowhere_are_unreadable(folder: Path):
    (folder / IMAGE).unlink()
    (folder / IMAGE).symlink_to("nowhere.png")
    assert _said(_only(folder)) == ("unreadable", IMAGE, True)


def test_two_unreadable_files_are_no_duplicates(folder: Path):
    for path in (folder / IMAGE, folder / "walls/images/sound1.png"):
        path.write_bytes(b"")
    assert [_said(finding) for finding in _found(folder)] == [
        ("unreadable", IMAGE, True),
        ("unreadable", "walls/images/sound1.png", True),
    ]


def test_a_picture_without_mask_is_an_orphan(folder: Path):
    (folder / MASK).unlink()
    finding = _only(folder)
    assert _said(finding) == ("orphan-image", IMAGE, True)
    assert (finding.picture, finding.mask) == (IMAGE, None)


def test_a_mask_without_picture_is_an_orphan(folder: Path):
    (folder / IMAGE).unlink()
    finding = _only(folder)
    assert _said(finding) == ("orphan-mask", MASK, True)
    assert (finding.picture, finding.mask) == (None, MASK)


@pytest.mark.parametrize("how", ["cut", "halved", "larger"])
def test_a_mask_of_another_size_is_said_to_be_just_that(folder: Path, photo: DrawnPhoto, how: str):
    mask = _grey(photo.mask)
    other = {"cut": mask[:90], "halved": mask[::2, ::2], "larger": cv2.resize(mask, (336, 240))}[how]
    _save(folder / MASK, np.where(other > 127, np.uint8(255), np.uint8(0)))
    finding = _only(folder)
    assert _said(finding) == ("size-mismatch", MASK, True)
    assert f"{other.shape[1]}×{other.shape[0]}" in finding.detail
    assert f"{WIDTH}×{HEIGHT}" in finding.detail


def test_of_a_noisy_mask_of_another_size_only_the_size_is_said(folder: Path):
    noise = np.random.default_rng(0).random((50, 60)) < 0.1
    _save(folder / MASK, _grey(noise))
    assert _said(_only(folder)) == ("size-mismatch", MASK, True)


@pytest.mark.parametrize("turn", TURNS)
def test_a_mask_that_lies_wrong_is_found_with_the_turn_that_puts_it_right(
    folder: Path, photo: DrawnPhoto, turn
):
    stored = turned(photo.mask, UNDONE_BY[turn])
    _save(folder / MASK, _grey(stored))
    finding = _only(folder)
    kind = "transposed-mask" if turn in ("transpose", "transverse") else "rotated-mask"
    assert _said(finding) == (kind, MASK, False)
    assert finding.turn == turn
    np.testing.assert_array_equal(turned(stored, finding.turn), photo.mask)


@pytest.mark.parametrize(
    ("orientation", "turn"), [(5, "transpose"), (6, "turn-90"), (7, "transverse"), (8, "turn-270")]
)
def test_a_mask_that_was_not_turned_with_its_picture_by_exif_is_certain(
    folder: Path, photo: DrawnPhoto, orientation: int, turn
):
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    (folder / IMAGE).unlink()
    path = "walls/images/case.jpg"
    _save(folder / path, turned(photo.pixels, UNDONE_BY[turn]), quality=95, exif=exif)
    stored = turned(photo.mask, UNDONE_BY[turn])
    _save(folder / MASK, _grey(stored))
    finding = _only(folder)
    assert _said(finding) == ("rotated-mask", MASK, True)
    assert (finding.picture, finding.turn) == (path, turn)
    assert "EXIF" in finding.detail


@pytest.mark.parametrize("orientation", [2, 3, 4, 5, 6, 7, 8])
def test_a_mask_that_fits_the_upright_picture_is_sound(folder: Path, photo: DrawnPhoto, orientation: int):
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    turn = TURNS[orientation - 2]
    (folder / IMAGE).unlink()
    _save(folder / "walls/images/case.jpg", turned(photo.pixels, UNDONE_BY[turn]), quality=95, exif=exif)
    assert _found(folder) == []


def test_swapped_sides_that_nothing_on_the_picture_explains_are_told_without_a_turn(folder: Path):
    _save(folder / MASK, np.zeros((WIDTH, HEIGHT), np.uint8))
    findings = {finding.kind: finding for finding in _found(folder)}
    assert set(findings) == {"empty-positive", "transposed-mask"}
    assert findings["transposed-mask"].turn is None
    assert not findings["transposed-mask"].certain


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "CMYK"])
def test_a_mask_with_more_than_a_grey_channel_is_multichannel(folder: Path, photo: DrawnPhoto, mode: str):
    picture = Image.fromarray(_grey(photo.mask))
    path = MASK
    if mode == "CMYK":
        (folder / MASK).unlink()
        path = "walls/masks/case.tif"
    picture.convert(mode).save(folder / path)
    assert _said(_only(folder)) == ("multichannel-mask", path, True)


def test_a_mask_of_one_bit_is_sound(folder: Path, photo: DrawnPhoto):
    Image.fromarray(photo.mask).save(folder / MASK)
    assert _found(folder) == []


def test_a_mask_of_class_numbers_is_sound(folder: Path, photo: DrawnPhoto):
    _save(folder / MASK, _grey(photo.mask, 1))
    assert _found(folder) == []


def test_a_mask_of_16_bit_white_is_sound(folder: Path, photo: DrawnPhoto):
    _save(folder / MASK, photo.mask.astype(np.uint16) * np.uint16(65535))
    assert _found(folder) == []


def test_a_16_bit_mask_of_class_numbers_is_not_called_empty(folder: Path, photo: DrawnPhoto):
    _save(folder / MASK, photo.mask.astype(np.uint16))
    assert "empty-positive" not in {finding.kind for finding in _found(folder)}


def test_a_mask_with_grey_edges_is_not_binary(folder: Path, photo: DrawnPhoto):
    soft = cv2.GaussianBlur(_grey(photo.mask), (3, 3), 0)
    _save(folder / MASK, soft)
    finding = _only(folder)
    assert _said(finding) == ("non-binary-mask", MASK, True)
    assert finding.detail == "has values between black and white"


def test_a_mask_saved_as_grey_jpeg_is_not_binary(folder: Path, photo: DrawnPhoto):
    (folder / MASK).unlink()
    _save(folder / "walls/masks/case.jpg", _grey(photo.mask), quality=80)
    assert _said(_only(folder)) == ("non-binary-mask", "walls/masks/case.jpg", True)


def test_a_mask_of_two_other_values_is_not_binary(folder: Path, photo: DrawnPhoto):
    _save(folder / MASK, _grey(photo.mask, 200))
    finding = _only(folder)
    assert _said(finding) == ("non-binary-mask", MASK, True)
    assert finding.detail == "has two values that are not 0 and 255"


def test_a_mask_whose_background_is_white_is_inverted(folder: Path, photo: DrawnPhoto):
    _save(folder / MASK, _grey(~photo.mask))
    finding = _only(folder)
    assert _said(finding) == ("inverted-mask", MASK, True)
    share = f"{1 - photo.mask.mean():.0%}"
    assert finding.detail.startswith(share)


def test_a_mask_that_is_white_by_a_smaller_share_is_only_judged_inverted(folder: Path):
    pixels = np.full((HEIGHT, WIDTH, 3), 190, np.uint8)
    noise = np.random.default_rng(1).integers(-20, 21, (HEIGHT, WIDTH, 1))
    dark = np.zeros((HEIGHT, WIDTH), bool)
    dark[:, 10:70] = True  # 36 %
    _save(folder / IMAGE, np.where(dark[..., np.newaxis], pixels // 4, pixels + noise).astype(np.uint8))
    _save(folder / MASK, _grey(~dark))
    assert ("inverted-mask", MASK, False) in [_said(finding) for finding in _found(folder)]


def test_a_mask_with_a_transparent_background_is_not_called_inverted(folder: Path, photo: DrawnPhoto):
    _save(folder / MASK, np.dstack([_grey(photo.mask)] * 4))  # white where opaque, as paint programs save it
    assert _said(_only(folder)) == ("multichannel-mask", MASK, True)


def _class_set(folder: Path, half: str, mask: np.ndarray) -> str:
    """Add a set of classes with masks, a cracked picture ``case`` in `half`; return the path of its mask."""
    for number, name in ((7, "Positive"), (8, "Negative")):
        other = _drawn(number, int(name == "Positive"))
        _save(folder / f"Concrete/{name}/Images/sound.jpg", other.pixels)
        _save(folder / f"Concrete/{name}/Masks/sound.png", _grey(other.mask))
    _save(folder / f"Concrete/{half}/Images/case.jpg", _cracked_tile().pixels)
    _save(folder / f"Concrete/{half}/Masks/case.png", _grey(mask))
    return f"Concrete/{half}/Masks/case.png"


def _cracked_tile() -> DrawnPhoto:
    return _drawn(9)


def test_a_crack_in_the_mask_of_a_negative_is_named(folder: Path):
    mask = _cracked_tile().mask
    path = _class_set(folder, "Negative", mask)
    finding = _only(folder)
    assert _said(finding) == ("crack-in-negative", path, True)
    assert f"{mask.mean():.2%}" in finding.detail


def test_an_empty_mask_of_a_negative_is_sound(folder: Path):
    _class_set(folder, "Negative", np.zeros((HEIGHT, WIDTH), bool))
    assert _found(folder) == []


def test_an_empty_mask_of_a_positive_is_certain(folder: Path):
    path = _class_set(folder, "Positive", np.zeros((HEIGHT, WIDTH), bool))
    assert _said(_only(folder)) == ("empty-positive", path, True)


def test_a_picture_of_a_positive_class_without_mask_is_an_orphan(folder: Path):
    path = _class_set(folder, "Positive", _cracked_tile().mask)
    (folder / path).unlink()
    assert _said(_only(folder)) == ("orphan-image", "Concrete/Positive/Images/case.jpg", True)


def test_an_empty_mask_of_a_pair_is_only_suspected(folder: Path):
    _save(folder / MASK, np.zeros((HEIGHT, WIDTH), np.uint8))
    assert _said(_only(folder)) == ("empty-positive", MASK, False)


def test_classes_without_any_masks_lack_none(tmp_path: Path):
    for number, half in enumerate(("Positive", "Positive", "Negative")):
        drawn = draw_photo(height=80, width=80, seed=number, cracks=int(half == "Positive"))
        _save(tmp_path / f"metu/{half}/{number}.jpg", drawn.pixels)
    assert _found(tmp_path) == []


def test_a_noncrack_set_lacks_no_masks(tmp_path: Path):
    _save(tmp_path / "noncrack/images/1.jpg", draw_photo(height=80, width=80, seed=1, cracks=0).pixels)
    assert _found(tmp_path) == []


def _with_specks(mask: np.ndarray, count: int) -> np.ndarray:
    """Add specks of 2 × 2 px, each far from the crack and from each other."""
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    spoilt = mask.copy()
    for _ in range(count):
        y, x = np.argwhere(away[:-1, :-1] > 14)[0]
        spoilt[y : y + 2, x : x + 2] = True
        away[max(0, y - 6) : y + 7, max(0, x - 6) : x + 7] = 0
    return spoilt


def test_a_mask_with_many_lone_specks_is_noisy(folder: Path, photo: DrawnPhoto):
    _save(folder / MASK, _grey(_with_specks(photo.mask, 8)))
    finding = _only(folder)
    assert _said(finding) == ("speckle", MASK, True)
    assert finding.detail == "has 8 lone specks and 0 pinholes"


def test_a_few_specks_are_borne(folder: Path, photo: DrawnPhoto):
    _save(folder / MASK, _grey(_with_specks(photo.mask, 7)))
    assert _found(folder) == []


def test_a_mask_much_wider_than_its_crack_is_fat(folder: Path, photo: DrawnPhoto):
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (19, 19))
    _save(folder / MASK, cv2.dilate(_grey(photo.mask), disc))
    assert _said(_only(folder)) == ("fat-mask", MASK, False)


def _coco(folder: Path, *, width: int = WIDTH) -> Path:
    """Draw two pictures whose cracks a COCO file outlines much too wide."""
    images, annotations = [], []
    for number in (1, 2):
        _save(folder / f"images/{number}.png", _drawn(number).pixels)
        wide = cv2.dilate(_grey(_drawn(number).mask), np.ones((19, 19), np.uint8))
        outline = max(cv2.findContours(wide, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0], key=len)
        images.append({"id": number, "file_name": f"{number}.png", "width": width, "height": HEIGHT})
        ring = outline.ravel().tolist()
        annotations.append({"id": number, "image_id": number, "category_id": 1, "segmentation": [ring]})
    categories = [{"id": 1, "name": "crack"}]
    document = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "cracks.json").write_text(json.dumps(document))
    return folder


def test_every_fat_mask_of_an_annotation_file_is_named(tmp_path: Path):
    found = _found(_coco(tmp_path))
    assert [(finding.kind, finding.picture) for finding in found] == [
        ("fat-mask", "images/1.png"),
        ("fat-mask", "images/2.png"),
    ]
    assert len({finding.key for finding in found}) == 2


def test_every_mask_of_another_size_in_an_annotation_file_is_named(tmp_path: Path):
    assert [finding.picture for finding in _found(_coco(tmp_path, width=90))] == [
        "images/1.png",
        "images/2.png",
    ]


def test_every_missing_picture_of_an_annotation_file_is_an_orphan(tmp_path: Path):
    folder = _coco(tmp_path)
    for number in (1, 2):
        (folder / f"images/{number}.png").unlink()
    _save(folder / "images/3.png", _drawn(3).pixels)
    assert [finding.kind for finding in _found(folder)].count("orphan-mask") == 2


def test_a_copy_is_a_duplicate(folder: Path):
    for kind in ("images", "masks"):
        (folder / f"walls/{kind}/copy.png").write_bytes((folder / f"walls/{kind}/case.png").read_bytes())
    finding = _only(folder)
    assert _said(finding) == ("duplicate", "walls/images/copy.png", True)
    assert (finding.other, finding.mask) == (IMAGE, "walls/masks/copy.png")


def test_a_turned_and_recompressed_copy_is_a_near_duplicate(folder: Path, photo: DrawnPhoto):
    _save(folder / "walls/images/copy.jpg", turned(photo.pixels, "turn-90"), quality=70)
    _save(folder / "walls/masks/copy.png", _grey(turned(photo.mask, "turn-90")))
    finding = _only(folder)
    assert _said(finding) == ("near-duplicate", "walls/images/copy.jpg", False)
    assert finding.other == IMAGE
    assert "turned by 90° to the right" in finding.detail


def test_two_cuts_of_a_photo_in_two_halves_are_a_leak(tmp_path: Path):
    for number, half in ((1, "train"), (2, "test")):
        drawn = _drawn(number)
        _save(tmp_path / f"walls/{half}/images/11289-{number}.png", drawn.pixels)
        _save(tmp_path / f"walls/{half}/masks/11289-{number}.png", _grey(drawn.mask))
    finding = _only(tmp_path)
    assert _said(finding) == ("split-leak", "walls/test/images/11289-2.png", False)
    assert finding.other == "walls/train/images/11289-1.png"


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (2, 2)])
def test_pictures_of_any_size_are_audited(folder: Path, size: tuple[int, int]):
    rng = np.random.default_rng(0)
    _save(folder / IMAGE, rng.integers(0, 256, (*size, 3), np.uint8))
    _save(folder / MASK, np.zeros(size, np.uint8))
    assert _said(_only(folder)) == ("empty-positive", MASK, False)


def test_names_of_any_bytes_are_shown_printable(folder: Path):
    for kind in ("images", "masks"):
        (folder / f"walls/{kind}/case.png").rename(folder / f"walls/{kind}/a\nb\udcff.png")
    (folder / "walls/images/a\nb\udcff.png").write_bytes(b"")
    finding = _only(folder)
    assert _said(finding) == ("unreadable", r"walls/images/a\nb\udcff.png", True)
    finding.detail.encode("utf-8")


def test_a_named_pipe_is_unreadable(folder: Path):
    (folder / IMAGE).unlink()
    os.mkfifo(folder / IMAGE)
    assert _said(_only(folder)) == ("unreadable", IMAGE, True)
