from dataclasses import replace
from pathlib import Path

import pytest

from crackscope.errors import CrackscopeError, RecipeError
from crackscope.training.recipe import read_recipe
from crackscope.training.sweep.settings import SweepSettings, fingerprint_of
from crackscope.training.sweep.space import read_spaces


def _settings(*varied: str) -> SweepSettings:
    space = read_spaces(varied or ["batch_size=8,16", "optimiser.learning_rate=log:1e-4..1e-2"])
    return SweepSettings(read_recipe("segment-light"), space, (Path("/sets"),), "abc", seed=1, trials=5)


def test_settings_survive_being_written(tmp_path: Path):
    settings = _settings(
        "data.scale_range=[0.5, 2.0],[1, 1]", "teacher=null,{run: runs/a}", "epochs=log:2..8"
    )
    settings.write(tmp_path)
    assert SweepSettings.read(tmp_path) == settings


@pytest.mark.parametrize(
    ("varied", "sentence"),
    [
        ("optimiser.lr=0.1,0.2", r"--vary optimiser\.lr=0\.1: unknown key optimiser\.lr"),
        (
            "batch_size=8,0",
            r"--vary batch_size=0: batch_size = 0: input should be greater than or equal to 1",
        ),
        ("batch_size=range:1..4096", r"--vary batch_size=4096: crops_per_epoch must be at least batch_size"),
        ("data.crop_px=range:128..320", r"--vary data\.crop_px=129: .*multiple of 32"),
        ("data.crop_px=range:128..320:8", r"--vary data\.crop_px=136: .*multiple of 32"),
        ("batch_size=range:8..9.5", r"--vary batch_size=9\.5"),
        ("epochs.more=1,2", "epochs is a plain value and has no parts"),
    ],
)
def test_a_space_that_does_not_fit_the_recipe_is_refused_before_anything_is_trained(
    varied: str, sentence: str
):
    with pytest.raises(RecipeError, match=sentence):
        _settings(varied).check_space()


@pytest.mark.parametrize(
    "varied",
    [
        "seed=1,2",
        "data.validation_share=0.1,0.2",
        "data.sets.uav.test_share=0.1,0.2",
        "data.sets.uav.draw=1,2",
        "data.sets.uav={draw: 1},{draw: 2}",
        "data.sets.uav.mask_margin_px=0,1",
    ],
)
def test_what_decides_how_a_trial_is_judged_cannot_be_varied(varied: str):
    with pytest.raises(RecipeError, match="it decides"):
        _settings(varied).check_space()


def test_what_only_decides_how_a_trial_learns_can_be_varied():
    _settings(
        "data.sets.uav.loss=0.5,1.0", "model.name=light,mobile", "augmentation.blur=range:0..0.5"
    ).check_space()


def test_a_trials_values_go_into_its_recipe_and_nowhere_else():
    settings = _settings()
    recipe = settings.recipe_of({"batch_size": 8, "optimiser.learning_rate": 1e-5}, source="trial-0001")
    wanted = read_recipe("segment-light", changes=["batch_size=8", "optimiser.learning_rate=1.0e-5"])
    assert recipe == wanted
    assert settings.recipe == read_recipe("segment-light")
    with pytest.raises(RecipeError, match="trial-0001: crops_per_epoch must be at least"):
        settings.recipe_of({"batch_size": 8, "crops_per_epoch": 4}, source="trial-0001")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"recipe": read_recipe("segment-light", changes=["epochs=3"])}, "another recipe"),
        ({"space": read_spaces(["batch_size=8,32"])}, "another space .*batch_size=8,16"),
        ({"data_folders": (Path("/others"),)}, "other data .*/sets"),
        ({"pictures": "xyz"}, "other pictures in the same folders"),
        ({"seed": 2}, "seed 1"),
        ({"prune": True}, "no pruning"),
    ],
)
def test_a_sweep_does_not_go_on_with_other_settings(change: dict[str, object], sentence: str):
    begun = _settings()
    with pytest.raises(CrackscopeError, match=f"out: was begun with {sentence}.*; leave it out"):
        replace(begun, **change).require_same(begun, Path("out"))


def test_a_sweep_goes_on_with_another_number_of_trials():
    replace(_settings(), trials=50).require_same(_settings(), Path("out"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "nothing to resume, sweep.json is missing"),
        ("{", "is damaged"),
        ("[]", "is damaged"),
        ('{"schema_version": 1}', "is damaged"),
        ('{"schema_version": 99}', "newer crackscope"),
    ],
)
def test_settings_that_cannot_be_read_get_one_sentence(text: str | None, sentence: str, tmp_path: Path):
    if text is not None:
        (tmp_path / "sweep.json").write_text(text)
    with pytest.raises(CrackscopeError, match=sentence):
        SweepSettings.read(tmp_path)


def test_the_fingerprint_is_of_the_pictures_and_not_of_how_the_folder_is_named(
    drawn_dataset: Path, tmp_path: Path
):
    recipe = read_recipe("segment-light")
    (tmp_path / "link").symlink_to(drawn_dataset)
    whole = fingerprint_of([drawn_dataset], recipe)
    assert fingerprint_of([tmp_path / "link"], recipe) == whole
    assert fingerprint_of([drawn_dataset / "drawn"], recipe) != whole
