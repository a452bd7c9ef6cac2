import errno
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from PIL import Image
from pycocotools.coco import COCO

from crackscope.datasets import find_samples, read_mask, read_picture
from crackscope.datasets.convert import ConvertResult, convert
from crackscope.datasets.layouts import list_entries
from crackscope.errors import CrackscopeError, DatasetError
from crackscope.imaging.encode import write_jpeg, write_png
from crackscope.imaging.synthetic import draw_photo

# pycocotools is older than NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

HEIGHT, WIDTH = 97, 131


def _mask(path: Path, mask) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), mask.astype(np.uint8) * 255)


def _photo(path: Path, seed: int, cracks: int | None = None):
    path.parent.mkdir(parents=True, exist_ok=True)
    photo = draw_photo(height=HEIGHT, width=WIDTH, seed=seed, cracks=cracks)
    (write_jpeg if path.suffix == ".jpg" else write_png)(path, photo.pixels)
    return photo.mask


def _holes():
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[10:40, 20:70] = mask[0, :5] = mask[-1, -3:] = True
    mask[15:20, 30:60] = mask[30, 25] = mask[31, 26] = mask[10, 65] = False
    mask[16:18, 40:50] = True
    mask |= np.pad(np.eye(30, dtype=bool), ((60, HEIGHT - 90), (80, WIDTH - 110)))
    return mask


@pytest.fixture
def walls(tmp_path: Path) -> Path:
    """A dataset of two sets in halves: drawn cracks, holes, an empty mask, crack-free pictures."""
    root = tmp_path / "source"
    for number, half in enumerate(("train", "validation", "test")):
        mask = _photo(root / f"walls/{half}/images/{number}.jpg", number)
        _mask(root / f"walls/{half}/masks/{number}.png", mask)
    _photo(root / "walls/train/images/holes.png", 7)
    _mask(root / "walls/train/masks/holes.png", _holes())
    _photo(root / "walls/train/images/empty.jpg", 8, cracks=0)
    _mask(root / "walls/train/masks/empty.png", np.zeros((HEIGHT, WIDTH)))
    _photo(root / "noncrack_floor/images/free.jpg", 9, cracks=0)
    return root


@pytest.fixture
def unparted(tmp_path: Path) -> Path:
    """A dataset of one set in no halves."""
    for number in range(3):
        _mask(
            tmp_path / f"plain/s/masks/{number}.png",
            _photo(tmp_path / f"plain/s/images/{number}.jpg", number),
        )
    return tmp_path / "plain"


def _truth(root: Path) -> dict[str, tuple[str, bytes]]:
    """For each picture, by its bytes: its set and its mask."""
    truth = {}
    for sample in find_samples([root]):
        height, width = read_picture(sample).shape[:2]
        mask = read_mask(sample, height=height, width=width)
        truth[hashlib.sha256(sample.image.read_bytes()).hexdigest()] = (sample.set_name, mask.tobytes())
    return truth


def _parts(root: Path) -> dict[str, str | None]:
    return {sample.image.stem: sample.part for sample in find_samples([root])}


def _convert(source: Path, target: Path, to, **more) -> ConvertResult:
    return convert(list_entries(source), target, to=to, **more)


@pytest.mark.parametrize("to", ["pairs", "coco", "yolo"])
def test_masks_and_pictures_come_through_there_and_back_bit_for_bit(walls: Path, tmp_path: Path, to):
    there = _convert(walls, tmp_path / "there", to)
    back = _convert(tmp_path / "there", tmp_path / "back", "pairs")
    assert _truth(tmp_path / "there") == _truth(walls)
    assert _truth(tmp_path / "back") == _truth(walls)
    assert (there.pictures, there.cracked, there.failures) == (6, 4, ())
    assert (back.pictures, back.cracked, back.cracks) == (6, 4, there.cracks)


