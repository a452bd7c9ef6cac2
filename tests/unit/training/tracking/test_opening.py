import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crackscope.errors import CrackscopeError, MissingExtraError
from crackscope.training.tracking import TrackedRun, open_trackers, opening, tracker_names, tracking


def test_csv_adds_no_tracker_and_a_name_given_twice_counts_once():
    assert [each.name for each in open_trackers(["csv", "tensorboard", "csv", "tensorboard"])] == [
        "tensorboard"
    ]


def test_an_unknown_name_is_refused_with_those_that_are_known():
    with pytest.raises(
        CrackscopeError, match="wandb: no such tracker; give one of csv, tensorboard, mlflow, comet"
    ):
        open_trackers(["csv", "wandb"])


@pytest.mark.parametrize(
    ("name", "module"), [("tensorboard", "tensorboard"), ("mlflow", "mlflow"), ("comet", "comet_ml")]
)
def test_a_missing_package_is_told_before_training(name: str, module: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"{module}: not installed; .* pip install '\.\[track\]'"):
        open_trackers([name])


def test_naming_the_trackers_imports_none_of_their_packages():
    heavy = ("torch", "lightning", "pydantic", "numpy", "tensorboard", "mlflow", "comet_ml")
    code = (
        "import sys; from crackscope.training.tracking import open_trackers, tracker_names;"
        f"open_trackers(tracker_names()); print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert tracker_names()[0] == "csv"


@pytest.fixture
def noted(notes: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    tracker = notes()
    monkeypatch.setitem(opening._KINDS, "notes", opening._Kind("json", lambda: tracker))
    return tracker


def test_a_finished_run_leaves_its_best_checkpoint_and_what_was_frozen(
    noted: Any, run: TrackedRun, run_folder: Path
):
    with tracking(["notes"], run_folder=run_folder) as trackers:
        trackers[0].begin(run, resumed=False)
        (run_folder / "checkpoints").mkdir()
        for name in ("checkpoints/best.ckpt", "checkpoints/last.ckpt", "frozen.json"):
            (run_folder / name).touch()
    assert noted.calls[1:] == [("file", "best.ckpt"), ("file", "frozen.json"), ("end", "finished")]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CrackscopeError("x"), "failed"),
        (KeyboardInterrupt(), "interrupted"),
        (SystemExit(143), "interrupted"),
    ],
)
def test_a_run_that_is_cut_short_is_recorded_as_such(
    error: BaseException, status: str, noted: Any, run: TrackedRun, run_folder: Path
):
    def train() -> None:
        with tracking(["notes"], run_folder=run_folder) as trackers:
            trackers[0].begin(run, resumed=False)
            raise error

    with pytest.raises(type(error)):
        train()
    assert noted.calls[1:] == [("end", status)]
