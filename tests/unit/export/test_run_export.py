from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("pydantic")

from crackscope.datasets.sample import Sample
from crackscope.errors import CrackscopeError
from crackscope.export.run_export import CALIBRATION_PICTURES, calibration_pictures, card_of_run
from crackscope.training.lineage import Ancestry, Learnt
from crackscope.training.recipe import parse_recipe
from crackscope.training.run_folder import RunFolder

FROZEN = {
    "threshold": 0.42,
    "temperature": 1.3,
    "crack_filter": {"min_length_px": 9.0, "min_peak_probability": 0.6, "min_mean_probability": 0.5},
    "mean_f1": 0.8,
}


def run_folder(frozen):
    recipe = {"name": "walls", "seed": 3, "data": {"sets": {"a": {"terms": "CC0"}}}}
    return RunFolder(
        path=Path("runs/walls"),
        recipe=parse_recipe(recipe, source="recipe.yaml"),
        data_folders=(),
        pictures={"train": {"b": 5, "a": 7}, "validation": {"a": 1}},
        versions={"torch": "2"},
        frozen=frozen,
    )


def test_a_card_says_what_was_frozen_and_learnt_from():
    card = card_of_run(run_folder(FROZEN))
    assert (card.name, card.task, card.threshold, card.seed) == ("walls", "segment", 0.42, 3)
    assert card.crack_filter.min_length_px == 9.0
    trained_on = [(each.name, each.pictures, each.terms) for each in card.training_sets]
    assert trained_on == [("a", 7, "CC0"), ("b", 5, "not stated")]
    assert "terms of every training set apply" in card.terms
    assert card.recipe["name"] == "walls"


def test_a_cards_figures_are_named_for_people_and_rounded():
    frozen = FROZEN | {
        "f1_by_set": {"a": 0.81234567},
        "filter_choice": {"share_after": 0.024590163, "recall_after": 0.619},
        "pictures": 295,
    }
    assert card_of_run(run_folder(frozen)).figures["validation"] == {
        "pictures": 295,
        "F1, mean over sets by their say": 0.8,
        "F1": {"a": 0.8123},
        "share of crack-free pictures with a crack reported": 0.0246,
        "recall of what is reported": 0.619,
    }


def test_a_card_lists_what_the_runs_before_it_learnt_from():
    run = replace(run_folder(FROZEN), ancestry=Ancestry((Learnt("photos", 9, "theirs"),)))
    assert [each.name for each in card_of_run(run).training_sets] == ["a", "b", "photos"]


def test_a_card_may_get_another_name():
    assert card_of_run(run_folder(FROZEN), name="crack-light").name == "crack-light"


def test_a_run_without_frozen_threshold_says_how_to_finish_it():
    with pytest.raises(CrackscopeError, match=r"not chosen yet.*--resume"):
        card_of_run(run_folder(None))


@pytest.mark.parametrize("damage", [{"threshold": "x"}, {"crack_filter": {"length": 1}}, {"crack_filter": 5}])
def test_a_damaged_frozen_threshold_is_named(damage):
    with pytest.raises(CrackscopeError, match="damaged"):
        card_of_run(run_folder(FROZEN | damage))


def test_calibration_pictures_come_from_every_set_in_turn(tmp_path):
    samples = []
    for set_name, count, grey in [("large", 200, 10), ("small", 3, 200)]:
        path = tmp_path / f"{set_name}.png"
        cv2.imwrite(str(path), np.full((8, 8, 3), grey, np.uint8))
        samples += [Sample(set_name, path, None, f"{set_name}/{number}") for number in range(count)]
    greys = [int(picture[0, 0, 0]) for picture in calibration_pictures(samples)]
    assert greys[:6] == [10, 200] * 3
    assert greys.count(200) == 3
    assert len(greys) == CALIBRATION_PICTURES // 2 + 3
