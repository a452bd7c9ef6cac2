import json
import os
import signal
import threading

import cv2
import numpy as np
import pytest

from crackscope.errors import CrackscopeError
from crackscope.imaging.folder import FoundPhoto, find_photos
from crackscope.inspection.inspection import CRACK, NO_CRACK, Inspection
from crackscope.inspection.inspector import Inspector, Sighting
from crackscope.inspection.records import Failure, read_failures, read_inspections
from crackscope.inspection.survey import Survey


@pytest.fixture(scope="module")
def inspector(dark_model_file):
    return Inspector(dark_model_file, threads=1)


def write_photo(path, *, cracked: bool) -> None:
    pixels = np.full((96, 128, 3), 160, np.uint8)
    if cracked:
        cv2.line(pixels, (10, 48), (110, 50), (40, 40, 40), 3)
    assert cv2.imwrite(str(path), pixels)


@pytest.fixture
def photos(tmp_path):
    """Twelve photos: every third has a crack, three cannot be read."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(12):
        write_photo(folder / f"{number:02d}.jpg", cracked=number % 3 == 0)
    (folder / "01.jpg").write_bytes(b"")
    (folder / "05.jpg").write_bytes((folder / "05.jpg").read_bytes()[:300])
    (folder / "Mauer übrig 11.jpg").write_text("no picture")
    return find_photos([folder])


def names(out):
    return [inspection.photo.name for inspection in read_inspections(out / "inspections.jsonl")]


def failed(out):
    return [failure.photo for failure in read_failures(out / "failures.jsonl")]


def test_every_photo_is_either_inspected_or_failed_with_a_reason(inspector, photos, tmp_path):
    outcome = Survey(inspector, tmp_path / "out").run(photos)
    assert (outcome.inspected, outcome.cracked, outcome.failed, outcome.skipped) == (10, 4, 3, 0)
    assert not outcome.interrupted
    assert failed(tmp_path / "out") == ["01.jpg", "05.jpg", "Mauer übrig 11.jpg"]
    for failure in read_failures(tmp_path / "out" / "failures.jsonl"):
        assert failure.reason.startswith(failure.photo)
        assert failure.reason.endswith(".")


def test_results_come_in_the_order_of_the_photos_and_equal_those_of_inspecting_one_by_one(
    inspector, photos, tmp_path
):
    heard: list[Inspection | Failure] = []
    Survey(inspector, tmp_path / "out", scale=0.5).run(photos[::-1], on_result=heard.append)
    assert [r.photo if isinstance(r, Failure) else r.photo.name for r in heard] == [
        p.name for p in photos[::-1]
    ]
    written = list(read_inspections(tmp_path / "out" / "inspections.jsonl"))
    assert written == [result for result in heard if isinstance(result, Inspection)]
    by_name = {photo.name: photo for photo in photos}
    for inspection in written:
        alone = inspector.inspect(by_name[inspection.photo.name].path, scale=0.5)
        assert inspection.cracks == alone.cracks
        assert inspection.coverage == alone.coverage
        assert set(inspection.timings_ms) == {"decode", "predict", "measure"}


def test_a_second_run_repeats_nothing(inspector, photos, tmp_path):
    out = tmp_path / "out"
    Survey(inspector, out).run(photos[:7])
    outcome = Survey(inspector, out, resume=True).run(photos)
    assert (outcome.inspected, outcome.failed, outcome.skipped, outcome.failed_earlier) == (5, 1, 7, 2)
    assert sorted(names(out) + failed(out)) == sorted(photo.name for photo in photos)
    before = (out / "inspections.jsonl").read_bytes()
    outcome = Survey(inspector, out, resume=True).run(photos)
    assert (outcome.inspected, outcome.failed, outcome.skipped, outcome.failed_earlier) == (0, 0, 13, 3)
    assert (out / "inspections.jsonl").read_bytes() == before


def test_a_survey_without_resume_leaves_earlier_results_alone(inspector, photos, tmp_path):
    Survey(inspector, tmp_path).run(photos[:2])
    before = (tmp_path / "inspections.jsonl").read_bytes()
    with pytest.raises(CrackscopeError, match="already holds the results"):
        Survey(inspector, tmp_path).run(photos)
    assert (tmp_path / "inspections.jsonl").read_bytes() == before


def test_a_survey_is_not_resumed_with_another_threshold_or_scale(
    inspector, dark_model_file, photos, tmp_path
):
    Survey(inspector, tmp_path).run(photos[:2])
    with pytest.raises(CrackscopeError, match=r"begun with threshold 0\.5, not 0\.25"):
        Survey(Inspector(dark_model_file, threads=1, threshold=0.25), tmp_path, resume=True).run(photos)
    with pytest.raises(CrackscopeError, match="begun with scale none, not 2"):
        Survey(inspector, tmp_path, resume=True, scale=2).run(photos)


def test_a_photo_named_twice_is_inspected_once(inspector, photos, tmp_path):
    outcome = Survey(inspector, tmp_path / "out").run([photos[0], photos[2], photos[0]])
    assert (outcome.inspected, outcome.skipped) == (2, 1)
    assert names(tmp_path / "out") == ["00.jpg", "02.jpg"]


def test_a_survey_of_no_photos_is_empty(inspector, tmp_path):
    outcome = Survey(inspector, tmp_path).run([])
    assert (outcome.inspected, outcome.failed, outcome.interrupted) == (0, 0, False)
    assert names(tmp_path) == []


class StumblingInspector(Inspector):
    """Raises on certain photos what no photo can be made to raise reliably."""

    errors = ((("02.jpg", "find"), MemoryError()), (("03.jpg", "describe"), KeyError("a\nb")))

    def find(self, photo, *, decode_ms=None, scale=None):
        self._stumble(photo.name, "find")
        return super().find(photo, decode_ms=decode_ms, scale=scale)

    def describe(self, sighting: Sighting, *, rule=None, axis_deg=90.0):
        self._stumble(sighting.photo.name, "describe")
        return super().describe(sighting, rule=rule, axis_deg=axis_deg)

    def _stumble(self, name, step):
        for place, error in self.errors:
            if place == (name, step):
                raise error


def test_an_unexpected_error_costs_its_photo_only(dark_model_file, photos, tmp_path):
    outcome = Survey(StumblingInspector(dark_model_file, threads=1), tmp_path).run(photos[2:6])
    assert (outcome.inspected, outcome.failed) == (1, 3)
    reasons = {failure.photo: failure.reason for failure in read_failures(tmp_path / "failures.jsonl")}
    assert reasons["02.jpg"].startswith("02.jpg: does not fit into memory")
    assert "03.jpg: failed unexpectedly (KeyError: 'a\\nb'); please report" in reasons["03.jpg"]


def test_a_photo_above_the_pixel_limit_fails_and_the_others_go_on(inspector, photos, tmp_path):
    big = photos[0].path.parent / "big.png"
    cv2.imwrite(str(big), np.zeros((200, 100), np.uint8))
    found = [FoundPhoto(big, "big.png"), photos[0]]
    outcome = Survey(inspector, tmp_path / "out", max_pixels=15_000).run(found)
    assert (outcome.inspected, outcome.failed) == (1, 1)


@pytest.mark.parametrize("ends_with", [KeyboardInterrupt, RuntimeError])
def test_what_a_callback_raises_ends_the_survey_with_valid_files(inspector, photos, tmp_path, ends_with):
    def stop(_):
        raise ends_with

    with pytest.raises(ends_with):
        Survey(inspector, tmp_path).run(photos, on_result=stop)
    assert threading.active_count() <= 1 + sum("crackscope" not in t.name for t in threading.enumerate())
    outcome = Survey(inspector, tmp_path, resume=True).run(photos)
    assert outcome.inspected > 0
    assert sorted(names(tmp_path) + failed(tmp_path)) == sorted(photo.name for photo in photos)


@pytest.mark.usefixtures("heeded_interrupts")
def test_an_interrupt_finishes_the_photos_in_hand_and_the_rest_is_left_to_resuming(
    inspector, photos, tmp_path
):
    def interrupt(_):
        signal.raise_signal(signal.SIGINT)

    outcome = Survey(inspector, tmp_path).run(photos, on_result=interrupt_once(interrupt))
    assert outcome.interrupted
    done = names(tmp_path) + failed(tmp_path)
    assert 1 <= len(done) < len(photos)
    assert outcome.inspected + outcome.failed == len(done)
    outcome = Survey(inspector, tmp_path, resume=True).run(photos)
    assert not outcome.interrupted
    assert sorted(names(tmp_path) + failed(tmp_path)) == sorted(photo.name for photo in photos)


def interrupt_once(interrupt):
    left = [interrupt]
    return lambda result: left.pop()(result) if left else None


def test_the_settings_are_kept_with_the_results(inspector, photos, tmp_path):
    Survey(inspector, tmp_path, scale=0.25).run(photos[:1])
    document = json.loads((tmp_path / "survey.json").read_text())
    assert document["model_sha256"] == inspector.model.sha256
    assert (document["threshold"], document["scale"]) == (0.5, "0.25 mm/px")


def test_a_survey_may_run_outside_the_main_thread(inspector, photos, tmp_path):
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(Survey(inspector, tmp_path).run(photos)))
    thread.start()
    thread.join()
    assert outcomes[0].inspected == 10


def test_photos_are_taken_from_a_generator_only_as_far_as_needed(inspector, photos, tmp_path):
    taken = []

    def generate():
        for number in range(200):
            taken.append(number)
            yield FoundPhoto(photos[0].path, f"{number}.jpg")

    most_ahead = []

    def note(_):
        most_ahead.append(len(taken) - len(most_ahead))

    Survey(inspector, tmp_path).run(generate(), on_result=note)
    assert len(most_ahead) == 200
    assert max(most_ahead) <= 12


@pytest.mark.parametrize("scale", [0, -1.0, float("nan"), float("inf")])
def test_a_senseless_scale_is_refused_before_anything_is_written(inspector, tmp_path, scale):
    with pytest.raises(CrackscopeError, match=r"scale .* above 0"):
        Survey(inspector, tmp_path / "out", scale=scale)
    assert not os.path.lexists(tmp_path / "out")


def test_verdicts_are_those_of_the_pictures(inspector, photos, tmp_path):
    Survey(inspector, tmp_path).run(photos)
    for inspection in read_inspections(tmp_path / "inspections.jsonl"):
        drawn = (
            inspection.photo.name.removesuffix(".jpg").isdigit() and int(inspection.photo.name[:2]) % 3 == 0
        )
        assert inspection.verdict == (CRACK if drawn else NO_CRACK)
