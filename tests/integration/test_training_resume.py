"""A training that is killed goes on from its last checkpoint with the figures it would have had."""

import csv
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from crackscope.datasets import find_samples
from crackscope.datasets.cache import DecodedCache
from crackscope.errors import CrackscopeError, RecipeError
from crackscope.training.checkpoint import load_checkpoint_predictor, load_network
from crackscope.training.lineage import Ancestry
from crackscope.training.recipe import Recipe, parse_recipe, write_recipe
from crackscope.training.run import train
from crackscope.training.run_folder import RunFolder
from crackscope.training.teacher import TeacherMaps, teacher_sha256

RECIPE = {
    "name": "tiny",
    "seed": 3,
    "epochs": 6,
    "crops_per_epoch": 8,
    "batch_size": 4,
    "validate_every": 3,
    "model": {"options": {"channels": [16, 16, 16, 16, 16], "blocks": [0, 1, 1, 1, 1], "lateral": 16}},
    "data": {"crop_px": 64, "validation_share": 0.25},
    "optimiser": {"warmup_steps": 2},
}


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return parse_recipe(RECIPE, source="test")


@pytest.fixture(scope="module")
def whole_run(recipe: Recipe, drawn_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "whole"
    train(recipe, [drawn_dataset], folder, threads=1)
    return folder


def _figures(run: Path) -> list[dict[str, str]]:
    with (run / "metrics.csv").open(encoding="utf-8") as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def test_a_run_leaves_everything_needed_to_repeat_it(whole_run: Path):
    left = {str(path.relative_to(whole_run)) for path in whole_run.rglob("*") if path.is_file()}
    assert {
        "recipe.yaml",
        "versions.json",
        "data.json",
        "split.csv",
        "metrics.csv",
        "curves.png",
        "checkpoints/last.ckpt",
        "checkpoints/best.ckpt",
        "validation/epoch-0003.jpg",
        "validation/epoch-0006.jpg",
    } <= left
    assert [row["epoch"] for row in _figures(whole_run)] == ["0", "1", "2", "3", "4", "5"]


def test_a_killed_run_resumes_with_the_same_figures(
    whole_run: Path, recipe: Recipe, drawn_dataset: Path, tmp_path: Path
):
    run = tmp_path / "killed"
    write_recipe(recipe, tmp_path / "recipe.yaml")
    arguments = ["train", str(tmp_path / "recipe.yaml"), "--data", str(drawn_dataset), "--out", str(run)]
    process = subprocess.Popen([sys.executable, "-m", "crackscope", *arguments, "--threads", "1"])
    deadline = time.monotonic() + 240
    while not (run / "metrics.csv").exists() or len(_figures(run)) < 3:
        assert process.poll() is None, "training ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    reached = torch.load(run / "checkpoints/last.ckpt", weights_only=True)["epoch"]
    assert reached >= 1, "a checkpoint is written in every epoch, validated or not"
    train(recipe, [drawn_dataset], run, resume=True, threads=1)
    assert _figures(run) == _figures(whole_run)
    mine, whole = (torch.load(r / "checkpoints/last.ckpt", weights_only=True) for r in (run, whole_run))
    torch.testing.assert_close(mine["state_dict"], whole["state_dict"], rtol=0, atol=0)


def test_the_same_seed_gives_the_same_figures(
    whole_run: Path, recipe: Recipe, drawn_dataset: Path, tmp_path: Path
):
    train(recipe, [drawn_dataset], tmp_path / "again", threads=1)
    assert _figures(tmp_path / "again") == _figures(whole_run)


def test_a_run_that_was_moved_keeps_its_best_checkpoint(drawn_dataset: Path, tmp_path: Path):
    recipe = parse_recipe(RECIPE | {"validate_every": 1, "epochs": 2}, source="test")
    best = train(recipe, [drawn_dataset], tmp_path / "before", threads=1)
    whole = best.read_bytes()
    state = torch.load(tmp_path / "before/checkpoints/last.ckpt", weights_only=False)
    chosen = next(value for value in state["callbacks"].values() if value.get("monitor"))
    better_than_any_to_come = torch.tensor(2.0)
    chosen["best_model_score"] = chosen["kth_value"] = better_than_any_to_come
    chosen["best_k_models"] = dict.fromkeys(chosen["best_k_models"], better_than_any_to_come)
    torch.save(state, tmp_path / "before/checkpoints/last.ckpt")
    (tmp_path / "before").rename(tmp_path / "after")
    longer = parse_recipe(RECIPE | {"validate_every": 1, "epochs": 3}, source="test")
    write_recipe(longer, tmp_path / "after/recipe.yaml")
    assert train(longer, [drawn_dataset], tmp_path / "after", resume=True, threads=1).read_bytes() == whole
    assert len(_figures(tmp_path / "after")) == 3


def test_a_folder_in_use_is_not_overwritten(whole_run: Path, recipe: Recipe, drawn_dataset: Path):
    before = _figures(whole_run)
    with pytest.raises(CrackscopeError, match="already holds a run; give --resume or another folder"):
        train(recipe, [drawn_dataset], whole_run)
    assert _figures(whole_run) == before


def test_a_run_is_not_resumed_with_another_recipe(whole_run: Path, drawn_dataset: Path):
    other = parse_recipe(RECIPE | {"seed": 4}, source="test")
    with pytest.raises(RecipeError, match=r"was begun with another recipe \(seed is 4, was 3\)"):
        train(other, [drawn_dataset], whole_run, resume=True)


def test_nothing_to_resume_is_said(recipe: Recipe, drawn_dataset: Path, tmp_path: Path):
    with pytest.raises(CrackscopeError, match="nothing to resume"):
        train(recipe, [drawn_dataset], tmp_path / "fresh", resume=True)


def test_a_run_is_not_resumed_with_other_pictures(
    whole_run: Path, recipe: Recipe, drawn_dataset: Path, tmp_path: Path
):
    shutil.copytree(drawn_dataset, tmp_path / "more")
    picture = next((tmp_path / "more/noncrack/images").iterdir())
    picture.rename(picture.with_stem("another"))
    with pytest.raises(CrackscopeError, match="the pictures are not those it was begun with"):
        train(recipe, [tmp_path / "more"], whole_run, resume=True)


def test_a_run_starts_from_anothers_weights_but_not_from_what_it_tests_on(
    whole_run: Path, drawn_dataset: Path, tmp_path: Path
):
    model = RECIPE["model"] | {"start_from": str(whole_run)}
    follower = RECIPE | {"model": model, "epochs": 1, "optimiser": {"learning_rate": 1e-9}}
    best = train(parse_recipe(follower, source="test"), [drawn_dataset], tmp_path / "next", threads=1)
    mine, whole = (load_network(path)[0].state_dict() for path in (best, whole_run / "checkpoints/best.ckpt"))
    torch.testing.assert_close(mine["decoder.head.weight"], whole["decoder.head.weight"], atol=1e-5, rtol=0)
    with pytest.raises(RecipeError, match=r"learnt from drawn/.*, which this run validates or tests on"):
        train(parse_recipe(follower | {"seed": 99}, source="test"), [drawn_dataset], tmp_path / "leak")


def test_another_network_starts_from_a_runs_encoder_and_inherits_what_it_learnt_from(
    drawn_dataset: Path, tmp_path: Path
):
    short = RECIPE | {"epochs": 1, "optimiser": {"learning_rate": 1e-9}}
    segments = short | {"model": {"name": "mobile", "options": {"lateral": 16, "half": 16}}}
    own = tmp_path / "segments"
    train(parse_recipe(segments, source="test"), [drawn_dataset], own, threads=1)
    detects = {key: value for key, value in short.items() if key not in {"losses", "model"}} | {
        "task": "detect"
    }
    options = {"head_channels": 16, "mask_channels": 8, "box_features": 32, "map_channels": 16, "mask_px": 28}

    def finder(name: str) -> Recipe:
        model = {"name": name, "encoder_from": str(own), "options": options}
        return parse_recipe(detects | {"model": model}, source="test")

    best = train(finder("maskrcnn-mobilenetv2"), [drawn_dataset], tmp_path / "detects", threads=1)
    mine, theirs = (
        load_network(best)[0].state_dict(),
        load_network(own / "checkpoints/best.ckpt")[0].state_dict(),
    )
    for name in ("features.9.conv.0.0.weight", "decoder.head.weight"):
        part = "crack_map" if name.startswith("decoder") else "backbone.body"
        torch.testing.assert_close(mine[f"{part}.{name}"], theirs[name], atol=1e-5, rtol=0)
    ancestry = RunFolder.open(tmp_path / "detects").ancestry
    assert ancestry.inherited == RunFolder.open(own).lineage()
    with pytest.raises(RecipeError, match=r"model\.encoder_from: .* \(mobile\) has another encoder"):
        train(finder("maskrcnn-mobilenetv3"), [drawn_dataset], tmp_path / "other", threads=1)


def test_encoder_weights_that_are_missing_are_named_before_pictures_are_decoded(
    drawn_dataset: Path, tmp_path: Path
):
    model = {"name": "mobile", "encoder_weights": str(tmp_path / "w.pth")}
    with pytest.raises(RecipeError, match=r"w\.pth: does not exist"):
        train(parse_recipe(RECIPE | {"model": model}, source="test"), [drawn_dataset], tmp_path / "run")
    assert not (tmp_path / "run").exists()


def _taught(**changes: object) -> Recipe:
    return parse_recipe(RECIPE | {"epochs": 2, "validate_every": 2} | changes, source="test")


def test_a_teacher_without_weight_changes_nothing_and_one_with_weight_does(
    whole_run: Path, drawn_dataset: Path, tmp_path: Path
):
    figures = []
    for name, teacher in (
        ("alone", None),
        ("unheard", {"run": str(whole_run), "weight": 0.0}),
        ("heard", {"run": str(whole_run), "weight": 0.5}),
    ):
        train(_taught(teacher=teacher), [drawn_dataset], tmp_path / name, threads=1)
        figures.append(_figures(tmp_path / name))
    assert RunFolder.open(tmp_path / "alone").ancestry == Ancestry()
    ancestry = RunFolder.open(tmp_path / "heard").ancestry
    assert ancestry.inherited == RunFolder.open(whole_run).lineage()
    assert ancestry.inherited_sources == {s.source for s in RunFolder.open(whole_run).split().train}
    alone, unheard, heard = figures
    assert unheard == alone
    assert heard != alone


def test_a_teachers_maps_are_its_predictions_both_ways_up_and_are_made_once(
    whole_run: Path, drawn_dataset: Path, tmp_path: Path
):
    cache = DecodedCache(find_samples([drawn_dataset]), tmp_path)
    sha256 = teacher_sha256(whole_run)
    seen: list[str] = []
    maps = TeacherMaps(
        cache, whole_run, tmp_path, sha256=sha256, progress=lambda sample: seen.append(sample.key)
    )
    assert len(seen) == len(cache)
    predict = load_checkpoint_predictor(whole_run)
    for position in (0, len(cache) - 1):
        pixels, _ = cache.read(position)
        upright, turned = predict(pixels), predict(pixels[::-1, ::-1].copy())[::-1, ::-1]
        assert abs(upright - turned).max() > 2 / 255
        np.testing.assert_allclose(maps.read(position) / 255, (upright + turned) / 2, atol=0.6 / 255)
    gone = tmp_path / "nobody"
    again = TeacherMaps(cache, gone, tmp_path, sha256=sha256)
    np.testing.assert_array_equal(again.read(3), maps.read(3))
    with pytest.raises(CrackscopeError, match="holds no checkpoint"):
        TeacherMaps(cache, gone, tmp_path, sha256=sha256, in_bf16=True)


def test_a_taught_run_resumes_with_the_same_figures_but_not_under_another_teacher(
    whole_run: Path, drawn_dataset: Path, tmp_path: Path
):
    teacher = tmp_path / "teacher"
    shutil.copytree(whole_run, teacher)
    recipe = _taught(teacher={"run": str(teacher)}, validate_every=1)
    train(recipe, [drawn_dataset], tmp_path / "whole", threads=1, cache_folder=tmp_path / "cache")
    shutil.copytree(tmp_path / "whole", tmp_path / "stopped")
    train(recipe, [drawn_dataset], tmp_path / "stopped", resume=True, threads=1)
    assert _figures(tmp_path / "stopped") == _figures(tmp_path / "whole")
    content = torch.load(teacher / "checkpoints/last.ckpt", weights_only=True)
    torch.save(content | {"more": 1}, teacher / "checkpoints/best.ckpt")
    with pytest.raises(CrackscopeError, match="has been trained again since"):
        train(recipe, [drawn_dataset], tmp_path / "stopped", resume=True, cache_folder=tmp_path / "empty")


def test_a_run_is_not_resumed_in_another_precision(
    whole_run: Path, recipe: Recipe, drawn_dataset: Path, tmp_path: Path
):
    shutil.copytree(whole_run, tmp_path / "run")
    data = json.loads((tmp_path / "run/data.json").read_text())
    other = {"bf16": "fp32", "fp32": "bf16"}[data["precision"]]
    (tmp_path / "run/data.json").write_text(json.dumps(data | {"precision": other}))
    with pytest.raises(CrackscopeError, match=f"was begun in {other}, and this machine would go on in"):
        train(recipe, [drawn_dataset], tmp_path / "run", resume=True)


def test_a_teacher_that_learnt_from_what_the_run_tests_on_is_refused(
    whole_run: Path, drawn_dataset: Path, tmp_path: Path
):
    with pytest.raises(RecipeError, match=r"teacher\.run: .* learnt from drawn/.*validates or tests on"):
        train(_taught(seed=99, teacher={"run": str(whole_run)}), [drawn_dataset], tmp_path / "leak")
    with pytest.raises(RecipeError, match=r"teacher\.run: .* does not exist.*--set teacher=null"):
        train(_taught(teacher={"run": str(tmp_path / "nobody")}), [drawn_dataset], tmp_path / "nobody-taught")


def test_a_checkpoint_that_has_left_its_run_teaches_nobody(
    whole_run: Path, drawn_dataset: Path, tmp_path: Path
):
    (tmp_path / "deep/er").mkdir(parents=True)
    lone = shutil.copy(whole_run / "checkpoints/best.ckpt", tmp_path / "deep/er/lone.ckpt")
    with pytest.raises(RecipeError, match="is no run folder and lies in none; give a run folder"):
        train(_taught(teacher={"run": str(lone)}), [drawn_dataset], tmp_path / "run")


def test_what_a_teacher_itself_had_been_taught_on_is_held_against_a_run(
    whole_run: Path, drawn_dataset: Path, tmp_path: Path
):
    teacher = tmp_path / "teacher"
    shutil.copytree(whole_run, teacher)
    data = json.loads((teacher / "data.json").read_text())
    held_out = RunFolder.open(whole_run).split().validation[0].source
    data["ancestry"]["inherited_sources"] = [held_out]
    (teacher / "data.json").write_text(json.dumps(data))
    with pytest.raises(RecipeError, match=f"learnt from {held_out}"):
        train(_taught(teacher={"run": str(teacher)}), [drawn_dataset], tmp_path / "run")


def test_data_without_a_mask_to_validate_on_are_refused(recipe: Recipe, drawn_dataset: Path, tmp_path: Path):
    with pytest.raises(CrackscopeError, match="no picture with a mask is left for validation"):
        train(recipe, [drawn_dataset / "noncrack"], tmp_path / "run")
