"""A classifier the whole way: split class folders, train, export, evaluate."""

import json
import shutil
from pathlib import Path

import pytest

from crackscope.cli.main import main

RECIPE = """
name: tiny-classify
task: classify
seed: 1
epochs: 2
crops_per_epoch: 32
batch_size: 8
validate_every: 1
model: {name: mobilenetv3-small}
data: {crop_px: 64, crack_share: 0.5, min_crack_px: 20, validation_share: 0.3}
losses: [{name: bce, options: {smoothing: 0.05}}]
optimiser: {learning_rate: 0.002, warmup_steps: 2, average_decay: 0.5}
"""


@pytest.fixture(scope="module")
def sets(drawn_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drawn dataset, and its pictures once more as class folders without masks."""
    folder = tmp_path_factory.mktemp("classify")
    shutil.copytree(drawn_dataset, folder / "sets" / "masked")
    tiles = folder / "sets" / "tiles"
    for name, source in (("Positive", "drawn"), ("Negative", "noncrack")):
        (tiles / name).mkdir(parents=True)
        for number, path in enumerate(sorted((drawn_dataset / source / "images").iterdir())):
            shutil.copy(path, tiles / name / f"{number:03d}.jpg")
    (folder / "recipe.yaml").write_text(RECIPE, "utf-8")
    return folder / "sets"


@pytest.fixture(scope="module")
def run(sets: Path) -> Path:
    folder = sets.parent
    split, run = folder / "split.csv", folder / "run"
    arguments = ["--test", "0.25", "--validation", "0.25", "--cache", str(folder / "facts")]
    assert main(["data", "split", str(sets / "tiles"), "--out", str(split), *arguments]) == 0
    assert main(["train", str(folder / "recipe.yaml"), "--data", str(split), "--out", str(run)]) == 0
    return run


@pytest.fixture(scope="module")
def model(run: Path) -> Path:
    path = run / "model.onnx"
    assert main(["export", str(run), "--precision", "int8", "--out", str(path)]) == 0
    return path


def test_training_on_a_split_of_class_folders_freezes_what_validation_decides(run: Path):
    frozen = json.loads((run / "frozen.json").read_text("utf-8"))
    assert 0 < frozen["threshold"] < 1
    assert 0 < frozen["cracked_pictures"] < 60
    assert frozen["sure_below"] is None  # of so few, nothing is sure
    assert frozen["missed_share"] == 0
    header = (run / "metrics.csv").read_text("utf-8").splitlines()[0]
    assert "validation_auroc" in header
    assert len(list((run / "validation").glob("epoch-*.jpg"))) == 2
    assert (run / "checkpoints" / "best.ckpt").is_file()


def test_the_model_file_and_its_run_say_the_same(
    run: Path, model: Path, sets: Path, capsys: pytest.CaptureFixture[str]
):
    found = []
    for source in (run, model):
        data = ["--data", str(sets.parent / "split.csv"), "--json"]
        assert main(["evaluate", str(source), *data]) == 0
        document = json.loads(capsys.readouterr().out)
        assert document["protocol"]["part"] == "test"
        assert document["model"]["judged_on_sets_it_learnt_from"] == ([] if source == run else ["tiles"])
        found.append(document)
    assert found[0]["overall"]["judged"] == found[1]["overall"]["judged"] > 3
    assert found[0]["protocol"]["threshold"] == found[1]["protocol"]["threshold"]


def test_masks_and_class_folders_teach_together_and_freezing_again_changes_nothing(
    sets: Path, tmp_path: Path
):
    data = ["--data", str(sets / "masked"), "--data", str(sets / "tiles"), "--threads", "1"]
    recipe = str(sets.parent / "recipe.yaml")
    small = ["--set", "crops_per_epoch=16", "--set", "data.sets={tiles: {draw: 2}}"]
    assert main(["train", recipe, *data, *small, "--out", str(tmp_path / "run")]) == 0
    frozen = json.loads((tmp_path / "run" / "frozen.json").read_text("utf-8"))
    assert set(frozen["accuracy_by_set"]) == {"drawn", "noncrack", "tiles"}
    again = [
        "train",
        str(tmp_path / "run" / "recipe.yaml"),
        *data,
        "--out",
        str(tmp_path / "run"),
        "--resume",
    ]
    assert main(again) == 0
    assert json.loads((tmp_path / "run" / "frozen.json").read_text("utf-8")) == frozen
