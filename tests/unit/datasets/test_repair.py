import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from crackscope.datasets.audit.audit import audit
from crackscope.datasets.layouts import list_entries
from crackscope.datasets.repair import RepairResult, repair
from crackscope.errors import CrackscopeError
from crackscope.imaging.synthetic import draw_photo


def write_pair(home: Path, stem: str, *, seed: int, size: tuple[int, int] = (120, 160)) -> np.ndarray:
    """Write a drawn picture and its mask below a set's folder; return the mask."""
    for name in ("images", "masks"):
        (home / name).mkdir(parents=True, exist_ok=True)
    photo = draw_photo(height=size[0], width=size[1], seed=seed, cracks=1)
    Image.fromarray(photo.pixels).save(home / "images" / f"{stem}.jpg", quality=92)
    write_mask(home / "masks" / f"{stem}.png", photo.mask)
    return photo.mask


def write_mask(path: Path, mask: np.ndarray) -> None:
    Image.fromarray(np.asarray(mask).astype(np.uint8) * 255).save(path)


def read_mask(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path)) > 0


def mend(source: Path, target: Path, **options: Any) -> RepairResult:
    listing = list_entries(source)
    return repair(listing, audit(listing), target, **options)


def lines(target: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (target / "repair.jsonl").read_text("utf-8").splitlines()]


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def walls(tmp_path: Path) -> Path:
    for number in range(3):
        write_pair(tmp_path / "data" / "walls", f"w{number}", seed=number)
    return tmp_path / "data"


def test_a_dataset_without_faults_is_copied_byte_for_byte(walls: Path, tmp_path: Path):
    result = mend(walls, tmp_path / "new")
    assert not result.actions
    after = tree(tmp_path / "new")
    assert after.pop("repair.jsonl")
    assert after == tree(walls)


def test_a_turned_mask_is_put_right(walls: Path, tmp_path: Path):
    path = walls / "walls/masks/w1.png"
    mask = read_mask(path)
    write_mask(path, mask[::-1, ::-1])
    result = mend(walls, tmp_path / "new")
    assert result.mended == {"rotated-mask": 1}
    np.testing.assert_array_equal(read_mask(tmp_path / "new/walls/masks/w1.png"), mask)


def test_a_rejected_finding_is_left_alone(walls: Path, tmp_path: Path):
    path = walls / "walls/masks/w1.png"
    write_mask(path, read_mask(path)[::-1, ::-1])
    (finding,) = audit(list_entries(walls)).findings
    result = mend(walls, tmp_path / "new", choices={finding.key: "reject"})
    assert not result.actions
    assert (tmp_path / "new/walls/masks/w1.png").read_bytes() == path.read_bytes()


def test_a_suspicion_is_acted_upon_only_where_it_was_accepted(walls: Path, tmp_path: Path):
    path = walls / "walls/masks/w1.png"
    write_mask(path, np.zeros_like(read_mask(path)))
    (finding,) = audit(list_entries(walls)).findings
    assert (finding.kind, finding.certain) == ("empty-positive", False)
    assert not mend(walls, tmp_path / "kept").set_aside
    result = mend(walls, tmp_path / "set-aside", choices={finding.key: "accept"})
    assert result.set_aside == {"empty-positive": 2}  # picture and mask
    assert not (tmp_path / "set-aside/walls/masks/w1.png").exists()


def test_of_duplicates_the_one_held_out_for_testing_stays(tmp_path: Path):
    for half, stem in (("train", "a"), ("train", "b"), ("test", "z")):
        write_pair(tmp_path / "data/walls" / half, stem, seed=5)
    write_pair(tmp_path / "data/walls/train", "other", seed=6)
    result = mend(tmp_path / "data", tmp_path / "new")
    left = {path.relative_to(tmp_path / "new").as_posix() for path in (tmp_path / "new").rglob("*.jpg")}
    assert {path for path in left if "quarantine" not in path} == {
        "walls/test/images/z.jpg",
        "walls/train/images/other.jpg",
    }
    assert result.set_aside == {"duplicate": 4}


