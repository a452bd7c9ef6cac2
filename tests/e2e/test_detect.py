"""Single cracks the whole way: draw pictures, train a few steps, export, evaluate."""

import json
from pathlib import Path

import numpy as np
import pytest

from crackscope.cli.main import main
from crackscope.engine.instances import InstanceFinder
from crackscope.imaging.synthetic import draw_photo

RECIPE = """
name: tiny-detect
task: detect
seed: 1
epochs: 2
crops_per_epoch: 12
batch_size: 4
validate_every: 2
model:
  name: maskrcnn-mobilenetv2
  options: {head_channels: 16, mask_channels: 8, box_features: 32, mask_px: 28, proposals: 40, anchors: fit}
data: {crop_px: 64, validation_share: 0.25}
optimiser: {learning_rate: 0.002, warmup_steps: 2, average_decay: 0.5}
"""


@pytest.fixture(scope="module")
def run(drawn_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("detect")
    (folder / "recipe.yaml").write_text(RECIPE, "utf-8")
    run = folder / "run"
    assert main(["train", str(folder / "recipe.yaml"), "--data", str(drawn_dataset), "--out", str(run)]) == 0
    return run


@pytest.fixture(scope="module")
def model(run: Path) -> Path:
    path = run / "model.onnx"
    assert main(["export", str(run), "--precision", "fp32", "--out", str(path)]) == 0
    return path


def test_training_freezes_a_score_and_keeps_the_fitted_anchors(run: Path):
    frozen = json.loads((run / "frozen.json").read_text("utf-8"))
    assert 0 < frozen["threshold"] < 1
    assert frozen["cracks"] > 0
    header, *rows = (run / "metrics.csv").read_text("utf-8").splitlines()
    assert "validation_mask_map" in header
    assert len(rows) == 2
    assert json.loads((run / "anchors.json").read_text("utf-8"))["fitted"] is True
    assert len(list((run / "validation").glob("epoch-*.jpg"))) == 1


def test_a_model_file_and_its_run_give_the_same_figures(
    run: Path, model: Path, drawn_dataset: Path, capsys: pytest.CaptureFixture[str]
):
    documents = []
    for source in (run, model):
        assert main(["evaluate", str(source), "--data", str(drawn_dataset), "--limit", "4", "--json"]) == 0
        documents.append(json.loads(capsys.readouterr().out))
    ours, theirs = documents
    assert ours["schema"] == "crackscope.evaluation.instances"
    assert ours["protocol"]["threshold"] == theirs["protocol"]["threshold"]
    assert [group["name"] for group in ours["sets"]] == ["drawn", "noncrack"]
    assert ours["overall"]["cracks"] == theirs["overall"]["cracks"] > 0
    for name, figure in ours["overall"]["figures"].items():
        assert figure["value"] == pytest.approx(theirs["overall"]["figures"][name]["value"], abs=0.02), name


def test_a_segmentation_model_is_judged_by_its_single_cracks(
    dark_model_file: Path, drawn_dataset: Path, capsys: pytest.CaptureFixture[str]
):
    arguments = ["--data", str(drawn_dataset / "drawn"), "--limit", "6", "--as-instances"]
    assert main(["evaluate", str(dark_model_file), *arguments, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["model"]["as_instances"] is True
    assert document["model"]["pixel_threshold"] == 0.5
    assert document["overall"]["figures"]["mask_ap50"]["value"] > 0.2
    assert main(["evaluate", str(dark_model_file), *arguments]) == 0
    assert "mask mAP, IoU 0.50 to 0.95" in capsys.readouterr().out


def test_a_detector_is_not_judged_as_instances_twice(
    model: Path, drawn_dataset: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["evaluate", str(model), "--data", str(drawn_dataset), "--as-instances"]) == 2
    assert "--as-instances is for segmentation models" in capsys.readouterr().err


def test_the_model_file_finds_cracks_in_photos_of_other_sizes(model: Path):
    finder = InstanceFinder(model, threads=1)
    for height, width in ((50, 70), (200, 90)):
        pixels = draw_photo(height=height, width=width, seed=3, cracks=1).pixels
        found = finder.find(pixels, least_score=0.0)
        assert all((each.mask.height, each.mask.width) == (height, width) for each in found)
        assert all(0.05 <= each.score <= 1 for each in found)
        scores = [each.score for each in found]
        assert scores == sorted(scores, reverse=True)
    assert finder.find(np.zeros((64, 64, 3), np.uint8), least_score=1.0) == ()