@pytest.mark.parametrize("to", ["pairs", "coco", "yolo"])
def test_halves_come_through(walls: Path, tmp_path: Path, to):
    _convert(walls, tmp_path / "there", to)
    parts = _parts(walls)
    if to == "yolo":
        parts["free"] = "train"  # there is no place for pictures of no half
    assert _parts(tmp_path / "there") == parts


def test_the_coco_tools_read_the_very_masks(walls: Path, tmp_path: Path):
    _convert(walls, tmp_path / "there", "coco")
    truth = _truth(walls)
    seen = 0
    for path in sorted((tmp_path / "there").glob("*.json")):
        coco = COCO(path)
        for image in coco.imgs.values():
            mask = np.zeros((image["height"], image["width"]), bool)
            for annotation in coco.loadAnns(coco.getAnnIds(imgIds=image["id"])):
                own = coco.annToMask(annotation).astype(bool)
                rows, columns = np.nonzero(own)
                left, top = columns.min(), rows.min()
                box = [left, top, columns.max() - left + 1, rows.max() - top + 1]
                assert (annotation["area"], annotation["bbox"]) == (own.sum(), box)
                assert not (mask & own).any()
                mask |= own
            data = (path.parent / image["file_name"]).read_bytes()
            assert truth[hashlib.sha256(data).hexdigest()][1] == mask.tobytes()
            seen += 1
    assert seen == 6


def test_coco_has_a_document_for_each_half_or_one_for_all(walls: Path, unparted: Path, tmp_path: Path):
    _convert(walls, tmp_path / "halves", "coco")
    _convert(unparted, tmp_path / "whole", "coco")
    names = [sorted(path.name for path in (tmp_path / name).glob("*.json")) for name in ("halves", "whole")]
    assert names == [["annotations.json", "test.json", "train.json", "validation.json"], ["annotations.json"]]
    document = json.loads((tmp_path / "whole/annotations.json").read_text())
    assert document["categories"] == [{"id": 1, "name": "crack", "supercategory": "damage"}]
    assert [image["file_name"] for image in document["images"]] == [f"images/s/{n}.jpg" for n in range(3)]


def test_yolo_names_halves_that_are_there(walls: Path, unparted: Path, tmp_path: Path):
    _convert(walls, tmp_path / "halves", "yolo")
    _convert(unparted, tmp_path / "whole", "yolo")
    halves, whole = (yaml.safe_load((tmp_path / n / "data.yaml").read_text()) for n in ("halves", "whole"))
    places = {"train": "train/images", "val": "val/images", "test": "test/images"}
    assert halves == {**places, "names": {0: "crack"}}
    assert whole == {"train": "train/images", "val": "train/images", "names": {0: "crack"}}
    assert (tmp_path / "halves/train/labels/walls/empty.txt").read_bytes() == b""


def test_masks_are_grey_pictures_of_two_values(unparted: Path, tmp_path: Path):
    _convert(unparted, tmp_path / "there", "pairs")
    mask = Image.open(tmp_path / "there/s/masks/0.png")
    assert (mask.mode, {value for _, value in mask.getcolors()}) == ("L", {0, 255})


def test_the_source_is_left_as_it_was(walls: Path, tmp_path: Path):
    def state():
        return {
            path: (path.stat().st_mtime_ns, path.is_dir() or path.read_bytes()) for path in walls.rglob("*")
        }

    before = state()
    for to in ("pairs", "coco", "yolo"):
        _convert(walls, tmp_path / to, to)
    assert state() == before


def test_cracks_of_annotations_stay_as_they_are(tmp_path: Path):
    _photo(tmp_path / "source/images/a.jpg", 1)
    two_parts = [[2, 2, 6, 2, 6, 6, 2, 6], [20, 20, 30, 20, 30, 30, 20, 30]]
    touching = [[6, 2, 9, 2, 9, 6, 6, 6]]
    document = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "annotations": [
            {"id": n, "image_id": 1, "category_id": 1, "segmentation": rings}
            for n, rings in enumerate((two_parts, touching), start=1)
        ],
        "categories": [{"id": 1, "name": "crack"}],
    }
    (tmp_path / "source/annotations.json").write_text(json.dumps(document))
    for to in ("coco", "yolo"):
        assert _convert(tmp_path / "source", tmp_path / to, to).cracks == 2
        assert _convert(tmp_path / to, tmp_path / f"{to}-again", "coco").cracks == 2
        (entry,) = list_entries(tmp_path / f"{to}-again").entries
        areas = [int(mask.sum()) for mask in entry.mask.read_cracks(height=HEIGHT, width=WIDTH)]
        assert areas == [116, 12]


