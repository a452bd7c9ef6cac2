import csv
import os
import shutil
from pathlib import Path

import pytest

from crackscope.datasets import Split, find_samples, read_mask, read_picture, split_by_source
from crackscope.datasets.manifest import read_manifest, read_split_csv, write_manifest
from crackscope.datasets.manifest_rows import COLUMNS
from crackscope.datasets.width_bands import Shown
from crackscope.errors import DatasetError
from crackscope.imaging.encode import write_png
from crackscope.imaging.synthetic import draw_photo


@pytest.fixture
def sets(drawn_dataset: Path, tmp_path: Path) -> Path:
    return shutil.copytree(drawn_dataset, tmp_path / "sets")


def _split(sets: Path) -> Split:
    shares = {"drawn": 0.25, "noncrack": 0.25}
    return split_by_source(find_samples([sets]), seed=1, validation_share=0.25, test_shares=shares)


@pytest.fixture
def manifest(sets: Path, tmp_path: Path) -> Path:
    write_manifest(_split(sets), tmp_path / "split.csv", hashed=True)
    return tmp_path / "split.csv"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _change(path: Path, line: int, **cells: str) -> None:
    rows = _rows(path)
    rows[line] |= cells
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def test_what_is_written_is_read_again(sets: Path, manifest: Path):
    samples = read_manifest(manifest)
    before = {s.image: (part, s) for part, own in _split(sets).parts() for s in own}
    assert [s.image for s in samples] == sorted(before)
    for sample in samples:
        part, original = before[sample.image]
        assert (sample.part, sample.settled) == (part, True)
        assert (sample.set_name, sample.source) == (original.set_name, original.source)
        height, width = read_picture(sample).shape[:2]
        same = read_mask(sample, height=height, width=width) == read_mask(
            original, height=height, width=width
        )
        assert same.all()


def test_paths_are_relative_with_forward_slashes_and_rows_sorted(manifest: Path):
    rows = _rows(manifest)
    first = next(row for row in rows if row["set"] == "drawn")
    assert first["picture"].startswith("sets/drawn/images/wall")
    assert first["folder"] == "sets"
    order = {"train": 0, "validation": 1, "test": 2}
    keys = [(order[row["part"]], row["set"], row["picture"]) for row in rows]
    assert keys == sorted(keys)
    assert b"\r" not in manifest.read_bytes()


def test_the_same_split_gives_the_same_bytes(sets: Path, manifest: Path):
    before = manifest.read_bytes()
    write_manifest(_split(sets), manifest, hashed=True)
    assert manifest.read_bytes() == before


def test_dataset_and_manifest_may_move_together(manifest: Path, sets: Path, tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    shutil.move(sets, tmp_path / "elsewhere/sets")
    shutil.move(manifest, tmp_path / "elsewhere/split.csv")
    assert len(read_manifest(tmp_path / "elsewhere/split.csv")) == 22


def test_a_manifest_stands_in_place_of_a_folder(manifest: Path, sets: Path):
    assert {s.part for s in find_samples([manifest])} == {"train", "validation", "test"}
    both = find_samples([manifest, sets])
    assert all(sample.settled for sample in both)
    assert find_samples([sets, manifest]) == both


def test_a_manifest_is_final_for_training(manifest: Path):
    split = split_by_source(find_samples([manifest]), seed=99, validation_share=0.9)
    assert {s.image.name for s in split.train} == {
        Path(row["picture"]).name for row in _rows(manifest) if row["part"] == "train"
    }


def test_pictures_that_were_added_are_not_used(manifest: Path, sets: Path):
    shutil.copy(sets / "noncrack/images/plain00.jpg", sets / "noncrack/images/new.jpg")
    assert len(read_manifest(manifest)) == 22


@pytest.mark.parametrize("changed", ["drawn/images/wall00-0.jpg", "drawn/masks/wall00-0.png"])
def test_a_changed_file_is_named(manifest: Path, sets: Path, changed: str):
    with (sets / changed).open("ab") as file:
        file.write(b"more")
    with pytest.raises(DatasetError, match=rf"{changed}: has changed since split\.csv was made; put the old"):
        read_manifest(manifest)


@pytest.mark.parametrize("gone", ["drawn/images/wall03-1.jpg", "drawn/masks/wall03-1.png"])
def test_a_missing_file_is_named(manifest: Path, sets: Path, gone: str):
    (sets / gone).unlink()
    with pytest.raises(DatasetError, match=rf"{gone}: is missing, and split\.csv names it; put it back"):
        read_manifest(manifest)


def test_a_missing_folder_is_named(manifest: Path, sets: Path):
    shutil.rmtree(sets)
    with pytest.raises(DatasetError, match=r"split\.csv: its pictures are not to be found: .*no such folder"):
        read_manifest(manifest)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"part": "training"}, "line 2: the part is 'training'; write one of train, validation, test"),
        ({"source": ""}, "line 2: source is empty"),
        ({"picture_sha256": "abc"}, "line 2: a hash is not 64 hexadecimal digits"),
        ({"group": "other"}, "is in two groups"),
        ({"part": "test"}, "is in two parts, .*put all of it in one of them"),
        ({"picture": "sets/drawn/../../outside.jpg", "mask": ""}, r"outside\.jpg: is missing"),
    ],
)
def test_a_manifest_that_was_spoilt_by_hand_is_refused(manifest: Path, cells: dict[str, str], said: str):
    assert _rows(manifest)[0]["part"] == "train"
    _change(manifest, 0, **cells)
    with pytest.raises(DatasetError, match=said):
        read_manifest(manifest)


