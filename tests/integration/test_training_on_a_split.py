"""A split's file decides what a run trains on, and what it is judged by."""

import json
import shutil
from pathlib import Path

import pytest

from crackscope.cli.main import main
from crackscope.datasets import find_samples, split_by_source
from crackscope.datasets.manifest import write_manifest
from crackscope.errors import DatasetError
from crackscope.training.recipe import Recipe, parse_recipe, write_recipe
from crackscope.training.run import train
from crackscope.training.run_folder import RunFolder


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    document = {
        "name": "tiny",
        "epochs": 1,
        "crops_per_epoch": 4,
        "batch_size": 4,
        "model": {"options": {"channels": [16, 16, 16, 16, 16], "blocks": [0, 1, 1, 1, 1], "lateral": 16}},
        "data": {"crop_px": 64, "validation_share": 0.5, "sets": {"drawn": {"test_share": 0.5}}},
    }
    return parse_recipe(document, source="test")


def test_a_run_on_a_split_trains_on_its_training_part_and_is_judged_by_its_test_part(
    recipe: Recipe, drawn_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    sets = shutil.copytree(drawn_dataset, tmp_path / "sets")
    shares = {"drawn": 0.25, "noncrack": 0.25}
    split = split_by_source(find_samples([sets]), seed=5, validation_share=0.25, test_shares=shares)
    manifest, run = tmp_path / "split.csv", tmp_path / "run"
    write_manifest(split, manifest, hashed=True)
    write_recipe(recipe, tmp_path / "recipe.yaml")

    arguments = ["--data", str(manifest), "--out", str(run), "--threads", "1", "--json"]
    assert main(["train", str(tmp_path / "recipe.yaml"), *arguments]) == 0
    opened = RunFolder.open(run)
    assert opened.data_folders == (manifest.resolve(),)
    learnt = opened.split()
    for (_, given), (_, taken) in zip(split.parts(), learnt.parts(), strict=True):
        assert set(taken) == set(given), "the recipe's seed and shares change nothing"
    assert train(recipe, [manifest], run, resume=True, threads=1).exists()

    capsys.readouterr()
    assert main(["evaluate", str(run), "--data", str(manifest), "--threads", "1", "--json"]) == 0
    said = capsys.readouterr()
    from_manifest = json.loads(said.out)
    assert from_manifest["model"]["judged_on_sets_it_learnt_from"] == []
    assert "learnt from" not in said.err
    assert from_manifest["overall"]["pictures"] == len(split.test)
    assert from_manifest["protocol"]["part"] == "test"
    assert main(["evaluate", str(run), "--data", str(run / "split.csv"), "--threads", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["overall"] == from_manifest["overall"]

    (sets / "drawn/images/wall03-0.jpg").write_bytes(b"another picture")
    with pytest.raises(DatasetError, match=r"wall03-0\.jpg: has changed since split\.csv was made"):
        train(recipe, [manifest], run, resume=True, threads=1)


def test_a_run_on_a_dataset_with_halves_sees_nothing_of_its_test_half(
    recipe: Recipe, drawn_dataset: Path, tmp_path: Path
):
    for role in ("images", "masks"):
        for number, path in enumerate(sorted((drawn_dataset / "drawn" / role).iterdir())):
            half = tmp_path / "walls" / ("train" if number < 12 else "test") / role
            half.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, half)
    train(recipe, [tmp_path / "walls"], tmp_path / "run", threads=1)
    split = RunFolder.open(tmp_path / "run").split()
    seen = {sample.image.parent.parent.name for sample in (*split.train, *split.validation)}
    assert seen == {"train"}
    assert {sample.image.parent.parent.name for sample in split.test} == {"test"}
