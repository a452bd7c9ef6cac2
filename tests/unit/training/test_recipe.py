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
    model = {"encoder_weights": "w.pth", "start_from": "runs/other"}
    with pytest.raises(
        RecipeError, match="takes one of pretrained, encoder_weights, encoder_from and start_from"
    ):
        parse_recipe({"name": "r", "model": model}, source="test")


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


def test_a_recipe_based_on_another_changes_what_it_names_and_keeps_the_rest(tmp_path: Path):
    base = read_recipe("segment-unet-resnet")
    (tmp_path / "mine.yaml").write_text(
        "name: mine\nbased_on: segment-unet-resnet\nepochs: 3\ndata: {crop_px: 64}\nmodel: {name: enet}\n"
    )
    mine = read_recipe(str(tmp_path / "mine.yaml"))
    assert (mine.name, mine.epochs, mine.model.name) == ("mine", 3, "enet")
    assert mine.data == base.data.model_copy(update={"crop_px": 64})
    assert mine.optimiser == base.optimiser


def test_a_recipe_may_be_based_on_one_beside_it_but_not_on_itself(tmp_path: Path):
    (tmp_path / "a.yaml").write_text("name: a\nepochs: 4\n")
    (tmp_path / "b.yaml").write_text("name: b\nbased_on: a.yaml\n")
    assert read_recipe(str(tmp_path / "b.yaml")).epochs == 4
    (tmp_path / "a.yaml").write_text("name: a\nbased_on: b.yaml\n")
    with pytest.raises(RecipeError, match="is based on itself"):
        read_recipe(str(tmp_path / "b.yaml"))
    (tmp_path / "a.yaml").write_text("name: a\nbased_on: elsewhere\n")
    with pytest.raises(RecipeError, match="based_on: elsewhere: no such recipe"):
        read_recipe(str(tmp_path / "b.yaml"))


def test_naming_a_start_takes_the_place_of_the_recipes_own():
    recipe = read_recipe("classify-resnet50", changes=["model.encoder_weights=weights.pth"])
    assert recipe.model.pretrained is None
    assert recipe.model.encoder_weights is not None
    assert read_recipe("classify-resnet50").model.pretrained == "imagenet"


def test_the_classifier_of_the_metu_pictures_is_trained_as_published():
    recipe = read_recipe("classify-resnet50")
    own = recipe.optimiser
    assert (recipe.batch_size, recipe.epochs, own.learning_rate, own.schedule) == (32, 5, 0.001, "cosine")
    assert (own.weight_decay, own.gradient_clip, recipe.model.pretrained) == (0, 0, "imagenet")


MODELS = {"segment": "light", "classify": "timm/resnet10t", "detect": "maskrcnn-resnet50"}


@pytest.mark.parametrize("task", MODELS)
def test_a_loss_of_another_task_is_refused_and_the_own_ones_listed(task: str):
    document = {"name": "r", "task": task, "model": {"name": MODELS[task]}}
    with pytest.raises(RecipeError, match=f"loss hinge: unknown; for {task} there are "):
        parse_recipe({**document, "losses": [{"name": "hinge"}]}, source="test")


@pytest.mark.parametrize("task", MODELS)
def test_a_model_of_another_task_is_refused_and_the_own_ones_listed(task: str):
    with pytest.raises(RecipeError, match=f"model moble: unknown; for {task} there are .*{MODELS[task][:4]}"):
        parse_recipe({"name": "r", "task": task, "model": {"name": "moble"}}, source="test")


def test_a_model_section_without_a_name_changes_the_bases_model(tmp_path: Path):
    (tmp_path / "a.yaml").write_text(
        "name: a\nbased_on: segment-unet-resnet50\n"
        "model: {encoder_weights: w.pth, options: {stride_in_1x1: true}}\n"
    )
    model = read_recipe(str(tmp_path / "a.yaml")).model
    assert (model.name, model.pretrained) == ("unet-resnet50", None)
    assert model.encoder_weights is not None
    assert model.options == {"stride_in_1x1": True}


def test_a_mistake_in_set_is_told_by_what_was_typed():
    with pytest.raises(RecipeError, match=r"--set data\.croppx=96: unknown key data\.croppx"):
        read_recipe("segment-light", changes=["data.croppx=96"])
