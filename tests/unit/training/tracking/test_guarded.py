import logging
from pathlib import Path
from typing import Any

import pytest

from crackscope.training.tracking import Guarded, TrackedRun
from crackscope.training.tracking.ledger import TRACKING


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.WARNING, logger="crackscope.tracking")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "crackscope.tracking"]


def test_a_tracker_that_fails_is_switched_off_with_one_warning_and_the_others_go_on(
    run: TrackedRun, notes: Any, warnings: Any, tmp_path: Path
):
    failing, other = notes(fails_in="figures"), notes()
    trackers = [Guarded("failing", failing), Guarded("other", other)]
    for tracker in trackers:
        tracker.begin(run, resumed=False)
    for epoch in range(3):
        for tracker in trackers:
            tracker.figures({"train_loss": 0.5}, epoch=epoch, step=epoch * 4)
    for tracker in trackers:
        tracker.file(tmp_path / "best.ckpt")
        tracker.end("finished")
    assert [call[0] for call in failing.calls] == ["begin", "figures"]
    assert [call[0] for call in other.calls] == ["begin", "figures", "figures", "figures", "file", "end"]
    assert len(warnings()) == 1
    assert trackers[0].failure == warnings()[0]
    assert trackers[1].failure is None


def test_a_warning_is_one_line_names_the_tracker_and_shows_no_password(
    run: TrackedRun, notes: Any, warnings: Any
):
    Guarded("mlflow", notes(fails_in="begin")).begin(run, resumed=False)
    assert warnings() == [
        "mlflow: records no more of this run (no answer from https://tracking.example: is it on?); "
        "the training is not affected."
    ]


@pytest.mark.parametrize("call", ["begin", "picture", "file", "end"])
def test_a_failure_stops_nothing_whichever_call_it_comes_from(call: str, run: TrackedRun, notes: Any):
    tracker = Guarded("mlflow", notes(fails_in=call))
    tracker.begin(run, resumed=False)
    tracker.picture(run.folder / "epoch-0001.jpg", epoch=0)
    tracker.file(run.folder / "best.ckpt")
    tracker.end("failed")
    assert tracker.failure


def test_an_interrupt_is_not_swallowed(run: TrackedRun):
    class Interrupting:
        def begin(self, _run: TrackedRun, _earlier: object) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Guarded("mlflow", Interrupting()).begin(run, resumed=False)


def test_a_run_folder_that_takes_no_file_switches_the_tracker_off(
    run_folder: Path, run: TrackedRun, notes: Any, warnings: Any
):
    (run_folder / TRACKING).mkdir()
    tracker = Guarded("mlflow", notes())
    tracker.begin(run, resumed=False)
    assert "tracking.json: cannot be written" in warnings()[0]


def test_a_tracker_that_was_never_begun_is_not_ended(notes: Any, tmp_path: Path):
    inner = notes()
    tracker = Guarded("mlflow", inner)
    tracker.file(tmp_path / "best.ckpt")
    tracker.end("failed")
    assert inner.calls == []


def _session(inner: Any, run: TrackedRun, *, resumed: bool, epochs: int) -> list[Any]:
    tracker = Guarded("mlflow", inner)
    tracker.begin(run, resumed=resumed)
    for epoch in range(epochs):
        tracker.figures({"train_loss": 0.5}, epoch=epoch, step=epoch)
        tracker.picture(run.folder / "sheet.jpg", epoch=epoch)
    return inner.calls


def test_a_resumed_record_gets_what_it_lacks_and_nothing_twice(run: TrackedRun, notes: Any):
    _session(notes(identity={"run": "a"}), run, resumed=False, epochs=2)
    calls = _session(notes(identity={"run": "a"}), run, resumed=True, epochs=4)
    assert calls[0] == ("begin", "walls", {"run": "a"})
    assert [(call[0], call[1]) for call in calls[1:]] == [
        ("figures", 2),
        ("picture", 2),
        ("figures", 3),
        ("picture", 3),
    ]


def test_a_record_that_is_begun_anew_gets_everything(run: TrackedRun, notes: Any):
    _session(notes(identity={"run": "a"}), run, resumed=False, epochs=2)
    calls = _session(notes(identity={"run": "b"}), run, resumed=True, epochs=3)
    assert [call[1] for call in calls if call[0] == "figures"] == [0, 1, 2]


def test_what_failed_in_one_session_is_recorded_in_the_next(run: TrackedRun, notes: Any):
    _session(notes(fails_in="figures"), run, resumed=False, epochs=3)
    calls = _session(notes(), run, resumed=True, epochs=3)
    assert [call[1] for call in calls if call[0] == "figures"] == [0, 1, 2]


def test_a_fresh_start_in_a_used_folder_knows_nothing_of_the_earlier_one(run: TrackedRun, notes: Any):
    _session(notes(identity={"run": "a"}), run, resumed=False, epochs=2)
    calls = _session(notes(identity={"run": "a"}), run, resumed=False, epochs=2)
    assert calls[0] == ("begin", "walls", {})
    assert [call[1] for call in calls if call[0] == "figures"] == [0, 1]


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"mlflow": 3}', b'{"mlflow": {"identity": [], "figures": 5, "pictures": 5}}', b"\xff"],
)
def test_a_damaged_ledger_counts_as_none(content: bytes, run_folder: Path, run: TrackedRun, notes: Any):
    (run_folder / TRACKING).write_bytes(content)
    calls = _session(notes(), run, resumed=True, epochs=1)
    assert calls[0] == ("begin", "walls", {})
    assert ("figures", 0) in [call[:2] for call in calls]
