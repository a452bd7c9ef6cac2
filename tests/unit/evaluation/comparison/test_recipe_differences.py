from pathlib import Path

import pytest

pytest.importorskip("pydantic")

from crackscope.evaluation.comparison.entrants import Entrant
from crackscope.evaluation.comparison.recipe_differences import recipe_differences
from crackscope.training.recipe import parse_recipe
from crackscope.training.recipe_keys import flatten
from crackscope.training.run_folder import RunFolder


def entrant(name, *, pictures=7, precision=None, **recipe):
    document = parse_recipe({"name": name, **recipe}, source=name)
    run = RunFolder(Path(name), document, (), {"train": {"walls": pictures}}, {}, {}, precision=precision)
    return Entrant(name, run, frozenset(), frozenset())


def differences(*entrants):
    return {each.key: each.values for each in recipe_differences(entrants)}


def test_recipes_that_differ_in_name_alone_do_not_differ():
    assert differences(entrant("a"), entrant("b")) == {}


def test_only_the_keys_that_differ_are_listed_with_the_values_of_every_run():
    found = differences(
        entrant("a", epochs=3),
        entrant("b", epochs=3, optimiser={"learning_rate": 0.001}),
        entrant("c", epochs=5, losses=[{"name": "focal", "weight": 0.5, "options": {"gamma": 2}}]),
    )
    assert found == {
        "epochs": ("3", "3", "5"),
        "optimiser.learning_rate": ("0.002", "0.001", "0.002"),
        "losses": ("bce × 1, dice × 1", "bce × 1, dice × 1", "focal gamma 2 × 0.5"),
    }


def test_what_one_recipe_lacks_is_none():
    found = differences(entrant("a"), entrant("b", model={"start_from": "runs/a", "options": {"half": 8}}))
    assert found == {"model.options.half": (None, "8"), "model.start_from": (None, "runs/a")}


def test_training_pictures_and_precision_count_as_differences():
    found = differences(entrant("a", precision="fp32"), entrant("b", pictures=9, precision="bf16"))
    assert found == {"training pictures.walls": ("7", "9"), "computed in": ("fp32", "bf16")}


def test_flattened_values_read_as_words():
    assert flatten({"a": {"b": None, "c": True}, "d": [0.6, 1.6]}) == {"a.c": "yes", "d": "0.6, 1.6"}
