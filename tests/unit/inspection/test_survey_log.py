import json
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from crackscope.errors import CrackscopeError
from crackscope.inspection.inspection import NO_CRACK, Inspection, ModelRecord, PhotoRecord
from crackscope.inspection.records import Failure, read_failures, read_inspections
from crackscope.inspection.survey_log import SurveyLog
from crackscope.inspection.survey_settings import SurveySettings

MODEL = ModelRecord(name="dark", sha256="ab" * 32, precision="fp32", threshold=0.5, engine="openvino")
SETTINGS = SurveySettings(model_name="dark", model_sha256="ab" * 32, threshold=0.5, scale="0.2 mm/px")


def inspection(name: str) -> Inspection:
    return Inspection(PhotoRecord(name, 4, 5), MODEL, NO_CRACK, 0.0, ())


def begin(folder, *results):
    with SurveyLog(folder, SETTINGS, resume=False) as log:
        for result in results:
            log.add(result)


def test_results_and_failures_go_to_their_files(tmp_path):
    begin(tmp_path / "new" / "folder", inspection("a"), Failure("b", "b: is empty."), inspection("c"))
    assert [i.photo.name for i in read_inspections(tmp_path / "new/folder/inspections.jsonl")] == ["a", "c"]
    assert list(read_failures(tmp_path / "new/folder/failures.jsonl")) == [Failure("b", "b: is empty.")]


def test_resuming_knows_what_was_done_and_appends_to_it(tmp_path):
    begin(tmp_path, inspection("a"), Failure("b", "b: is empty."))
    with SurveyLog(tmp_path, SETTINGS, resume=True) as log:
        assert log.done == {"a", "b"}
        assert log.failed_earlier == 1
        log.add(inspection("c"))
    assert [i.photo.name for i in read_inspections(tmp_path / "inspections.jsonl")] == ["a", "c"]


@pytest.mark.parametrize("cut", [1, 2, 100])
def test_resuming_repeats_the_photo_of_a_torn_line(tmp_path, cut):
    begin(tmp_path, inspection("a"), inspection("b"))
    path = tmp_path / "inspections.jsonl"
    path.write_bytes(path.read_bytes()[:-cut])
    with SurveyLog(tmp_path, SETTINGS, resume=True) as log:
        assert log.done == {"a"}
        log.add(inspection("b"))
    assert [i.photo.name for i in read_inspections(path)] == ["a", "b"]


def test_a_torn_failure_is_repeated_too(tmp_path):
    begin(tmp_path, inspection("a"), Failure("b", "b: is empty."))
    path = tmp_path / "failures.jsonl"
    path.write_bytes(path.read_bytes()[:-5])
    with SurveyLog(tmp_path, SETTINGS, resume=True) as log:
        assert log.done == {"a"}
    assert path.read_bytes() == b""


def test_results_are_not_overwritten_without_resume(tmp_path):
    begin(tmp_path, Failure("b", "b: is empty."))
    with pytest.raises(CrackscopeError, match="already holds the results of a survey; resume it"):
        SurveyLog(tmp_path, SETTINGS, resume=False)
    assert len(list(read_failures(tmp_path / "failures.jsonl"))) == 1


def test_a_folder_where_a_survey_found_no_time_for_a_photo_can_be_used_again(tmp_path):
    begin(tmp_path)
    begin(tmp_path, inspection("a"))
    assert len(list(read_inspections(tmp_path / "inspections.jsonl"))) == 1