def test_a_near_duplicate_goes_only_where_it_was_accepted(walls: Path, tmp_path: Path):
    picture, mask = walls / "walls/images/w1.jpg", walls / "walls/masks/w1.png"
    Image.open(picture).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(picture.with_stem("w9"), quality=85)
    write_mask(mask.with_stem("w9"), read_mask(mask)[:, ::-1])
    (finding,) = audit(list_entries(walls)).findings
    assert finding.kind == "near-duplicate"
    assert not mend(walls, tmp_path / "kept").set_aside
    accepted = mend(walls, tmp_path / "reduced", choices={finding.key: "accept"})
    assert accepted.set_aside == {"near-duplicate": 2}
    assert (tmp_path / "reduced/walls/images/w1.jpg").exists()


def test_a_misnamed_picture_gets_its_right_name(walls: Path, tmp_path: Path):
    picture = walls / "walls/images/w1.jpg"
    Image.open(picture).save(picture.with_suffix(".png"))
    picture.with_suffix(".png").replace(picture)
    mend(walls, tmp_path / "new")
    assert (tmp_path / "new/walls/images/w1.png").read_bytes() == picture.read_bytes()
    (change,) = lines(tmp_path / "new")
    assert (change["action"], change["to"]) == ("moved", "walls/images/w1.png")
    assert "PNG file named .jpg" in change["why"]


def test_names_that_differ_in_case_only_get_names_of_their_own(walls: Path, tmp_path: Path):
    write_pair(walls / "walls", "W1", seed=40)
    listing = list_entries(walls)
    assert any("in case only" in note for note in listing.notes)
    mend(walls, tmp_path / "new")
    names = {path.name for path in (tmp_path / "new/walls/images").iterdir()}
    assert len({name.casefold() for name in names}) == len(names) == 4
    assert not list_entries(tmp_path / "new").notes


def test_a_speckled_mask_of_a_crack_free_picture_is_no_contradiction(tmp_path: Path):
    home = tmp_path / "data/Concrete"
    (home / "Positive").mkdir(parents=True)
    write_pair(home / "Positive", "cracked", seed=1)
    (home / "Positive/images").rename(home / "Positive/Images")
    (home / "Positive/masks").rename(home / "Positive/Masks")
    for name in ("Images", "Mask"):
        (home / "Negative" / name).mkdir(parents=True)
    photo = draw_photo(height=120, width=160, seed=3, cracks=0)
    Image.fromarray(photo.pixels).save(home / "Negative/Images/plain.jpg")
    specks = np.zeros((120, 160), bool)
    specks[5:115:10, 5:155:10] = True
    write_mask(home / "Negative/Mask/plain.png", specks)
    result = mend(tmp_path / "data", tmp_path / "new")
    assert not result.set_aside
    assert (tmp_path / "new/noncrack_Concrete/images/plain.jpg").exists()


def test_class_folders_stay_class_folders(tmp_path: Path):
    for half in ("train", "test"):
        for name in ("Positive", "Negative"):
            (tmp_path / "data/tiles" / half / name).mkdir(parents=True)
            seed = len(half) * 10 + len(name)
            photo = draw_photo(height=96, width=96, seed=seed, cracks=int(name == "Positive"))
            Image.fromarray(photo.pixels).save(tmp_path / "data/tiles" / half / name / "p.jpg")
    result = mend(tmp_path / "data", tmp_path / "new")
    assert not result.set_aside
    entries = list_entries(tmp_path / "new").entries
    assert {(entry.part, entry.cracked) for entry in entries} == {
        (half, cracked) for half in ("train", "test") for cracked in (True, False)
    }


