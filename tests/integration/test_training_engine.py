"""What a recipe may ask of the training besides its network: shown on a network that trains in a second."""

import csv
import errno
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import lightning.pytorch as pl
import onnx
import pytest
import torch
from lightning.pytorch.callbacks import Callback

from crackscope.engine.model_card import ModelCard, TrainingSet
from crackscope.engine.model_file import ModelFile
from crackscope.errors import CrackscopeError, RecipeError
from crackscope.export.onnx_export import write_model_file
from crackscope.training import whole_checkpoints
from crackscope.training.checkpoint import load_network
from crackscope.training.rate_finder import draw_rate_search, find_learning_rate
from crackscope.training.recipe import Recipe, parse_recipe, recipe_document, write_recipe
from crackscope.training.run import train
from crackscope.training.run_files import BEST, LAST
from crackscope.training.run_folder import RunFolder

PLAIN = {
    "name": "tiny",
    "seed": 3,
    "epochs": 2,
    "crops_per_epoch": 16,
    "batch_size": 4,
    "validate_every": 1,
    "precision": "fp32",
    "model": {"options": {"channels": [16, 16, 16, 16, 16], "blocks": [0, 1, 1, 1, 1], "lateral": 16}},
    "data": {"crop_px": 64, "validation_share": 0.25},
    "losses": [{"name": "bce"}],
}
OPTIMISER = {"warmup_steps": 2, "average_decay": 0, "gradient_clip": 0}


def _recipe(*, optimiser: dict[str, object] | None = None, **changes: object) -> Recipe:
    document = {**PLAIN, **changes, "optimiser": {**OPTIMISER, **(optimiser or {})}}
    return parse_recipe(document, source="test")


