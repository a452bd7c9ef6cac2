"""A sweep trains its trials, goes on after a kill as if there had been none, and outlives failed trials."""

import dataclasses
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crackscope.cli.main import main
from crackscope.errors import CrackscopeError
from crackscope.training.recipe import Recipe, parse_recipe, read_recipe, write_recipe
from crackscope.training.run_folder import RunFolder
from crackscope.training.sweep.settings import SweepSettings, fingerprint_of
from crackscope.training.sweep.space import read_spaces
from crackscope.training.sweep.study import Study
from crackscope.training.sweep.sweep import Outcome, sweep
from crackscope.training.sweep.trial import RunFigures, Trial
from crackscope.training.sweep.trial_run import Training

RECIPE = {
    "name": "tiny",
    "seed": 3,
    "epochs": 2,
    "crops_per_epoch": 8,
    "batch_size": 4,
    "validate_every": 2,
    "model": {"options": {"channels": [16, 16, 16, 16, 16], "blocks": [0, 1, 1, 1, 1], "lateral": 16}},
    "data": {"crop_px": 64, "validation_share": 0.25, "validation_pictures": 2},
    "optimiser": {"warmup_steps": 0, "average_decay": 0.0},
}
VARIED = ["optimiser.learning_rate=log:1e-4..1e-1", "batch_size=2,4"]
QUICK = Training(threads=1)


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return parse_recipe(RECIPE, source="test")


def _settings(
    recipe: Recipe, data: Path, *varied: str, trials: int = 3, prune: bool = False, **changes: object
) -> SweepSettings:
    return SweepSettings(
        recipe=parse_recipe(recipe.model_dump() | changes, source="test"),
        space=read_spaces(varied or VARIED),
        data_folders=(data,),
        pictures=fingerprint_of([data], recipe),
        prune=prune,
        trials=trials,
    )


