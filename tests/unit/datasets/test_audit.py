import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crackscope.datasets.audit.audit import audit
from crackscope.datasets.audit.result import SCHEMA, SCHEMA_VERSION
from crackscope.datasets.finding import KINDS
from crackscope.datasets.layouts import list_entries
from crackscope.datasets.turns import turned
from crackscope.imaging.synthetic import draw_photo
from crackscope.version import __version__


def _save(path: Path, pixels: np.ndarray, **options) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)


def _grey(mask: np.ndarray) -> np.ndarray:
    return np.asarray(mask).astype(np.uint8) * np.uint8(255)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sets of 20 pictures with faults of many kinds; no test may change it."""
    root = tmp_path_factory.mktemp("faulty")
    for number in range(20):
        half = "train" if number % 3 else "test"
        home = root / ("walls" if number < 14 else "roads") / half
        photo = draw_photo(height=96, width=128, seed=number, cracks=1)
        mask = _grey(photo.mask)
        if number == 3:
            mask = 255 - mask
        elif number == 4:
            mask = turned(mask, "transpose")
        elif number == 5:
            mask = mask[:40]
        _save(home / f"images/{number // 2}-{number % 2}.jpg", photo.pixels, quality=92)
        if number != 6:
            _save(home / f"masks/{number // 2}-{number % 2}.png", mask)
    (root / "walls/train/images/0-1.jpg").write_bytes(b"")
    shutil.copy(root / "walls/train/images/1-0.jpg", root / "walls/test/images/copy.jpg")
    shutil.copy(root / "walls/train/masks/1-0.png", root / "walls/test/masks/copy.png")
    return root


def _hashes(root: Path) -> dict[str, str]:
    """Hash, times and mode of every file and folder."""
    found = {}
    for path in [root, *sorted(root.rglob("*"))]:
        status = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path)] = f"{content} {status.st_mtime_ns} {status.st_mode}"
    return found


def test_a_document_has_these_keys_and_is_json(faulty: Path):
    document = audit(list_entries(faulty)).to_document()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert set(document) == {
        "schema",
        "schema_version",
        "crackscope_version",
        "folder",
        "layouts",
        "pictures",
        "sets",
        "notes",
        "findings",
    }
    assert (document["schema"], document["schema_version"]) == (SCHEMA, SCHEMA_VERSION)
    assert (document["crackscope_version"], document["folder"]) == (__version__, str(faulty))
    assert (document["layouts"], document["pictures"], document["notes"]) == (["pairs"], 21, [])
    for each in document["sets"]:
        assert set(each) == {"name", "pictures", "masks", "mask_factor", "mask_margin_px"}
    for finding in document["findings"]:
        assert {"path", "kind", "certain", "detail"} <= set(finding)
        assert set(finding) <= {"path", "kind", "certain", "detail", "picture", "mask", "other", "turn"}


def test_the_planted_faults_are_found(faulty: Path):
    found = {(finding.kind, finding.path) for finding in audit(list_entries(faulty)).findings}
    assert found >= {
        ("unreadable", "walls/train/images/0-1.jpg"),
        ("orphan-image", "walls/test/images/3-0.jpg"),
        ("size-mismatch", "walls/train/masks/2-1.png"),
        ("transposed-mask", "walls/train/masks/2-0.png"),
        ("inverted-mask", "walls/test/masks/1-1.png"),
        ("duplicate", "walls/train/images/1-0.jpg"),
        ("split-leak", "walls/test/images/copy.jpg"),
        ("split-leak", "walls/test/images/0-0.jpg"),
    }


def test_findings_are_sorted_by_kind_and_path(faulty: Path):
    findings = audit(list_entries(faulty)).findings
    order = [(KINDS.index(finding.kind), finding.path) for finding in findings]
    assert order == sorted(order)
    assert len({finding.key for finding in findings}) == len(findings)


def test_any_number_of_workers_finds_the_same(faulty: Path):
    listing = list_entries(faulty)
    one = audit(listing, workers=1)
    assert audit(listing, workers=4) == one
    assert audit(listing, workers=40) == one
    assert audit(listing) == one


def test_sets_are_counted_by_themselves(faulty: Path):
    roads, walls = audit(list_entries(faulty)).sets
    assert (roads.name, roads.pictures, roads.masks) == ("roads", 6, 6)
    assert (walls.name, walls.pictures, walls.masks) == ("walls", 15, 14)
    assert roads.mask_factor == pytest.approx(1, abs=0.2)  # they were drawn tight
    assert roads.mask_margin_px == pytest.approx(0, abs=1)


def test_the_dataset_is_not_touched(faulty: Path, tmp_path: Path):
    before = _hashes(faulty)
    audit(list_entries(faulty), cache_folder=tmp_path / "cache")
    assert _hashes(faulty) == before


def test_progress_is_told_for_every_entry(faulty: Path):
    listing = list_entries(faulty)
    calls: list[None] = []
    audit(listing, progress=lambda: calls.append(None))
    assert len(calls) == len(listing.entries)


def test_alike_pictures_are_listed_in_pairs(faulty: Path):
    assert ("walls/test/images/copy.jpg", "walls/train/images/1-0.jpg") in {
        tuple(sorted(pair)) for pair in audit(list_entries(faulty)).alike
    }


def test_notes_of_the_listing_are_handed_on(faulty: Path, tmp_path: Path):
    shutil.copytree(faulty, tmp_path / "faulty")
    (tmp_path / "faulty/zzz").symlink_to("walls")
    result = audit(list_entries(tmp_path / "faulty"))
    assert len(result.notes) == 1
    assert result.to_document()["notes"] == list(result.notes)


def test_a_dataset_without_masks_is_audited(tmp_path: Path):
    for number in range(3):
        _save(tmp_path / f"metu/Negative/{number}.jpg", draw_photo(height=60, width=60, seed=number).pixels)
    result = audit(list_entries(tmp_path))
    assert (result.findings, result.pictures) == ((), 3)
    assert [(each.mask_factor, each.masks) for each in result.sets] == [(None, 0)]


def test_masks_alone_beside_an_unreadable_picture_are_audited(tmp_path: Path):
    _save(tmp_path / "images/a.png", np.zeros((20, 20), np.uint8))
    (tmp_path / "images/a.png").write_bytes(b"")
    _save(tmp_path / "masks/b.png", np.zeros((20, 20), np.uint8))
    kinds = [finding.kind for finding in audit(list_entries(tmp_path)).findings]
    assert kinds[:3] == ["unreadable", "orphan-image", "orphan-mask"]


def test_a_document_with_names_of_any_bytes_can_be_written(tmp_path: Path):
    photo = draw_photo(height=60, width=80, seed=1, cracks=1)
    _save(tmp_path / "walls/images/two\nlines\udcff.png", photo.pixels)
    result = audit(list_entries(tmp_path))
    assert [finding.path for finding in result.findings] == [r"walls/images/two\nlines\udcff.png"]
    json.dumps(result.to_document(), ensure_ascii=False).encode("utf-8")


def test_a_document_with_a_set_named_by_any_bytes_can_be_written(tmp_path: Path):
    photo = draw_photo(height=60, width=80, seed=1, cracks=1)
    _save(tmp_path / "walls\udcff/images/a.png", photo.pixels)
    document = audit(list_entries(tmp_path)).to_document()
    json.dumps(document, ensure_ascii=False).encode("utf-8")


def _part_of(source: Path, target: Path, count: int) -> Path:
    """Link `count` of the pairs of a real set, spread over it, into a set of the same name."""
    names = sorted(path.name for path in (source / "images").iterdir())
    for name in names[:: max(1, len(names) // count)][:count]:
        stem = Path(name).stem
        for kind in ("images", "masks"):
            (target / source.name / kind).mkdir(parents=True, exist_ok=True)
            for path in (source / kind).glob(f"{stem}.*"):
                (target / source.name / kind / path.name).symlink_to(path)
    return target


def test_real_tight_masks_have_no_certain_finding(shared_data: Path, tmp_path: Path):
    result = audit(list_entries(_part_of(shared_data / "deepcrack_train", tmp_path, 60)))
    assert result.pictures == 60
    assert [finding for finding in result.findings if finding.certain] == []
    assert result.sets[0].mask_factor is not None
    assert result.sets[0].mask_factor < 1.6


@pytest.mark.parametrize("name", ["rissbilder", "volker"])
def test_real_fat_masks_are_told_by_their_median_factor(shared_data: Path, tmp_path: Path, name: str):
    (summary,) = audit(list_entries(_part_of(shared_data / name, tmp_path, 30))).sets
    assert (summary.pictures, summary.masks) == (30, 30)
    assert summary.mask_factor is not None
    assert summary.mask_factor > 2


def test_the_photo_that_both_halves_of_deepcrack_were_cut_from_is_a_leak(shared_data: Path, tmp_path: Path):
    for half in ("deepcrack_train", "deepcrack_test"):
        for path in (shared_data / half / "images").glob("11289*"):
            for kind in ("images", "masks"):
                (tmp_path / half / kind).mkdir(parents=True, exist_ok=True)
                for file in (shared_data / half / kind).glob(f"{path.stem}.*"):
                    (tmp_path / half / kind / file.name).symlink_to(file)
    leaks = [f for f in audit(list_entries(tmp_path)).findings if f.kind == "split-leak"]
    held_out = {path.name for path in (tmp_path / "deepcrack_test/images").iterdir()}
    assert held_out
    assert {Path(leak.path).name for leak in leaks} == held_out
    assert all("11289" in leak.detail and leak.path.startswith("deepcrack_test/") for leak in leaks)


def test_a_class_with_images_but_without_masks_lacks_them(tmp_path: Path):
    _save(
        tmp_path / "Concrete/Positive/Images/a.png", draw_photo(height=60, width=80, seed=1, cracks=1).pixels
    )
    (tmp_path / "Concrete/Positive/Msks").mkdir()
    (finding,) = audit(list_entries(tmp_path)).findings
    assert (finding.kind, finding.certain) == ("orphan-image", True)
