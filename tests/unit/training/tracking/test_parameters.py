from pathlib import Path

import yaml

from crackscope.training.recipe import read_recipe, recipe_document
from crackscope.training.run_folder import RunFolder
from crackscope.training.tracking.parameters import flat, tracked_run


def test_a_recipes_parameters_are_what_set_takes():
    recipe = read_recipe("segment-light", changes=["data.sets.walls.draw=0.5", "seed=4"])
    values = flat(recipe_document(recipe))
    changes = [f"{key}={value}" for key, value in values.items() if not key.startswith("losses.")]
    assert len(changes) > 30
    assert read_recipe("segment-light", changes=changes) == recipe


def test_a_run_is_described_by_its_recipe_its_data_and_its_versions(run_folder: Path):
    run = tracked_run(RunFolder.open(run_folder))
    assert run.name == "walls"
    assert run.parameters["epochs"] == "7"
    assert run.parameters["losses.0.name"] == "bce"
    assert run.parameters["run.pictures.train.walls"] == "12"
    assert run.parameters["run.data_folders"] == '["/sets/walls"]'
    assert run.environment == {"crackscope": "0.1", "torch": "2.14.1"}
    assert yaml.safe_load(run.recipe) == recipe_document(RunFolder.open(run_folder).recipe)
