from pathlib import Path

import pytest

from crackscope.errors import RecipeError
from crackscope.training.recipe import (
    parse_recipe,
    read_recipe,
    recipe_document,
    shipped_recipes,
    write_recipe,
)


@pytest.mark.parametrize("name", list(shipped_recipes()))
def test_every_shipped_recipe_is_valid_and_named_after_its_file(name: str):
    assert read_recipe(name).name == name


def test_a_recipe_survives_being_written(tmp_path: Path):
    recipe = read_recipe("segment-light", changes=["data.sets.mine.loss=0.5"])
    write_recipe(recipe, tmp_path / "r.yaml")
    assert read_recipe(str(tmp_path / "r.yaml")) == recipe


def test_set_changes_nested_keys():
    recipe = read_recipe("segment-light", changes=["optimiser.learning_rate=0.5", "data.scale_range=[1, 2]"])
    assert recipe.optimiser.learning_rate == 0.5
    assert recipe.data.scale_range == (1, 2)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("epochz=3", "unknown key epochz"),
        ("optimiser.lr=3", r"unknown key optimiser\.lr"),
        ("epochs=0", "epochs = 0: input should be greater than or equal to 1"),
        ("epochs=three", "epochs = 'three'"),
        ("epochs", "must be key=value"),
        ("epochs.more=1", "epochs is a plain value"),
        ("name=../evil", "name = "),
        ("epochs=[1", "not readable as YAML"),
        ("data.crop_px=300", "crop_px = 300: input should be a multiple of 32"),
        ("data.scale_range=[2, 1]", r"scale_range must be \[smallest, largest\]"),
        ("losses=[]", "losses = "),
        ("crops_per_epoch=4", r"crops_per_epoch must be at least batch_size \(16\)"),
    ],
)
def test_a_wrong_change_gets_one_sentence(change: str, sentence: str):
    with pytest.raises(RecipeError, match=sentence) as caught:
        read_recipe("segment-light", changes=[change])
    assert "\n" not in str(caught.value)


def test_encoder_weights_may_be_a_path_alone():
    recipe = read_recipe("segment-light", changes=["model.encoder_weights=w.pth"])
    assert recipe.model.encoder_weights is not None
    assert recipe.model.encoder_weights.file == "w.pth"


def test_set_reaches_into_what_a_frozen_recipe_spells_out_as_none(tmp_path: Path):
    write_recipe(read_recipe("segment-light"), tmp_path / "r.yaml")
    recipe = read_recipe(str(tmp_path / "r.yaml"), changes=["teacher.run=runs/t", "teacher.weight=0.2"])
    assert recipe.teacher is not None
    assert (recipe.teacher.run, recipe.teacher.weight) == ("runs/t", 0.2)


def test_a_model_starts_from_one_thing():
    changes = ["model.encoder_weights=w.pth", "model.start_from=runs/other"]
    with pytest.raises(RecipeError, match="takes encoder_weights or start_from, not both"):
        read_recipe("segment-light", changes=changes)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"- a list", "holds no recipe"),
        (b"a: [1", "not readable as YAML"),
        (b"\xff\xfe\x00", "not readable as YAML"),
        (b"epochs: 3", "key name is missing"),
        (b"name: !!python/object/apply:os.system ['true']", "not readable as YAML"),
    ],
)
def test_a_broken_recipe_gets_one_sentence(tmp_path: Path, content: bytes, sentence: str):
    path = tmp_path / "r.yaml"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=sentence) as caught:
        read_recipe(str(path))
    assert "\n" not in str(caught.value)
    assert "r.yaml" in str(caught.value)


def test_an_unknown_recipe_lists_the_shipped_ones():
    with pytest.raises(RecipeError, match=r"no such recipe; give a YAML file or one of .*segment-light"):
        read_recipe("segment-heavy")


def test_a_document_has_every_default_spelled_out():
    document = recipe_document(parse_recipe({"name": "x"}, source="test"))
    assert document["data"]["crop_px"] == 256
    assert document["losses"][0] == {"name": "bce", "weight": 1.0, "options": {}}
