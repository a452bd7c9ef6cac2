"""Runs of classifiers and of what finds cracks one by one, compared from the command line."""

import json
import re
import shutil

import pytest
import yaml

pytest.importorskip("torch")

from crackscope.cli.main import main

SMALL = {
    "seed": 1,
    "epochs": 1,
    "crops_per_epoch": 8,
    "batch_size": 4,
    "validate_every": 1,
    "data": {"crop_px": 64, "validation_share": 0.4, "min_crack_px": 20},
    "optimiser": {"learning_rate": 0.002, "warmup_steps": 2, "average_decay": 0.5},
}
NARROW = {
    "head_channels": 16,
    "mask_channels": 8,
    "box_features": 32,
    "proposals": 30,
    "most_cracks": 12,
    "mask_px": 28,
}
RECIPES = {
    "classify": {"model": {"name": "mobilenetv3-small"}, "losses": [{"name": "bce"}]},
    "detect": {"model": {"name": "maskrcnn-mobilenetv2", "options": NARROW}},
}
MAIN = {"classify": "f1", "detect": "mask_map"}


@pytest.fixture(scope="module", params=list(RECIPES))
def runs(request, drawn_dataset, tmp_path_factory):
    """Task, and folder of a run, ``first``, and of one that differs in its threshold, ``second``."""
    task, folder = request.param, tmp_path_factory.mktemp(request.param)
    recipe = SMALL | {"name": f"tiny-{task}", "task": task} | RECIPES[task]
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe), "utf-8")
    first, second = folder / "first", folder / "second"
    arguments = ["--data", str(drawn_dataset), "--out", str(first), "--threads", "1"]
    assert main(["train", str(folder / "recipe.yaml"), *arguments]) == 0
    shutil.copytree(first, second)
    frozen = json.loads((first / "frozen.json").read_text("utf-8"))
    (second / "frozen.json").write_text(json.dumps(frozen | {"threshold": 0.999}), "utf-8")
    return task, folder


@pytest.fixture(scope="module")
def compared(runs):
    """Task, runs' folder, and the document that comparing the two gives."""
    task, folder = runs
    quick = ["--precision", "fp32", "--no-latency", "--pictures", "3", "--threads", "1"]
    paths = [str(folder / name) for name in ("first", "second")]
    assert main(["compare", *paths, *quick, "--out", str(folder / "out")]) == 0
    return task, folder, json.loads((folder / "out" / "comparison.json").read_text("utf-8"))


def test_two_runs_are_compared_on_the_validation_pictures_in_common(compared):
    task, _, document = compared
    assert (document["task"], document["main_figure"]) == (task, MAIN[task])
    assert {each["run"] for each in document["models"]} == {"first", "second"}
    assert (document["pictures"]["judged"], document["pictures"]["cracked"]) == (8, 6)
    assert document["interval"]["replicates"] == {"classify": 2000, "detect": 1000}[task]
    assert len(document["runs"][0]["curves"]["validation"]) == 1
    assert document["runs"][0]["macs"] > 0


def test_figures_are_those_that_an_evaluation_of_the_model_file_gives(compared, capsys):
    _, folder, document = compared
    data = ["--data", str(folder / "first" / "split.csv"), "--part", "validation", "--json"]
    for each in document["models"]:
        assert main(["evaluate", each["model_file"], *data, "--threads", "1"]) == 0
        figures = json.loads(capsys.readouterr().out)["overall"]["figures"]
        for name, figure in each["figures"].items():
            assert figure == figures[name], (each["run"], name)


def test_the_page_shows_both_runs_answers_in_one_view(compared):
    task, folder, document = compared
    page = (folder / "out" / "compare.html").read_text("utf-8")
    sources = set(re.findall(r'src="([^"]+)"', page))
    assert len(sources) == 3 * (2 + 2)
    assert all((folder / "out" / source).is_file() for source in sources)
    assert 'type="radio"' not in page
    assert {"classify": "judged whole", "detect": "taken over all scores"}[task] in page
    assert document["failures"] == []


def test_both_tasks_runs_together_are_refused(compared, tmp_path, capsys):
    task, folder, _ = compared
    other = tmp_path / "other"
    shutil.copytree(folder / "first", other)
    recipe = yaml.safe_load((other / "recipe.yaml").read_text("utf-8"))
    kept = {name: value for name, value in recipe.items() if name not in ("task", "model", "losses")}
    (other / "recipe.yaml").write_text(yaml.safe_dump(kept), "utf-8")
    assert main(["compare", str(folder / "first"), str(other), "--out", str(tmp_path / "out")]) == 2
    assert f"for {task}; compare runs of one task" in capsys.readouterr().err