def _rows(run: Path) -> list[dict[str, str]]:
    with (run / "metrics.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _weights(run: Path) -> dict[str, torch.Tensor]:
    network, _ = load_network(run / LAST)
    return dict(network.named_parameters())


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def accumulated(drawn_dataset: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which two batches make a step."""
    run = tmp_path_factory.mktemp("runs") / "accumulated"
    recipe = _recipe(optimiser={"accumulate_batches": 2})
    train(recipe, [drawn_dataset], run, cache_folder=cache, threads=1)
    return run


def test_accumulated_batches_make_half_as_many_steps(accumulated: Path):
    assert [row["step"] for row in _rows(accumulated)] == ["2", "4"]


@pytest.mark.timeout(600)
def test_two_processes_learn_what_one_does_that_accumulates(
    accumulated: Path, drawn_dataset: Path, cache: Path, tmp_path: Path
):
    write_recipe(_recipe(), tmp_path / "tiny.yaml")
    command = [sys.executable, "-m", "crackscope", "train", str(tmp_path / "tiny.yaml")]
    command += ["--data", str(drawn_dataset), "--out", str(tmp_path / "two"), "--cache", str(cache)]
    done = subprocess.run(
        [*command, "--threads", "1", "--devices", "2"],
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    one, two = _rows(accumulated), _rows(tmp_path / "two")
    for before, after in zip(one, two, strict=True):
        assert after["step"] == before["step"]
        assert float(after["train_loss"]) == pytest.approx(float(before["train_loss"]), rel=1e-4)
    ours, theirs = _weights(accumulated), _weights(tmp_path / "two")
    for name, weight in ours.items():
        torch.testing.assert_close(theirs[name], weight, rtol=1e-3, atol=1e-4)
    assert done.stdout.count("next: crackscope export") == 1  # one process speaks


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_last_checkpoint(
    drawn_dataset: Path, cache: Path, tmp_path: Path
):
    run = tmp_path / "run"
    train(_recipe(epochs=1), [drawn_dataset], run, cache_folder=cache, threads=1)
    good = (run / LAST).read_bytes()
    wild = _recipe(epochs=1, optimiser={"learning_rate": 1e30, "warmup_steps": 0})
    with pytest.raises(CrackscopeError, match=r"the loss is (nan|inf) in epoch 0, batch \d+: training stops"):
        train(wild, [drawn_dataset], tmp_path / "wild", cache_folder=cache, threads=1)
    assert not (tmp_path / "wild" / LAST).exists()
    assert (run / LAST).read_bytes() == good


def test_a_full_disk_leaves_the_last_whole_checkpoint(
    drawn_dataset: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    written: list[Path] = []
    real = whole_checkpoints.whole_file

    @contextmanager
    def filling(path: Path) -> Iterator[Path]:
        with real(path) as temporary:
            yield temporary
            written.append(path)
            if len(written) > 2:  # best and last of the first epoch fit
                raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(whole_checkpoints, "whole_file", filling)
    with pytest.raises(CrackscopeError, match=r"cannot be written \(no space left on device\); make room"):
        train(_recipe(), [drawn_dataset], tmp_path / "run", cache_folder=cache, threads=1)
    network, recipe = load_network(tmp_path / "run" / LAST)
    assert recipe == _recipe()
    assert all(torch.isfinite(weight).all() for weight in network.parameters())
    assert not list((tmp_path / "run" / LAST.parent).glob(".*"))


def test_an_encoder_is_held_in_the_first_epochs_and_learns_after_them(
    drawn_dataset: Path, cache: Path, tmp_path: Path
):
    def run(name: str, *, epochs: int, **optimiser: object) -> dict[str, torch.Tensor]:
        recipe = _recipe(epochs=epochs, optimiser=optimiser)
        train(recipe, [drawn_dataset], tmp_path / name, cache_folder=cache, threads=1)
        return _weights(tmp_path / name)

    begun = run("begun", epochs=1, learning_rate=1e-12, weight_decay=0.0)
    held = run("held", epochs=1, frozen_encoder_epochs=1)
    freed = run("freed", epochs=2, frozen_encoder_epochs=1)

    def moved(weights: dict[str, torch.Tensor]) -> set[str]:
        return {
            name.split(".")[0]
            for name, weight in weights.items()
            if not torch.allclose(weight, begun[name], rtol=0, atol=1e-6)
        }

    assert moved(held) == {"decoder"}
    assert moved(freed) == {"stem", "stages", "decoder"}


def test_early_stopping_ends_a_run_that_gains_nothing(drawn_dataset: Path, cache: Path, tmp_path: Path):
    recipe = _recipe(
        epochs=12, early_stopping={"patience": 2, "least_gain": 0.9}, optimiser={"learning_rate": 1e-9}
    )
    train(recipe, [drawn_dataset], tmp_path / "run", cache_folder=cache, threads=1)
    assert len(_rows(tmp_path / "run")) == 3
    assert (tmp_path / "run" / BEST).exists()


def test_a_learning_rate_is_found_and_drawn(drawn_dataset: Path, cache: Path, tmp_path: Path):
    search = find_learning_rate(_recipe(), [drawn_dataset], cache_folder=cache, batches=40)
    assert 1e-6 < search.suggestion <= 0.3
    assert search.suggestion in search.rates
    draw_rate_search(search, tmp_path / "rate.png")
    assert (tmp_path / "rate.png").read_bytes().startswith(b"\x89PNG")


def test_a_run_with_one_cycle_rises_and_falls(drawn_dataset: Path, cache: Path, tmp_path: Path):
    recipe = _recipe(epochs=6, optimiser={"schedule": "one-cycle", "learning_rate": 0.01})
    train(recipe, [drawn_dataset], tmp_path / "run", cache_folder=cache, threads=1)
    rates = [float(row["learning_rate"]) for row in _rows(tmp_path / "run")]
    assert max(rates) == max(rates[1:3])
    assert rates[-1] < rates[0] < max(rates)


class _Spoiler(Callback):
    """Stands for a step whose gradients overflow: makes weights NaN after the second epoch's last batch."""

    def on_train_batch_end(self, trainer: pl.Trainer, module: pl.LightningModule, *_: object) -> None:
        if trainer.current_epoch == 1 and trainer.is_last_batch:
            next(module.parameters()).data.fill_(float("nan"))


def test_weights_that_a_last_batch_spoilt_are_neither_validated_nor_kept(
    drawn_dataset: Path, cache: Path, tmp_path: Path
):
    run = tmp_path / "run"
    with pytest.raises(
        CrackscopeError, match=r"a weight is no number any more after epoch 1, batch 3: training"
    ):
        train(_recipe(), [drawn_dataset], run, cache_folder=cache, threads=1, callbacks=[_Spoiler()])
    assert [row["epoch"] for row in _rows(run)] == ["0"]
    network, _ = load_network(run / LAST)
    assert all(torch.isfinite(weight).all() for weight in network.parameters())


def _learnt_from(path: Path, card: ModelCard, out: Path) -> Path:
    """Write a model file again under another card."""
    return write_model_file(onnx.load(path), card, out).path


def test_a_model_file_teaches_as_a_run_does(
    drawn_dataset: Path, dark_model_file: Path, cache: Path, tmp_path: Path
):
    teacher = {"run": str(dark_model_file), "weight": 0.5}
    plain, taught = _recipe(epochs=1), _recipe(epochs=1, teacher=teacher)
    train(plain, [drawn_dataset], tmp_path / "plain", cache_folder=cache, threads=1)
    train(taught, [drawn_dataset], tmp_path / "taught", cache_folder=cache, threads=1)
    assert _rows(tmp_path / "taught")[0]["train_loss"] != _rows(tmp_path / "plain")[0]["train_loss"]
    card = ModelFile.open(dark_model_file).card
    learnt = {each.name for each in RunFolder.open(tmp_path / "taught").lineage()}
    assert learnt >= {each.name for each in card.training_sets}


def test_a_model_file_that_held_out_other_photos_teaches_nobody(
    drawn_dataset: Path, dark_model_file: Path, cache: Path, tmp_path: Path
):
    card = ModelFile.open(dark_model_file).card
    same = recipe_document(_recipe())
    sets = (TrainingSet("drawn", 12, "none stated"),)
    for seed, name in ((same["seed"], "same"), (same["seed"] + 1, "other")):
        path = _learnt_from(
            dark_model_file,
            replace(card, training_sets=sets, recipe={**same, "seed": seed}),
            tmp_path / f"{name}.onnx",
        )
        recipe = _recipe(epochs=1, teacher={"run": str(path), "weight": 0.5})
        if name == "same":
            train(recipe, [drawn_dataset], tmp_path / name, cache_folder=cache, threads=1)
        else:
            with pytest.raises(
                RecipeError, match="learnt from drawn, of which this run validates or tests on"
            ):
                train(recipe, [drawn_dataset], tmp_path / name, cache_folder=cache, threads=1)


def test_a_model_file_is_nothing_to_start_from(drawn_dataset: Path, dark_model_file: Path, tmp_path: Path):
    model = {**PLAIN["model"], "start_from": str(dark_model_file)}  # type: ignore[dict-item]
    with pytest.raises(RecipeError, match="is a model file, which can teach but not go on learning"):
        train(_recipe(model=model), [drawn_dataset], tmp_path / "run", threads=1)


@pytest.mark.parametrize("lacking", ["crack-free", "cracked"])
def test_a_classifier_is_not_trained_on_one_class(lacking: str, drawn_dataset: Path, tmp_path: Path):
    own = sorted((drawn_dataset / ("drawn" if lacking == "crack-free" else "noncrack") / "images").iterdir())
    folder = tmp_path / "tiles" / ("Positive" if lacking == "crack-free" else "Negative")
    folder.mkdir(parents=True)
    for number, path in enumerate(own):
        shutil.copy(path, folder / f"tile{number:03d}.jpg")
    recipe = parse_recipe({"name": "r", "task": "classify", "model": {"name": "resnet18"}}, source="test")
    with pytest.raises(CrackscopeError, match=f"no {lacking} picture is left for training"):
        train(recipe, [tmp_path / "tiles"], tmp_path / "run", threads=1)
    assert not (tmp_path / "run").exists()
