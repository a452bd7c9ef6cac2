"""MLflow takes seconds to import and to make a store: all of its tests are here, and share one."""

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from crackscope.training.run_folder import RunFolder
from crackscope.training.tracking import Guarded, TrackedRun
from crackscope.training.tracking.mlflow_tracker import MlflowTracker
from crackscope.training.tracking.parameters import tracked_run

pytestmark = pytest.mark.skipif(find_spec("mlflow") is None, reason="the extra track is not installed")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the run folders and, once there is a run, the store."""
    return tmp_path_factory.mktemp("my runs")


@pytest.fixture
def run(request: pytest.FixtureRequest, runs: Path, make_run_folder: Any) -> TrackedRun:
    return tracked_run(RunFolder.open(make_run_folder(runs / request.node.name)))


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def _client(runs: Path) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=f"sqlite:///{runs}/mlflow.db")


def test_what_is_recorded_is_read_back_and_nothing_is_printed(
    run: TrackedRun, runs: Path, sheet: Path, capfd: pytest.CaptureFixture[str]
):
    tracker = MlflowTracker()
    identity = tracker.begin(run, {})
    tracker.figures({"train_loss": 0.5, "seconds": 9.0}, epoch=0, step=4)
    tracker.figures({"train_loss": 0.25, "validation_f1": 0.75}, epoch=1, step=8)
    tracker.picture(sheet, epoch=1)
    (run.folder / "best.ckpt").write_bytes(b"weights")
    tracker.file(run.folder / "best.ckpt")
    tracker.end("finished")
    assert capfd.readouterr() == ("", "")

    client = _client(runs)
    found = client.get_run(identity["run"])
    assert client.get_experiment(found.info.experiment_id).name == "crackscope"
    assert found.info.run_name == run.name
    assert found.info.status == "FINISHED"
    assert found.data.params["epochs"] == "7"
    assert found.data.params["run.pictures.train.walls"] == "12"
    assert found.data.params["data.sets.my walls _new_.draw"] == "0.5"
    assert found.data.tags["version.torch"] == "2.14.1"
    curve = client.get_metric_history(identity["run"], "train_loss")
    assert [(each.step, each.value) for each in curve] == [(0, 0.5), (1, 0.25)]
    stored = runs / "mlflow-artifacts" / identity["run"] / "artifacts"
    assert [each.path for each in client.list_artifacts(identity["run"])] == ["best.ckpt", "validation"]
    assert (stored / "best.ckpt").read_bytes() == b"weights"
    assert (stored / "validation" / "epoch-0002.jpg").read_bytes() == sheet.read_bytes()


def test_nobody_is_told_of_the_run(run: TrackedRun):
    MlflowTracker().begin(run, {})
    from mlflow.environment_variables import MLFLOW_DISABLE_TELEMETRY

    assert MLFLOW_DISABLE_TELEMETRY.get()


def test_a_resumed_run_goes_on_in_the_same_record(run: TrackedRun, runs: Path):
    first = MlflowTracker()
    identity = first.begin(run, {})
    first.figures({"train_loss": 0.5}, epoch=0, step=4)
    first.end("interrupted")
    client = _client(runs)
    assert client.get_run(identity["run"]).info.status == "KILLED"
    second = MlflowTracker()
    assert second.begin(run, identity) == identity
    assert client.get_run(identity["run"]).info.status == "RUNNING"
    second.figures({"train_loss": 0.25}, epoch=1, step=8)
    second.end("finished")
    curve = client.get_metric_history(identity["run"], "train_loss")
    assert [(each.step, each.value) for each in curve] == [(0, 0.5), (1, 0.25)]


def test_a_record_that_is_gone_is_begun_anew(run: TrackedRun, runs: Path):
    identity = MlflowTracker().begin(run, {})
    _client(runs).delete_run(identity["run"])
    assert MlflowTracker().begin(run, identity)["run"] != identity["run"]
    assert MlflowTracker().begin(run, {**identity, "run": "0" * 32})["run"] != "0" * 32


def test_parameters_of_any_length_are_taken(run: TrackedRun, runs: Path):
    folders = str([f"/sets/{number:06d}" for number in range(1000)])
    many = {f"data.sets.set{number}.draw": "1" for number in range(150)}
    long = TrackedRun(run.folder, {"run.data_folders": folders, **many}, run.environment, run.recipe)
    found = _client(runs).get_run(MlflowTracker().begin(long, {})["run"])
    assert found.data.params["run.data_folders"].startswith("['/sets/000000'")
    assert found.data.params["data.sets.set149.draw"] == "1"


def test_a_server_that_is_away_costs_a_warning(
    run: TrackedRun, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://ann:secret@127.0.0.1:9")
    caplog.set_level(logging.WARNING, logger="crackscope.tracking")
    tracker = Guarded("mlflow", MlflowTracker())
    tracker.begin(run, resumed=False)
    tracker.figures({"train_loss": 0.5}, epoch=0, step=4)
    (record,) = [each for each in caplog.records if each.name == "crackscope.tracking"]
    assert record.getMessage().startswith(
        "mlflow: records no more of this run (API request to http://127.0.0.1:9"
    )
    assert "secret" not in record.getMessage()


def test_a_store_that_cannot_be_written_costs_a_warning(run: TrackedRun, tmp_path: Path):
    (tmp_path / "file").touch()
    elsewhere = TrackedRun(tmp_path / "file" / "walls", run.parameters, run.environment, run.recipe)
    tracker = Guarded("mlflow", MlflowTracker())
    tracker.begin(elsewhere, resumed=False)
    assert tracker.failure is not None
    assert tracker.failure.startswith("mlflow: records no more of this run (")