def test_pictures_of_one_name_get_numbers(tmp_path: Path):
    homes = [f"{above}/walls/{half}" for above in "ab" for half in ("train", "test")]
    for seed, home in enumerate(homes):
        mask = _photo(tmp_path / "source" / home / "images/x.jpg", seed)
        _mask(tmp_path / "source" / home / "masks/x.png", mask)
    listing = list_entries(tmp_path / "source")
    for to in ("pairs", "coco", "yolo"):
        assert convert(listing, tmp_path / to, to=to).pictures == 4
        assert len(_truth(tmp_path / to)) == 4
    assert sorted(p.name for p in (tmp_path / "coco/images/walls").iterdir()) == ["x-2.jpg", "x.jpg"]
    assert sorted(p.name for p in (tmp_path / "coco/images").iterdir()) == ["walls", "walls-2"]


def test_crack_free_classes_become_sets_without_masks(tmp_path: Path):
    _photo(tmp_path / "metu/Negative/1.jpg", 1, cracks=0)
    _photo(tmp_path / "metu/Positive/2.jpg", 2)
    result = _convert(tmp_path / "metu", tmp_path / "there", "pairs")
    assert [p.relative_to(tmp_path / "there").as_posix() for p in (tmp_path / "there").rglob("*.*")] == [
        "noncrack_metu/images/1.jpg"
    ]
    assert len(result.failures) == 1
    assert "2.jpg: nobody says where its cracks are; add a mask for it." in result.failures[0]


def test_what_cannot_be_converted_is_named_and_the_rest_goes_on(unparted: Path, tmp_path: Path):
    images, masks = unparted / "s/images", unparted / "s/masks"
    (images / "broken.jpg").write_bytes((images / "0.jpg").read_bytes()[:500])
    shutil.copy(masks / "0.png", masks / "broken.png")
    shutil.copy(images / "0.jpg", images / "small.jpg")
    _mask(masks / "small.png", np.ones((5, 6)))
    shutil.copy(images / "0.jpg", images / "unread.jpg")
    (masks / "unread.png").write_bytes(b"nothing")
    shutil.copy(masks / "0.png", masks / "alone.png")
    shutil.copy(images / "0.jpg", images / "unknown.jpg")
    done = []
    result = _convert(unparted, tmp_path / "there", "coco", progress=done.append)
    assert (result.pictures, len(done), len(_truth(tmp_path / "there"))) == (3, 8, 3)
    for part in (
        "s/images/broken.jpg: ",
        "small.png: is 6×5 but its picture is 131×97",
        "unread.png: ",
        "alone.png: has no picture; add it or remove the mask.",
        "unknown.jpg: nobody says where its cracks are",
    ):
        assert len([failure for failure in result.failures if part in failure]) == 1, part


def test_a_picture_that_an_annotation_lists_but_is_not_there_is_named(unparted: Path, tmp_path: Path):
    _convert(unparted, tmp_path / "coco", "coco")
    (tmp_path / "coco/images/s/1.jpg").unlink()
    result = _convert(tmp_path / "coco", tmp_path / "there", "pairs")
    assert result.pictures == 2
    assert result.failures[0].endswith(
        "annotations.json: the picture images/s/1.jpg is not there; add it or remove its annotations."
    )