def test_resuming_an_empty_folder_begins(tmp_path):
    with SurveyLog(tmp_path, SETTINGS, resume=True) as log:
        assert log.done == set()
    assert SurveySettings.read(tmp_path) == SETTINGS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_sha256": "cd" * 32}, "begun with model dark, not another file named dark"),
        ({"model_sha256": "cd" * 32, "model_name": "light"}, "begun with model dark, not light"),
        ({"screen_name": "first", "screen_sha256": "ef" * 32}, "begun with screen none, not first"),
        ({"threshold": 0.6}, "begun with threshold 0.5, not 0.6"),
        ({"scale": None}, "begun with scale 0.2 mm/px, not none"),
        ({"scale": "0.21 mm/px"}, "begun with scale 0.2 mm/px, not 0.21 mm/px"),
    ],
)
def test_a_survey_is_resumed_with_its_own_settings_only(tmp_path, change, message):
    begin(tmp_path, inspection("a"))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    values = {name: getattr(SETTINGS, name) for name in SETTINGS.__slots__}
    with pytest.raises(CrackscopeError, match=message):
        SurveyLog(tmp_path, SurveySettings(**values | change), resume=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_survey_may_be_resumed_by_another_version(tmp_path):
    begin(tmp_path, inspection("a"))
    document = json.loads((tmp_path / "survey.json").read_text())
    (tmp_path / "survey.json").write_text(json.dumps(document | {"crackscope_version": "0.0.1"}))
    with SurveyLog(tmp_path, SETTINGS, resume=True) as log:
        assert log.done == {"a"}


def test_a_screened_survey_is_resumed_with_its_own_screen_only(tmp_path):
    screened = replace(SETTINGS, screen_name="first", screen_sha256="ef" * 32)
    with SurveyLog(tmp_path, screened, resume=False) as log:
        log.add(inspection("a"))
    for other, message in (
        (SETTINGS, "begun with screen first, not none"),
        (replace(screened, screen_sha256="01" * 32), "begun with screen first, not another file named first"),
    ):
        with pytest.raises(CrackscopeError, match=message):
            SurveyLog(tmp_path, other, resume=True)
    with SurveyLog(tmp_path, screened, resume=True) as log:
        assert log.done == {"a"}


def test_a_survey_of_before_there_were_screens_is_resumed(tmp_path):
    begin(tmp_path, inspection("a"))
    document = json.loads((tmp_path / "survey.json").read_text())
    del document["screen_name"], document["screen_sha256"]
    (tmp_path / "survey.json").write_text(json.dumps(document))
    with SurveyLog(tmp_path, SETTINGS, resume=True) as log:
        assert log.done == {"a"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", r"survey\.json: is damaged"),
        ("[]", r"survey\.json: must be an object"),
        ("{}", r"survey\.json\.schema_version: is missing"),
        ('{"schema_version": 99}', r"survey\.json: was written by a newer crackscope; upgrade"),
        (None, r"holds results, but no survey\.json"),
    ],
)
def test_results_without_usable_settings_are_not_resumed(tmp_path, content, message):
    begin(tmp_path, inspection("a"))
    (tmp_path / "survey.json").unlink()
    if content is not None:
        (tmp_path / "survey.json").write_text(content)
    with pytest.raises(CrackscopeError, match=message):
        SurveyLog(tmp_path, SETTINGS, resume=True)


def test_a_damaged_line_in_the_middle_is_named_and_kept(tmp_path):
    begin(tmp_path, inspection("a"))
    path = tmp_path / "inspections.jsonl"
    path.write_bytes(b"nonsense\n" + path.read_bytes())
    with pytest.raises(CrackscopeError, match=r"inspections\.jsonl, line 1: holds no JSON object"):
        SurveyLog(tmp_path, SETTINGS, resume=True)
    assert path.read_bytes().startswith(b"nonsense\n")


def test_two_surveys_into_one_folder_at_once_are_refused(tmp_path):
    pytest.importorskip("fcntl")
    with SurveyLog(tmp_path, SETTINGS, resume=False):  # noqa: SIM117 - the second is refused while the first runs
        with pytest.raises(CrackscopeError, match="another survey is writing"):
            SurveyLog(tmp_path, SETTINGS, resume=True)
    SurveyLog(tmp_path, SETTINGS, resume=True).close()


def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(
        CrackscopeError, match=r"out: cannot be written \(File exists\); .* another output folder"
    ):
        SurveyLog(tmp_path / "out", SETTINGS, resume=False)


@pytest.fixture
def read_only_folder():
    """A folder that may be read and not written, also where the tests run as root."""
    if not hasattr(os, "geteuid"):
        pytest.skip("permissions are POSIX's")
    is_root = os.geteuid() == 0
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o555)
        if is_root:
            os.seteuid(65534)
        yield folder
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


@pytest.mark.parametrize("below", [".", "new", "new/folder"])
def test_a_read_only_folder_is_named(read_only_folder, below):
    with pytest.raises(
        CrackscopeError, match=r"cannot be written \(Permission denied\); .* another output folder"
    ):
        SurveyLog(read_only_folder / below, SETTINGS, resume=False)
    assert list(read_only_folder.iterdir()) == []


def test_an_unfinished_settings_file_is_never_left_behind(tmp_path):
    begin(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "failures.jsonl",
        "inspections.jsonl",
        "survey.json",
    ]