def test_the_destination_must_be_free_or_an_earlier_repair(walls: Path, tmp_path: Path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/thesis.txt").write_text("mine")
    with pytest.raises(CrackscopeError, match="not empty and no earlier repair"):
        mend(walls, tmp_path / "full")
    assert (tmp_path / "full/thesis.txt").read_text() == "mine"
    with pytest.raises(CrackscopeError, match="lies in the dataset"):
        mend(walls, walls / "new")
    with pytest.raises(CrackscopeError, match="holds the dataset"):
        mend(walls / "walls", walls)


def test_a_file_added_to_an_earlier_repair_is_not_lost(walls: Path, tmp_path: Path):
    mend(walls, tmp_path / "new")
    before = tree(tmp_path / "new")
    (tmp_path / "new/notes.txt").write_text("mine")
    with pytest.raises(CrackscopeError, match=r"notes\.txt: is not part of the new repair"):
        mend(walls, tmp_path / "new")
    (tmp_path / "new/notes.txt").unlink()
    mend(walls, tmp_path / "new")
    assert tree(tmp_path / "new") == before


def test_a_full_disk_leaves_nothing_half_written(
    walls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    before, written = tree(walls), []
    write = Path.write_bytes

    def run_full(path: Path, data: bytes) -> int:
        written.append(path)
        if len(written) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", run_full)
    with pytest.raises(CrackscopeError, match=r"cannot be written \(no space left on device\)"):
        mend(walls, tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]
    assert tree(walls) == before


def test_a_full_disk_keeps_the_earlier_repair(walls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    mend(walls, tmp_path / "new")
    before = tree(tmp_path / "new")

    def full(path: Path, data: bytes) -> int:  # noqa: ARG001
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CrackscopeError, match="cannot be written"):
        mend(walls, tmp_path / "new")
    assert tree(tmp_path / "new") == before


def test_an_accepted_label_suspect_is_set_aside_without_asking_the_model_again(walls: Path, tmp_path: Path):
    choices = {"label-suspect:walls/images/w1.jpg": "accept", "label-suspect:walls/images/w2.jpg": "reject"}
    result = mend(walls, tmp_path / "new", choices=choices)
    assert result.set_aside == {"label-suspect": 2}
    assert not (tmp_path / "new/walls/images/w1.jpg").exists()
    assert (tmp_path / "new/walls/images/w2.jpg").exists()


def test_what_is_left_as_it_is_is_counted(walls: Path, tmp_path: Path):
    write_mask(walls / "walls/masks/w1.png", np.zeros((120, 160), bool))
    write_mask(walls / "walls/masks/w2.png", np.zeros((120, 160), bool))
    first, _ = audit(list_entries(walls)).findings
    result = mend(walls, tmp_path / "new", choices={first.key: "reject"})
    assert result.left == {"empty-positive": 1}
    assert (result.pictures, result.kept) == (3, 3)


def test_a_dataset_of_which_nothing_would_be_left_is_refused(walls: Path, tmp_path: Path):
    for mask in (walls / "walls/masks").iterdir():
        mask.unlink()
    with pytest.raises(CrackscopeError, match="not one picture would be left"):
        mend(walls, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_reason_of_annotations_that_cannot_be_read_comes_first(walls: Path, tmp_path: Path):
    for mask in (walls / "walls/masks").iterdir():
        mask.unlink()
    (walls / "walls/_annotations.coco.json").write_text('{"images": [{"id": 1, "file_na')
    with pytest.raises(CrackscopeError, match=r"coco\.json: is cut off or no JSON"):
        mend(walls, tmp_path / "new")


def test_a_repair_that_is_terminated_leaves_nothing(tmp_path: Path):
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from crackscope.whole_file import whole_folder\n"
        "with whole_folder(Path(sys.argv[1])) as folder:\n"
        "    (folder / 'half').write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    print('went on')\n"
    )
    target = tmp_path / "new"
    done = subprocess.run(
        [sys.executable, "-c", script, str(target)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (128 + signal.SIGTERM, "")
    assert not list(tmp_path.iterdir())


def test_a_pipe_in_the_place_of_a_picture_is_left_out(walls: Path, tmp_path: Path):
    (walls / "walls/images/w1.jpg").unlink()
    os.mkfifo(walls / "walls/images/w1.jpg")
    result = mend(walls, tmp_path / "new")
    assert (result.kept, result.actions) == (2, {"left-out": 1, "set-aside": 1})


def test_a_smaller_mask_is_brought_to_size_also_where_the_finding_was_rejected(walls: Path, tmp_path: Path):
    path = walls / "walls/masks/w1.png"
    write_mask(path, read_mask(path)[::2, ::2])
    (finding,) = audit(list_entries(walls)).findings
    assert finding.kind == "size-mismatch"
    mend(walls, tmp_path / "new", choices={finding.key: "reject"})
    assert read_mask(tmp_path / "new/walls/masks/w1.png").shape == (120, 160)