def test_a_picture_that_would_not_be_found_again_is_named(tmp_path: Path):
    for name in ("a", "b"):
        _photo(tmp_path / f"source/{name}.jpg", 1)
    (tmp_path / "source/b.jpg").rename(tmp_path / "source/b")
    images = [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b"}]
    document = {"images": images, "annotations": [], "categories": []}
    (tmp_path / "source/coco.json").write_text(json.dumps(document))
    result = _convert(tmp_path / "source", tmp_path / "there", "pairs")
    assert result.pictures == 1
    assert "source/b: is not named as a picture; give it a suffix" in result.failures[0]


def test_a_turned_photo_keeps_its_bytes_and_its_upright_mask(tmp_path: Path):
    mask = np.zeros((60, 40), bool)
    mask[5:50, 3:6] = True
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "source/s/images/a.jpg"
    path.parent.mkdir(parents=True)
    Image.new("RGB", (60, 40), "grey").save(path, exif=exif)
    _mask(tmp_path / "source/s/masks/a.png", mask)
    for to in ("pairs", "coco", "yolo"):
        _convert(tmp_path / "source", tmp_path / to, to)
        assert _truth(tmp_path / to) == _truth(tmp_path / "source")


def test_nothing_is_written_into_a_folder_that_holds_something(unparted: Path, tmp_path: Path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there/note.txt").touch()
    with pytest.raises(CrackscopeError, match="there: is not empty; choose a new folder"):
        _convert(unparted, tmp_path / "there", "coco")
    with pytest.raises(CrackscopeError, match=r"note\.txt: is a file; choose a new folder"):
        _convert(unparted, tmp_path / "there/note.txt", "coco")
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["note.txt"]


def test_an_empty_folder_is_used(unparted: Path, tmp_path: Path):
    (tmp_path / "there").mkdir()
    assert _convert(unparted, tmp_path / "there", "pairs").pictures == 3


def test_nothing_is_written_into_the_source(unparted: Path):
    for target in (unparted, unparted / "s/new"):
        with pytest.raises(CrackscopeError, match="lies in the dataset that is converted"):
            _convert(unparted, target, "coco")


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _broken(*_: object) -> None:
    raise RuntimeError("broken")


def _stopped(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (_full, (CrackscopeError, r"there: cannot be written \(no space left on device\); make room")),
        (_broken, (RuntimeError, "broken")),
        (_stopped, (KeyboardInterrupt, None)),
    ],
)
@pytest.mark.parametrize("to", ["pairs", "coco", "yolo"])
def test_whatever_goes_wrong_nothing_is_left(
    unparted: Path, monkeypatch: pytest.MonkeyPatch, to, trouble: Callable[..., None], expected
):
    before = sorted(unparted.parent.iterdir())
    monkeypatch.setattr(f"crackscope.datasets.convert.{to}_writer.write_file", trouble)
    error, said = expected
    with pytest.raises(error, match=said):
        _convert(unparted, unparted.parent / "there", to)
    assert sorted(unparted.parent.iterdir()) == before


def test_a_dataset_of_which_nothing_can_be_converted_leaves_no_folder(tmp_path: Path):
    _photo(tmp_path / "metu/Positive/2.jpg", 2)
    with pytest.raises(DatasetError, match=r"metu: no picture can be converted; the first one: .*2\.jpg"):
        _convert(tmp_path / "metu", tmp_path / "there", "yolo")
    assert [path.name for path in tmp_path.iterdir()] == ["metu"]


def test_an_unknown_format_is_a_mistake_of_the_caller(unparted: Path, tmp_path: Path):
    with pytest.raises(ValueError, match="'voc' is no format to convert to"):
        _convert(unparted, tmp_path / "there", "voc")


def test_a_set_named_like_a_role_is_given_another_name(tmp_path: Path):
    _photo(tmp_path / "labels/a.jpg", 1)
    document = {"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [], "categories": []}
    (tmp_path / "labels/coco.json").write_text(json.dumps(document))
    for to in ("pairs", "coco", "yolo"):
        _convert(tmp_path / "labels", tmp_path / to, to)
        ((name, _),) = _truth(tmp_path / to).values()
        assert name == "set-labels"
