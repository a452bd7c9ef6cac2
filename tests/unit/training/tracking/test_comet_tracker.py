import json
import logging
import os
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from crackscope.training.tracking import Guarded, TrackedRun
from crackscope.training.tracking.comet_tracker import CometTracker

pytestmark = pytest.mark.skipif(find_spec("comet_ml") is None, reason="the extra track is not installed")


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COMET_API_KEY", raising=False)
    monkeypatch.setenv("COMET_CONFIG", str(tmp_path / "none.config"))


def _zips(run: TrackedRun) -> list[Path]:
    return sorted((run.folder / "comet").glob("*.zip"))


def _messages(path: Path, kind: str) -> list[dict[str, Any]]:
    lines = zipfile.ZipFile(path).read("messages.json").decode().splitlines()
    return [message["payload"] for message in map(json.loads, lines) if message["type"] == kind]


def _curve(path: Path, name: str) -> list[tuple[int, int, float]]:
    metrics = [message["metric"] for message in _messages(path, "metric_msg")]
    return [(m["epoch"], m["step"], m["metricValue"]) for m in metrics if m["metricName"] == name]


def test_what_is_recorded_without_a_key_is_in_the_zip(
    run: TrackedRun, sheet: Path, capfd: pytest.CaptureFixture[str]
):
    hook = sys.excepthook
    tracker = CometTracker()
    tracker.begin(run, {})
    tracker.figures({"train_loss": 0.5, "seconds": 9.0}, epoch=0, step=4)
    tracker.figures({"train_loss": 0.25, "validation_f1": 0.75}, epoch=1, step=8)
    tracker.picture(sheet, epoch=1)
    (run.folder / "best.ckpt").write_bytes(b"weights")
    tracker.file(run.folder / "best.ckpt")
    tracker.end("finished")
    assert capfd.readouterr() == ("", "")
    assert sys.excepthook is hook

    (path,) = _zips(run)
    archive = zipfile.ZipFile(path)
    assert json.loads(archive.read("experiment.json"))["project_name"] == "crackscope"
    assert _curve(path, "train_loss") == [(0, 4, 0.5), (1, 8, 0.25)]
    assert _curve(path, "validation_f1") == [(1, 8, 0.75)]
    parameters = {m["param"]["paramName"]: m["param"]["paramValue"] for m in _messages(path, "parameter_msg")}
    assert parameters["epochs"] == "7"
    assert parameters["run.pictures.train.walls"] == "12"
    others = {message["key"]: message["value"] for message in _messages(path, "log_other")}
    assert others["Name"] == "walls"
    assert others["version.torch"] == "2.14.1"
    assert others["status"] == "finished"
    picture, file = _messages(path, "file_upload")
    assert picture["additional_params"]["figName"] == "epoch-0002.jpg"
    assert archive.read(picture["file_path"]) == sheet.read_bytes()
    assert file["additional_params"]["fileName"] == "best.ckpt"
    assert archive.read(file["file_path"]) == b"weights"


def test_neither_code_nor_git_nor_host_is_recorded(run: TrackedRun):
    tracker = CometTracker()
    tracker.begin(run, {})
    tracker.end("finished")
    (path,) = _zips(run)
    lines = zipfile.ZipFile(path).read("messages.json").decode().splitlines()
    assert {json.loads(line)["type"] for line in lines} <= {"log_other", "parameter_msg", "metric_msg"}
    assert os.uname().nodename not in "".join(lines)
    assert os.environ["COMET_ERROR_TRACKING_ENABLE"] == "false"


def test_a_resumed_run_leaves_one_zip_with_the_whole_run(run: TrackedRun):
    for epochs in (2, 3):
        tracker = Guarded("comet", CometTracker())
        tracker.begin(run, resumed=epochs == 3)
        for epoch in range(epochs):
            tracker.figures({"train_loss": 1 / (epoch + 1)}, epoch=epoch, step=epoch)
        tracker.end("finished")
        assert tracker.failure is None
    (path,) = _zips(run)
    assert [epoch for epoch, _, _ in _curve(path, "train_loss")] == [0, 1, 2]


def test_a_folder_that_cannot_be_written_costs_a_warning(run: TrackedRun):
    (run.folder / "comet").touch()
    tracker = Guarded("comet", CometTracker())
    tracker.begin(run, resumed=False)
    assert tracker.failure is not None
    assert tracker.failure.startswith("comet: records no more of this run (")


def test_a_server_that_is_away_costs_a_warning(
    run: TrackedRun,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
):
    monkeypatch.setenv("COMET_API_KEY", "k" * 25)
    monkeypatch.setenv("COMET_URL_OVERRIDE", "http://127.0.0.1:9/clientlib/")
    caplog.set_level(logging.WARNING, logger="crackscope.tracking")
    tracker = Guarded("comet", CometTracker())
    tracker.begin(run, resumed=False)
    tracker.end("finished")
    (record,) = [each for each in caplog.records if each.name == "crackscope.tracking"]
    assert record.getMessage().startswith(
        "comet: records no more of this run (Failed to establish a connection"
    )
    assert "COMET" not in "".join(capfd.readouterr())
