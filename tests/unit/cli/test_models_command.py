import dataclasses
import json

from crackscope.cli.main import main
from crackscope.engine.model_card import TrainingSet


def judged_model(dark_model, folder):
    """A model file with every field of its card filled in."""
    card = dataclasses.replace(
        dark_model.DARK_CARD,
        name="judged",
        threshold=0.45,
        figures={"walls": {"pooled F1": 0.861, "interval": [0.85, 0.87]}, "false alarms": 3},
        training_sets=(TrainingSet("walls", 299, "non-commercial research"),),
        terms="Not for commercial use.",
    )
    return dark_model.write_dark_model(folder / "judged.onnx", card)


def test_given_model_is_listed_with_its_figures_sets_and_terms(dark_model, tmp_path, capsys):
    path = judged_model(dark_model, tmp_path)
    assert main(["models", str(path)]) == 0
    printed = capsys.readouterr().out
    row = next(line for line in printed.splitlines() if line.endswith(str(path)))
    assert row.split()[:3] == ["judged", "segment", "fp32"]
    assert "0.45" in row
    for line in (
        ["walls", "pooled", "F1", "0.861"],
        ["walls", "interval", "0.85–0.87"],
        ["false", "alarms", "3"],
        ["walls", "299", "non-commercial", "research"],
    ):
        assert line in [printed_line.split() for printed_line in printed.splitlines()]
    assert "Terms: Not for commercial use." in printed


def test_json_holds_the_whole_card_and_the_file(dark_model, tmp_path, capsys):
    path = judged_model(dark_model, tmp_path)
    assert main(["models", "--json", str(path)]) == 0
    (model,) = [
        each for each in json.loads(capsys.readouterr().out)["models"] if each["card"]["name"] == "judged"
    ]
    assert model["size_bytes"] == path.stat().st_size
    assert model["shipped"] is False
    assert model["card"]["training_sets"][0]["pictures"] == 299


def test_file_given_twice_is_listed_once(dark_model_file, capsys):
    assert main(["models", "--json", str(dark_model_file), str(dark_model_file)]) == 0
    names = [model["card"]["name"] for model in json.loads(capsys.readouterr().out)["models"]]
    assert names.count("dark") == 1


def test_broken_file_is_named_and_does_not_hide_the_rest(dark_model_file, tmp_path, capsys):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    assert main(["models", str(broken), str(dark_model_file)]) == 1
    printed = capsys.readouterr()
    assert "broken.onnx: " in printed.err
    assert "dark" in printed.out


def test_nothing_but_broken_files_is_status_2(tmp_path, capsys):
    assert main(["models", str(tmp_path / "absent.onnx")]) == 2
    assert "absent.onnx: no such model" in capsys.readouterr().err


def test_shipped_models_are_listed_without_arguments(capsys):
    assert main(["models"]) == 0
    assert capsys.readouterr().out != ""
