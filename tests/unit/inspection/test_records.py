import pytest

from crackscope.errors import CrackscopeError
from crackscope.inspection.inspection import NO_CRACK, Inspection, ModelRecord, PhotoRecord
from crackscope.inspection.inspection_json import to_line
from crackscope.inspection.records import Failure, read_failures, read_inspections

MODEL = ModelRecord(name="dark", sha256="ab" * 32, precision="fp32", threshold=0.5, engine="openvino")


def line(name: str) -> bytes:
    return to_line(Inspection(PhotoRecord(name, 4, 5), MODEL, NO_CRACK, 0.0, ()))


def names(path) -> list[str]:
    return [inspection.photo.name for inspection in read_inspections(path)]


def test_inspections_are_read_in_order(tmp_path):
    path = tmp_path / "inspections.jsonl"
    path.write_bytes(line("b.jpg") + line("a.jpg"))
    assert names(path) == ["b.jpg", "a.jpg"]


@pytest.mark.parametrize("kept", [1, 40, -1])
def test_a_torn_last_line_is_left_out(tmp_path, kept):
    path = tmp_path / "inspections.jsonl"
    path.write_bytes(line("a.jpg") + line("b.jpg")[:-1][:kept])
    assert names(path) == ["a.jpg"]


def test_a_last_line_of_zeros_as_a_power_cut_leaves_it_is_left_out(tmp_path):
    path = tmp_path / "inspections.jsonl"
    path.write_bytes(line("a.jpg") + bytes(300))
    assert names(path) == ["a.jpg"]


@pytest.mark.parametrize("damaged", [b"\n", b"nonsense\n", b"[1]\n", b"\xff\xfe\n", b"[" * 100_000 + b"\n"])
def test_a_damaged_line_is_named_by_its_number(tmp_path, damaged):
    path = tmp_path / "inspections.jsonl"
    path.write_bytes(line("a.jpg") + damaged + line("b.jpg"))
    with pytest.raises(CrackscopeError, match=r"inspections\.jsonl, line 2: .*delete the line"):
        names(path)


def test_a_line_that_is_no_inspection_is_named_by_its_number_and_field(tmp_path):
    path = tmp_path / "inspections.jsonl"
    path.write_bytes(line("a.jpg") + b'{"schema_version": 1}\n')
    with pytest.raises(CrackscopeError, match=r"line 2: inspection\.photo: is missing"):
        names(path)


def test_reading_is_lazy(tmp_path):
    path = tmp_path / "inspections.jsonl"
    path.write_bytes(line("a.jpg") + b"nonsense\n")
    assert next(read_inspections(path)).photo.name == "a.jpg"


def test_no_file_of_inspections_is_an_error_that_names_it(tmp_path):
    with pytest.raises(CrackscopeError, match=r"nowhere\.jsonl: cannot be read"):
        names(tmp_path / "nowhere.jsonl")


def test_no_file_of_failures_means_no_failures(tmp_path):
    assert list(read_failures(tmp_path / "failures.jsonl")) == []


def test_failures_are_read_with_their_reasons(tmp_path):
    path = tmp_path / "failures.jsonl"
    path.write_text('{"photo":"a.jpg","reason":"a.jpg: is empty; copy it again."}\n{"pho')
    assert list(read_failures(path)) == [Failure("a.jpg", "a.jpg: is empty; copy it again.")]
