import csv
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crackscope.cli.data_split_command import command
from crackscope.datasets import find_samples
from crackscope.datasets.audit.audit import audit as run_audit
from crackscope.datasets.layouts import list_entries
from crackscope.datasets.manifest import list_manifest
from crackscope.errors import CrackscopeError


@pytest.fixture
def sets(drawn_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the drawn dataset, beside the folder that the command is run in."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return shutil.copytree(drawn_dataset, tmp_path / "sets")


def _run(*arguments: object, status: int = 0) -> Result:
    given = [*map(str, arguments), "--cache", "../cache"]
    result = CliRunner().invoke(command, given, standalone_mode=False)
    if result.exception is None:
        assert result.return_value == status
    return result


def _parts(path: str) -> dict[str, str]:
    with Path(path).open(newline="", encoding="utf-8") as file:
        return {row["picture"]: row["part"] for row in csv.DictReader(file)}


def test_a_split_is_written_here_and_shown(sets: Path):
    before = {path: path.stat().st_mtime_ns for path in sets.rglob("*")}
    result = _run(sets, "--test", "0.25", "--validation", "0.25")
    assert {path: path.stat().st_mtime_ns for path in sets.rglob("*")} == before
    assert {sample.part for sample in find_samples([Path("split.csv")])} == {"train", "validation", "test"}
    for row in (["train", "drawn", "8", "0%"], ["test", "noncrack", "2", "100%"]):
        assert any(line.split()[:4] == row for line in result.stdout.splitlines())
    assert "next: crackscope train segment-light --data split.csv" in result.stdout
    assert result.stderr == ""


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_split(sets: Path):
    for name, seed in (("a.csv", 1), ("b.csv", 1), ("c.csv", 2)):
        _run(sets, "--seed", seed, "--out", name)
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()
    assert Path("a.csv").read_bytes() != Path("c.csv").read_bytes()


def test_hashes_and_bands_are_written(sets: Path):
    _run(sets)
    with Path("split.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert all(len(row["picture_sha256"]) == 64 for row in rows)
    assert {
        (row["set"], row["cracked"], bool(row["width_band"]), bool(row["mask_sha256"])) for row in rows
    } == {
        ("drawn", "yes", True, True),
        ("noncrack", "no", False, False),
    }


def test_folds_are_written_side_by_side(sets: Path):
    document = json.loads(_run(sets, "--folds", 3, "--out", "out/folds.csv", "--json").stdout)
    files = [split["file"] for split in document["splits"]]
    assert files == [str(Path(f"out/folds-fold{number}.csv")) for number in (1, 2, 3)]
    tested = [picture for file in files for picture, part in _parts(file).items() if part == "test"]
    assert sorted(tested) == sorted(_parts(files[0]))


def test_each_set_is_left_out_in_turn(sets: Path):
    _run(sets, "--leave-one-set-out")
    for name in ("drawn", "noncrack"):
        tested = {picture for picture, part in _parts(f"split-without-{name}.csv").items() if part == "test"}
        assert {picture.split("/")[-3] for picture in tested} == {name}


def test_what_is_left_out_is_named_and_changes_the_exit_status(sets: Path):
    (sets / "drawn/images/wall00-0.jpg").write_bytes(b"broken")
    result = _run(sets, status=1)
    assert "wall00-0.jpg" in result.stderr
    assert not any("wall00-0" in picture for picture in _parts("split.csv"))


def test_a_test_half_is_kept_by_a_split_and_said_not_to_be_by_folds(sets: Path):
    halves = sets.parent / "halves"
    for role in ("images", "masks"):
        for number, path in enumerate(sorted((sets / "drawn" / role).iterdir())):
            half = halves / "walls" / ("test" if number < 4 else "train") / role
            half.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, half)
    result = _run(halves, "--test", "0.5")
    assert result.stderr == ""
    assert {p for p, part in _parts("split.csv").items() if part == "test"} == {
        p for p in _parts("split.csv") if "/test/" in p
    }
    assert "4 pictures lie in a folder named as a test half" in _run(halves, "--folds", 2).stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--folds", "3", "--leave-one-set-out"], "exclude each other"),
        (["--folds", "3", "--test", "0.1"], "--test has no meaning"),
        (["--validation", "0.6", "--test", "0.5"], "nothing to train on"),
        (["--out", "split.txt"], "must end in .csv"),
    ],
)
def test_options_that_contradict_each_other_are_refused(sets: Path, options: list[str], said: str):
    result = _run(sets, *options)
    assert said in str(result.exception)
    assert list(Path().iterdir()) == []


def test_class_folders_are_split_written_and_read_back_with_their_labels(sets: Path):
    classes = sets.parent / "metu"
    (classes / "Negative").mkdir(parents=True)
    (classes / "Positive").mkdir()
    for number, path in enumerate(sorted((sets / "drawn/images").iterdir())):
        shutil.copy(path, classes / "Positive" / f"{number:05d}.jpg")
    for number, path in enumerate(sorted((sets / "noncrack/images").iterdir())):
        shutil.copy(path, classes / "Negative" / f"{number:05d}.jpg")
    result = _run(classes, "--validation", "0.2", "--test", "0.2", "--json")
    assert json.loads(result.stdout)["cracked_without_mask"] == 16
    assert "16 cracked pictures have no mask" in result.stderr

    with Path("split.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {(row["picture"].split("/")[-2], row["cracked"], row["mask"]) for row in rows} == {
        ("Positive", "yes", ""),
        ("Negative", "no", ""),
    }
    found = find_samples([Path("split.csv")], unmasked_cracks=True)
    assert {(s.image.parent.name, s.unmasked_crack) for s in found} == {
        ("Positive", True),
        ("Negative", False),
    }
    assert {str(s.part) for s in found if s.unmasked_crack} == {"train", "validation", "test"}
    assert len(find_samples([Path("split.csv")])) == 6, "who needs masks sees the crack-free pictures only"
    assert run_audit(list_manifest(Path("split.csv"))).findings == run_audit(list_entries(classes)).findings


def test_into_a_dataset_nothing_is_written_unasked(sets: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(sets / "drawn")
    result = _run(sets)
    assert isinstance(result.exception, CrackscopeError)
    assert "name the file with --out to have it there" in str(result.exception)
    _run(sets, "--out", "../split.csv")
    assert len(find_samples([sets / "split.csv"])) == 22


def test_the_layouts_that_can_be_named_are_those_there_are():
    from crackscope.cli.data_options import LAYOUT_NAMES
    from crackscope.datasets.layouts import LAYOUTS

    assert tuple(LAYOUTS) == LAYOUT_NAMES