@pytest.fixture(scope="module")
def whole(recipe: Recipe, drawn_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A sweep of three trials that nothing stopped."""
    return sweep(_settings(recipe, drawn_dataset), tmp_path_factory.mktemp("whole"), training=QUICK)


def _told(trials: tuple[Trial, ...]) -> list[tuple[object, ...]]:
    return [(trial.number, trial.values, trial.state, trial.figure, trial.epochs) for trial in trials]


def test_every_trial_is_a_run_with_its_values_and_they_share_one_cache(whole: Outcome, recipe: Recipe):
    assert [trial.state for trial in whole.trials] == ["done"] * 3
    for trial in whole.trials:
        run = RunFolder.open(whole.folder / trial.name)
        assert run.recipe.optimiser.learning_rate == trial.values["optimiser.learning_rate"]
        assert run.recipe.batch_size == trial.values["batch_size"]
        assert run.recipe.model == recipe.model
        assert (run.path / "checkpoints/best.ckpt").is_file()
        assert not (run.path / "cache").exists()
        assert trial.epochs == 2
        assert trial.figure is not None
    assert len({trial.figure for trial in whole.trials}) > 1
    assert len(list((whole.folder / "cache").glob("*.bin"))) == 2, "training and validation pictures, once"


def test_the_best_recipe_and_the_page_are_those_of_the_trials(whole: Outcome):
    best = whole.best
    assert best is not None
    assert best.figure == max(trial.figure or 0 for trial in whole.trials)
    assert read_recipe(str(whole.folder / "best.yaml")) == RunFolder.open(whole.folder / best.name).recipe
    page = (whole.folder / "sweep.html").read_text("utf-8")
    shown = re.search(r'<script type="application/json" id="data">(.*?)</script>', page)
    assert shown is not None
    data = json.loads(shown[1])
    assert data["best"] == best.number
    assert [(row["number"], row["figure"]) for row in data["trials"]] == [
        (trial.number, trial.figure) for trial in whole.trials
    ]
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page), "the page works offline"


def test_a_killed_sweep_goes_on_and_ends_as_if_nothing_had_happened(
    whole: Outcome, recipe: Recipe, drawn_dataset: Path, tmp_path: Path
):
    out = tmp_path / "out"
    write_recipe(recipe, tmp_path / "recipe.yaml")
    arguments = ["sweep", str(tmp_path / "recipe.yaml"), "--data", str(drawn_dataset), "--out", str(out)]
    arguments += ["--trials", "3", "--threads", "1", *(f"--vary={each}" for each in VARIED)]
    process = subprocess.Popen([sys.executable, "-m", "crackscope", *arguments], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 240
    while not (out / "trial-0002/checkpoints/last.ckpt").exists():
        assert process.poll() is None, "the sweep ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    ended = _modified(out / "trial-0001")
    begun: list[str] = []
    settings = SweepSettings.read(out)
    outcome = sweep(settings, out, training=QUICK, begins=lambda trial: begun.append(trial.name))
    assert begun == ["trial-0002", "trial-0003"]
    assert _modified(out / "trial-0001") == ended, "a trial that has ended is not touched"
    assert _told(outcome.trials) == _told(whole.trials)
    for trial in outcome.trials:
        lines = [(folder / trial.name / "metrics.csv").read_text() for folder in (out, whole.folder)]
        mine, theirs = ([line.rpartition(",")[0] for line in text.splitlines()] for text in lines)
        assert mine == theirs, "all but the seconds"


def _modified(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_a_trial_that_was_stopped_before_its_first_checkpoint_begins_again(
    whole: Outcome, recipe: Recipe, drawn_dataset: Path, tmp_path: Path
):
    def stop(_trial: Trial) -> None:
        (tmp_path / "trial-0001/checkpoints").mkdir(parents=True)
        raise KeyboardInterrupt

    settings = _settings(recipe, drawn_dataset, trials=1)
    with pytest.raises(KeyboardInterrupt):
        sweep(settings, tmp_path, training=QUICK, begins=stop)
    outcome = sweep(settings, tmp_path, training=QUICK)
    assert _told(outcome.trials) == _told(whole.trials[:1])


def test_a_sweep_that_has_ended_trains_nothing_more_but_may_be_given_more_trials(
    whole: Outcome, recipe: Recipe, drawn_dataset: Path, tmp_path: Path
):
    out = shutil.copytree(whole.folder, tmp_path / "out")
    begun: list[int] = []
    again = sweep(_settings(recipe, drawn_dataset), out, begins=lambda trial: begun.append(trial.number))
    assert begun == []
    assert _told(again.trials) == _told(whole.trials)
    more = _settings(recipe, drawn_dataset, trials=4)
    outcome = sweep(more, out, training=QUICK, begins=lambda trial: begun.append(trial.number))
    assert begun == [4]
    assert _told(outcome.trials[:3]) == _told(whole.trials)
    with pytest.raises(CrackscopeError, match="was begun with another space"):
        sweep(_settings(recipe, drawn_dataset, "batch_size=2,4"), out)


def test_a_trial_that_fails_is_recorded_with_its_reason_and_the_others_go_on(
    recipe: Recipe, drawn_dataset: Path, tmp_path: Path
):
    settings = _settings(recipe, drawn_dataset, "optimiser.learning_rate=0.001,1.0e+30", epochs=1)
    outcome = sweep(settings, tmp_path, training=QUICK)
    states = {trial.values["optimiser.learning_rate"]: trial for trial in outcome.trials}
    assert states[0.001].state == "done"
    diverged = states[1.0e30]
    assert diverged.state == "failed"
    assert diverged.figure is None
    assert outcome.best is not None
    assert outcome.best.values == {"optimiser.learning_rate": 0.001}
    assert diverged.reason is not None
    assert "the loss is nan in epoch 0" in diverged.reason
    assert diverged.reason in (tmp_path / "sweep.html").read_text("utf-8")


def test_a_sweep_whose_first_trials_all_fail_stops_and_says_why(
    recipe: Recipe, drawn_dataset: Path, tmp_path: Path
):
    settings = _settings(recipe, drawn_dataset, "model.options.lateral=wide,wider,slim,slimmer", trials=9)
    with pytest.raises(CrackscopeError, match=r"the first 3 trials all failed, .* do not fit it"):
        sweep(settings, tmp_path, training=QUICK)
    assert [path.name for path in tmp_path.glob("trial-*")] == []


def test_a_trial_that_falls_behind_is_stopped_early(recipe: Recipe, drawn_dataset: Path, tmp_path: Path):
    settings = _settings(recipe, drawn_dataset, trials=5, prune=True, epochs=6, validate_every=1)
    study = Study(tmp_path, settings.space, seed=0, prune_from_epoch=2)
    for _ in range(4):
        live = study.propose()
        for epoch in range(6):
            live.report(epoch, 0.99)
        live.done(RunFigures(0.99, 6, 6, 1.0))
    outcome = sweep(settings, tmp_path, training=QUICK)
    assert outcome.trials[4].state == "pruned"
    assert outcome.trials[4].epochs == 3
    assert (tmp_path / "trial-0005/checkpoints/last.ckpt").is_file()
    assert outcome.best == outcome.trials[0]


def test_a_second_sweep_beside_the_first_trains_other_trials(
    recipe: Recipe, drawn_dataset: Path, tmp_path: Path
):
    pytest.importorskip("fcntl", reason="this system has no advisory locks")
    settings = _settings(recipe, drawn_dataset, trials=2, epochs=1)
    trained: list[tuple[str, int]] = []

    def help_out(trial: Trial) -> None:
        trained.append(("first", trial.number))
        if trial.number == 1:
            sweep(
                settings, tmp_path, training=QUICK, begins=lambda own: trained.append(("second", own.number))
            )

    outcome = sweep(settings, tmp_path, training=QUICK, begins=help_out)
    assert trained == [("first", 1), ("second", 2)]
    assert [trial.state for trial in outcome.trials] == ["done", "done"]


def test_a_trial_that_ends_its_process_again_and_again_is_given_up(
    recipe: Recipe, drawn_dataset: Path, tmp_path: Path
):
    settings = _settings(recipe, drawn_dataset, trials=1)
    live = Study(tmp_path, settings.space, seed=0, prune_from_epoch=None).propose()
    for _ in range(3):
        live.count_start(0)
    outcome = sweep(settings, tmp_path, training=QUICK)
    assert outcome.trials[0].state == "failed"
    assert "its process was killed 3 times in epoch 1" in str(outcome.trials[0].reason)


def test_a_full_disk_stops_the_sweep_and_leaves_the_trial_to_be_continued(
    recipe: Recipe, drawn_dataset: Path, tmp_path: Path
):
    def fill(_run: Path, _checkpoint: Path) -> None:
        raise CrackscopeError("frozen.json: cannot be written.") from OSError(28, "No space left on device")

    settings = _settings(recipe, drawn_dataset, trials=1, epochs=1)
    with pytest.raises(CrackscopeError, match="cannot be written"):
        sweep(settings, tmp_path, training=dataclasses.replace(QUICK, after=fill))
    outcome = sweep(settings, tmp_path, training=QUICK)
    assert [trial.state for trial in outcome.trials] == ["done"]


def test_no_trial_begins_after_the_time_is_up(recipe: Recipe, drawn_dataset: Path, tmp_path: Path):
    assert sweep(_settings(recipe, drawn_dataset), tmp_path, hours=0.0).trials == ()


def test_the_command_sweeps_freezes_and_goes_on(
    recipe: Recipe, drawn_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    write_recipe(recipe, tmp_path / "recipe.yaml")
    (tmp_path / "space.yaml").write_text("model.options.lateral: [16, wide]\n")
    out = str(tmp_path / "out")
    begin = ["sweep", str(tmp_path / "recipe.yaml"), "--data", str(drawn_dataset), "--out", out]
    begin += ["--space", str(tmp_path / "space.yaml"), "--epochs", "1", "--threads", "1", "--seed", "5"]
    assert main([*begin, "--trials", "2"]) == 1
    said = capsys.readouterr()
    assert "failed: model light: these options do not fit it" in said.out
    assert f"its recipe {out}/best.yaml" in said.out

    assert main([*begin, "--trials", "2"]) == 2
    assert "already holds a sweep; go on with --resume" in capsys.readouterr().err
    assert main([*begin, "--trials", "2", "--seed", "6", "--resume"]) == 2
    assert "was begun with seed 5" in capsys.readouterr().err
    assert main(["sweep", "--out", out, "--resume", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    runs = {each["values"]["model.options.lateral"]: Path(each["run"]) for each in document["trials"]}
    assert (runs[16] / "frozen.json").is_file()
    assert not runs["wide"].exists()
    assert document["trials"][document["best"] - 1]["state"] == "done"


INTERRUPTED = """
import os, signal, sys
import crackscope.cli.sweep_command as command
from crackscope.cli.main import main

command._say_begin = lambda _: os.kill(os.getpid(), signal.SIGINT)
sys.exit(main(sys.argv[1:]))
"""


def test_ctrl_c_says_how_to_go_on(drawn_dataset: Path, tmp_path: Path):
    arguments = ["sweep", "segment-light", "--data", str(drawn_dataset), "--trials", "1"]
    arguments += ["--out", str(tmp_path / "my sweep"), "--vary", "batch_size=2,4"]
    command = [sys.executable, "-c", INTERRUPTED, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 130, done.stderr
    assert f"go on with: crackscope sweep --out '{tmp_path}/my sweep' --resume" in done.stderr
