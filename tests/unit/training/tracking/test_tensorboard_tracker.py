from pathlib import Path

import pytest

from crackscope.training.tracking import TrackedRun
from crackscope.training.tracking.tensorboard_tracker import TensorboardTracker

pytest.importorskip("tensorboard", reason="the extra track is not installed")

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def _read(run_folder: Path) -> EventAccumulator:
    accumulator = EventAccumulator(str(run_folder / "tensorboard"), size_guidance={"images": 0, "tensors": 0})
    accumulator.Reload()
    return accumulator


def _text(events: EventAccumulator, name: str) -> str:
    text: bytes = events.Tensors(f"{name}/text_summary")[-1].tensor_proto.string_val[0]
    return text.decode()


def _curve(events: EventAccumulator, name: str) -> list[tuple[int, float]]:
    return [(each.step, round(each.value, 6)) for each in events.Scalars(name)]


def test_what_is_recorded_is_read_back(run: TrackedRun, run_folder: Path, sheet: Path):
    tracker = TensorboardTracker()
    assert tracker.begin(run, {})
    tracker.figures({"train_loss": 0.5, "seconds": 9.0}, epoch=0, step=4)
    tracker.figures({"train_loss": 0.25, "validation_f1": 0.75}, epoch=1, step=8)
    tracker.picture(sheet, epoch=1)
    (run_folder / "frozen.json").write_text('{"threshold": 0.4}')
    tracker.file(run_folder / "frozen.json")
    tracker.file(run_folder / "best.ckpt")
    tracker.end("finished")

    events = _read(run_folder)
    assert _curve(events, "train_loss") == [(0, 0.5), (1, 0.25)]
    assert _curve(events, "validation_f1") == [(1, 0.75)]
    (image,) = events.Images("validation")
    assert (image.step, image.width, image.height) == (1, 96, 32)
    assert "    epochs: 7\n" in _text(events, "recipe")
    assert "| torch | 2.14.1 |" in _text(events, "environment")
    assert "| run.pictures.train.walls | 12 |" in _text(events, "data")
    assert _text(events, "frozen") == '    {"threshold": 0.4}'
    assert _text(events, "status") == "finished"


def test_figures_are_on_the_disk_after_each_epoch(run: TrackedRun, run_folder: Path):
    tracker = TensorboardTracker()
    tracker.begin(run, {})
    tracker.figures({"train_loss": 0.5}, epoch=0, step=4)
    assert _curve(_read(run_folder), "train_loss") == [(0, 0.5)]
    tracker.end("interrupted")


def test_a_resumed_run_appends_to_its_events(run: TrackedRun, run_folder: Path):
    first = TensorboardTracker()
    identity = first.begin(run, {})
    first.figures({"train_loss": 0.5}, epoch=0, step=4)
    first.end("interrupted")
    second = TensorboardTracker()
    assert second.begin(run, identity) == identity
    second.figures({"train_loss": 0.25}, epoch=1, step=8)
    second.end("finished")
    assert _curve(_read(run_folder), "train_loss") == [(0, 0.5), (1, 0.25)]


def test_events_that_are_gone_are_recorded_anew(run: TrackedRun):
    assert TensorboardTracker().begin(run, {"record": "earlier"}) != {"record": "earlier"}


def test_a_fresh_start_hides_the_events_of_one_that_left_no_checkpoint(run: TrackedRun, run_folder: Path):
    for loss in (0.9, 0.5):
        tracker = TensorboardTracker()
        tracker.begin(run, {})
        tracker.figures({"train_loss": loss}, epoch=0, step=4)
        tracker.end("failed")
    assert _curve(_read(run_folder), "train_loss") == [(0, 0.5)]
