import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

pytest.importorskip("torch")

from crackscope.cli.main import main
from crackscope.engine.model_file import ModelFile

RECIPE = {
    "name": "tiny",
    "seed": 1,
    "epochs": 2,
    "crops_per_epoch": 16,
    "batch_size": 8,
    "validate_every": 1,
    "model": {
        "options": {"channels": [8, 8, 16, 16, 16], "blocks": [0, 1, 1, 1, 1], "lateral": 8, "half": 8}
    },
    "data": {"crop_px": 64, "validation_share": 0.4},
    "optimiser": {"learning_rate": 0.005, "warmup_steps": 2, "average_decay": 0.8},
}


@pytest.fixture(scope="module")
def runs(drawn_dataset, tmp_path_factory):
    """Folder of a run, ``first``, and of one of the same pictures that stopped after an epoch, ``second``."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "recipe.yaml").write_text(yaml.safe_dump(RECIPE), "utf-8")
    first, second = folder / "first", folder / "second"
    arguments = ["--data", str(drawn_dataset), "--out", str(first), "--threads", "1"]
    assert main(["train", str(folder / "recipe.yaml"), *arguments]) == 0
    shutil.copytree(first, second)
    recipe = yaml.safe_load((first / "recipe.yaml").read_text("utf-8"))
    (second / "recipe.yaml").write_text(yaml.safe_dump(recipe | {"epochs": 1}), "utf-8")
    rows = (first / "metrics.csv").read_text("utf-8").splitlines()
    (second / "metrics.csv").write_text("\n".join(rows[:2]) + "\n", "utf-8")
    frozen = json.loads((first / "frozen.json").read_text("utf-8"))
    (second / "frozen.json").write_text(json.dumps(frozen | {"threshold": 0.999}), "utf-8")
    return folder


@pytest.fixture
def copied(runs, tmp_path):
    """Make copies of the first run in which a test may spoil something."""

    def copy(name: str = "copy") -> Path:
        return Path(shutil.copytree(runs / "first", tmp_path / name))

    return copy


def compare(*paths, out, options=()):
    quick = ["--precision", "fp32", "--no-latency", "--pictures", "0", "--threads", "1"]
    return main(["compare", *map(str, paths), "--out", str(out), *quick, *map(str, options)])


def test_two_runs_are_compared_at_both_precisions(runs, tmp_path, capsys):
    out = tmp_path / "out"
    arguments = ["--out", str(out), "--threads", "1", "--pictures", "3", "--size", "60"]
    assert main(["compare", str(runs / "first"), str(runs / "second"), *arguments]) == 0
    shown = capsys.readouterr().out
    for words in ("Accuracy", "Cost", "Runs", "What differs in the recipes", "GMAC at 64×64", "on the front"):
        assert words in shown
    assert re.search(r"^epochs +2 +1$", shown, re.MULTILINE)
    assert "validation pictures that the 2 runs have in common" in shown
    document = json.loads((out / "comparison.json").read_text("utf-8"))
    assert document["models"][0]["run"] == "first"  # the other says crack next to nowhere
    assert {(each["run"], each["precision"]) for each in document["models"]} == {
        (run, precision) for run in ("first", "second") for precision in ("fp32", "int8")
    }
    for each in document["models"]:
        assert ModelFile.open(each["model_file"]).size_bytes == each["size_bytes"]
        assert each["latency"]["size_px"] == 64
        assert 0 < each["latency"]["median_ms"] <= each["latency"]["p95_ms"]
    assert [run["epochs"] for run in document["runs"]] == [2, 1]
    assert len(document["runs"][0]["curves"]["validation"]) == 2
    page = (out / "compare.html").read_text("utf-8")
    sources = set(re.findall(r'src="([^"]+)"', page))
    assert len(sources) == 3 * (2 + 2 * 2)
    assert all((out / source).is_file() for source in sources)


def test_json_goes_to_stdout_alone(runs, tmp_path, capsys):
    assert compare(runs / "first", out=tmp_path / "out", options=["--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == json.loads((tmp_path / "out/comparison.json").read_text("utf-8"))
    assert printed.err == ""


def test_a_run_equals_its_copy_and_counts_once_when_given_twice(runs, copied, tmp_path, capsys):
    paths = [runs / "first", copied(), runs / "second" / ".." / "first"]
    assert compare(*paths, out=tmp_path / "out", options=["--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)["models"]
    assert {first["run"], second["run"]} == {"first", "copy"}
    assert second["to_best"] == {"value": 0, "low": 0, "high": 0, "distinguishable": False}


def test_runs_that_cannot_take_part_are_named_and_the_others_go_on(runs, copied, tmp_path, capsys):
    torn, unfrozen, moved = copied("torn"), copied("unfrozen"), copied("moved")
    checkpoint = torn / "checkpoints" / "best.ckpt"
    checkpoint.write_bytes(checkpoint.read_bytes()[:5000])
    (unfrozen / "frozen.json").unlink()
    data = json.loads((moved / "data.json").read_text("utf-8"))
    (moved / "data.json").write_text(json.dumps(data | {"folders": ["/nowhere/sets"]}), "utf-8")
    paths = [torn, runs / "first", unfrozen, tmp_path / "absent", moved]
    assert compare(*paths, out=tmp_path / "out") == 1
    printed = capsys.readouterr()
    lines = dict(line.split(": left out: ") for line in printed.err.strip().splitlines())
    assert set(lines) == {"torn", "unfrozen", "absent", "moved"}
    assert "is no checkpoint of crackscope" in lines["torn"]
    assert "its threshold is not chosen yet" in lines["unfrozen"]
    assert "is no run, recipe.yaml is missing" in lines["absent"]
    assert "/nowhere/sets" in lines["moved"]
    assert "\nfirst " in printed.out
    assert "Left out, torn" in (tmp_path / "out/compare.html").read_text("utf-8")


def test_no_usable_run_is_one_sentence(tmp_path, capsys):
    assert compare(tmp_path / "a", tmp_path / "b", out=tmp_path / "out") == 2
    sentence = capsys.readouterr().err.strip()
    assert sentence.startswith("No run can be compared; the first: ")
    assert len(sentence.splitlines()) == 1


def test_runs_without_a_picture_in_common_are_refused_before_anything_is_written(
    runs, copied, tmp_path, capsys
):
    other = copied("other")
    split = other / "split.csv"
    split.write_text(split.read_text("utf-8").replace("validation,", "test,"), "utf-8")
    assert compare(runs / "first", other, out=tmp_path / "out") == 2
    assert "first, other: have no validation picture in common" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_runs_of_two_tasks_are_refused(runs, copied, tmp_path, capsys):
    other = copied("other")
    recipe = yaml.safe_load((other / "recipe.yaml").read_text("utf-8"))
    recipe |= {"task": "classify", "model": {"name": "mobilenetv3-small"}, "losses": [{"name": "bce"}]}
    (other / "recipe.yaml").write_text(yaml.safe_dump(recipe), "utf-8")
    assert compare(runs / "first", other, out=tmp_path / "out") == 2
    assert "is for the task classify, and" in capsys.readouterr().err


def test_of_given_pictures_those_learnt_from_are_said(runs, drawn_dataset, tmp_path, capsys):
    options = ["--data", drawn_dataset, "--json"]
    assert compare(runs / "first", out=tmp_path / "out", options=options) == 0
    printed = capsys.readouterr()
    assert re.match(r"first: learnt from \d+ of these pictures \(drawn, noncrack\)", printed.err)
    document = json.loads(printed.out)
    assert document["pictures"]["judged"] == 22
    assert document["pictures"]["learnt_from"][0]["pictures"] == 14


def test_a_picture_that_is_broken_is_named_and_left_out_for_all(runs, drawn_dataset, tmp_path, capsys):
    pictures = Path(shutil.copytree(drawn_dataset / "drawn", tmp_path / "walls"))
    broken = sorted((pictures / "images").iterdir())[0]
    broken.write_bytes(b"broken")
    paths = [runs / "first", runs / "second"]
    assert compare(*paths, out=tmp_path / "out", options=["--data", pictures]) == 1
    printed = capsys.readouterr()
    assert printed.err.count(broken.name) == 1
    assert "on 15 pictures" in printed.out


@pytest.mark.parametrize(
    ("options", "words"), [(["--precision", "fp64"], "fp64"), (["--size", "0"], "--size")]
)
def test_wrong_options_are_wrong_usage(runs, tmp_path, capsys, options, words):
    assert compare(runs / "first", out=tmp_path / "out", options=options) == 2
    assert words in capsys.readouterr().err


def test_an_unwritable_output_is_said_in_one_sentence(runs, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert compare(runs / "first", out=tmp_path / "file" / "out") == 2
    assert "cannot be written" in capsys.readouterr().err
