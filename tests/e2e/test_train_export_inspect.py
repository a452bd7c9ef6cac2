"""The whole way: draw pictures, train a few steps, export, evaluate, inspect."""

import json
import shutil
from pathlib import Path

import pytest

from crackscope.cli.main import main
from crackscope.inspection.records import read_inspections

RECIPE = """
name: tiny
seed: 1
epochs: 4
crops_per_epoch: 32
batch_size: 8
validate_every: 4
data: {crop_px: 64, validation_share: 0.25}
optimiser: {learning_rate: 0.005, warmup_steps: 2, average_decay: 0.8}
"""


@pytest.fixture(scope="module")
def run(drawn_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("e2e")
    (folder / "recipe.yaml").write_text(RECIPE, "utf-8")
    run = folder / "run"
    assert main(["train", str(folder / "recipe.yaml"), "--data", str(drawn_dataset), "--out", str(run)]) == 0
    return run


@pytest.fixture(scope="module", params=["fp32", "int8"])
def model(request: pytest.FixtureRequest, run: Path) -> Path:
    path = run / f"{request.param}.onnx"
    assert main(["export", str(run), "--precision", request.param, "--out", str(path)]) == 0
    return path


def test_training_freezes_a_threshold(run: Path):
    frozen = json.loads((run / "frozen.json").read_text("utf-8"))
    assert 0 < frozen["threshold"] < 1
    assert frozen["temperature"] > 0


def test_the_model_file_says_what_it_learnt_from(model: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["models", str(model), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["models"]
    (mine,) = (each for each in listed if each["path"] == str(model))
    assert mine["card"]["precision"] == model.stem
    assert {each["name"] for each in mine["card"]["training_sets"]} == {"drawn", "noncrack"}
    assert mine["size_bytes"] < 5_000_000


def test_a_model_file_and_its_run_give_the_same_figures(
    run: Path, model: Path, drawn_dataset: Path, capsys: pytest.CaptureFixture[str]
):
    figures = []
    for source in (run, model):
        assert main(["evaluate", str(source), "--data", str(drawn_dataset / "drawn"), "--json"]) == 0
        figures.append(json.loads(capsys.readouterr().out)["sets"][0]["figures"]["f1"]["value"])
    assert figures[0] == pytest.approx(figures[1], abs=1e-3 if model.stem == "fp32" else 0.05)


def test_judging_a_model_on_what_it_learnt_from_is_said(
    run: Path, model: Path, drawn_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    shutil.copytree(drawn_dataset / "drawn", tmp_path / "others")
    for source in (run, run / "checkpoints/best.ckpt", model):
        assert main(["evaluate", str(source), "--data", str(drawn_dataset / "drawn"), "--limit", "2"]) == 0
        assert "drawn: the model learnt from a set of this name" in capsys.readouterr().err
        arguments = ["evaluate", str(source), "--data", str(tmp_path / "others"), "--limit", "2", "--json"]
        assert main(arguments) == 0
        printed = capsys.readouterr()
        assert printed.err == ""
        assert json.loads(printed.out)["model"]["judged_on_sets_it_learnt_from"] == []


def test_photos_are_inspected_with_the_new_model(model: Path, drawn_dataset: Path, tmp_path: Path):
    photos = drawn_dataset / "drawn" / "images"
    assert main(["inspect", str(photos), "--model", str(model), "--out", str(tmp_path / "out")]) == 0
    inspections = list(read_inspections(tmp_path / "out" / "inspections.jsonl"))
    assert len(inspections) == len(list(photos.iterdir()))
    assert (tmp_path / "out" / "report.html").stat().st_size > 1000


def test_a_missing_mask_stops_training_with_one_sentence(
    drawn_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "s/images").mkdir(parents=True)
    (tmp_path / "s/masks").mkdir()
    picture = next((drawn_dataset / "drawn" / "images").iterdir())
    (tmp_path / "s/images" / picture.name).write_bytes(picture.read_bytes())
    (tmp_path / "s/masks/other.png").touch()
    assert (
        main(["train", "segment-light", "--data", str(tmp_path / "s"), "--out", str(tmp_path / "run")]) == 2
    )
    assert f"{picture.name}: has no mask in s/masks" in capsys.readouterr().err


def test_an_unknown_key_stops_training_with_one_sentence(
    drawn_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "r.yaml").write_text("name: x\nepochz: 3\n", "utf-8")
    assert main(["train", str(tmp_path / "r.yaml"), "--data", str(drawn_dataset)]) == 2
    assert "r.yaml: unknown key epochz" in capsys.readouterr().err