def test_a_picture_named_twice_is_refused(manifest: Path):
    lines = manifest.read_text("utf-8").splitlines(keepends=True)
    manifest.write_text("".join([*lines, lines[-1]]), "utf-8")
    with pytest.raises(DatasetError, match="twice"):
        read_manifest(manifest)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no split"),
        (b"a;b\n", "is no split"),
        (b"part,set,source,picture\n", "is no split, or an earlier version's"),
        (",".join(COLUMNS).encode() + b"\n", "names no picture"),
        (",".join(COLUMNS).encode() + b"\ntrain,a\n", "line 2: has 2 columns instead of 11"),
        (",".join(COLUMNS).encode() + b'\n"train', "line 2: is no CSV"),
        (b"\0\0", "is no text"),
    ],
)
def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path, content: bytes, said: str):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(DatasetError, match=rf"x\.csv.*{said}"):
        find_samples([tmp_path / "x.csv"])


def test_a_manifest_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(DatasetError, match=r"x\.csv: no such file; make it with 'crackscope data split'"):
        find_samples([tmp_path / "x.csv"])


def test_what_masks_show_is_written_where_it_is_known(sets: Path, tmp_path: Path):
    split = _split(sets)
    shown = {s.image: Shown(True, 4.0) for _, own in split.parts() for s in own if s.mask}
    write_manifest(split, tmp_path / "split.csv", shown=shown)
    seen = {(row["set"], row["cracked"], row["width_band"]) for row in _rows(tmp_path / "split.csv")}
    assert seen == {("drawn", "yes", "3 to 6 px"), ("noncrack", "no", "")}


def test_masks_are_read_by_the_layout_that_the_manifest_was_made_with(tmp_path: Path):
    """Pictures with both YOLO labels and mask files: the mask's file tells which is meant."""
    for role in ("images", "labels", "masks"):
        (tmp_path / "s" / role).mkdir(parents=True)
    photo = draw_photo(height=64, width=64, seed=1, cracks=1)
    write_png(tmp_path / "s/images/a.png", photo.pixels)
    write_png(tmp_path / "s/masks/a.png", photo.mask[:, :, None].repeat(3, axis=2).astype("uint8") * 255)
    (tmp_path / "s/labels/a.txt").write_text("0 0.1 0.1 0.9 0.1 0.9 0.2\n")
    (tmp_path / "s/data.yaml").write_text("train: images\nnames: [crack]\n")
    by_layout = {name: find_samples([tmp_path / "s"], layout=name) for name in ("yolo", "pairs")}
    assert [type(samples[0].mask).__name__ for samples in by_layout.values()] == ["Shapes", "MaskFile"]
    for samples in by_layout.values():
        write_manifest(Split(tuple(samples), (), ()), tmp_path / "split.csv")
        (again,) = read_manifest(tmp_path / "split.csv")
        assert type(again.mask) is type(samples[0].mask)


@pytest.mark.skipif(os.name == "nt", reason="names as only other systems allow them")
@pytest.mark.parametrize(
    "name", ['a,"b', "two\nlines", "two\rlines", "brücke", "=1+1", os.fsdecode(b"b\xff")]
)
def test_pictures_of_any_name_are_found_again(sets: Path, tmp_path: Path, name: str):
    for role, suffix in (("images", "jpg"), ("masks", "png")):
        (sets / f"drawn/{role}/wall00-0.{suffix}").rename(sets / f"drawn/{role}/{name}.{suffix}")
    split = _split(sets)
    write_manifest(split, tmp_path / "split.csv", hashed=True)
    assert read_manifest(tmp_path / "split.csv") == find_samples([sets])


def test_splits_of_earlier_versions_still_say_what_a_run_learnt_from(tmp_path: Path, manifest: Path):
    old = tmp_path / "old.csv"
    old.write_bytes(b"part,set,source,picture\r\ntrain,s,s/1,s/images/1.jpg\r\ntest,s,s/2,s/images/2.jpg\r\n")
    assert read_split_csv(old) == [("train", "s/1"), ("test", "s/2")]
    assert set(read_split_csv(manifest)) == {(s.part, s.source) for s in read_manifest(manifest)}
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DatasetError, match="cannot be read as a split"):
        read_split_csv(tmp_path / "other.csv")
