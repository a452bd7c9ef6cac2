import json

import pytest

from crackscope.datasets.choices import LARGEST_BYTES, read_choices
from crackscope.errors import DatasetError

GOOD = {"schema": "crackscope.audit.choices", "schema_version": 1}


def written(tmp_path, content) -> str:
    path = tmp_path / "choices.json"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(json.dumps(content), "utf-8")
    return path


def test_choices_come_back_by_key(tmp_path):
    choices = {"duplicate:a/ü.png:b.png": "reject", "empty-positive:c.png": "accept"}
    assert read_choices(written(tmp_path, {**GOOD, "choices": choices})) == choices


def test_no_choices_are_no_choices(tmp_path):
    assert read_choices(written(tmp_path, {**GOOD, "choices": {}})) == {}


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    data = b"\xef\xbb\xbf" + json.dumps({**GOOD, "choices": {}}).encode()
    assert read_choices(written(tmp_path, data)) == {}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is not whole JSON"),
        (b'{"schema": "crackscope.audit.cho', "is not whole JSON"),
        (b"\xff\xfe\x00\xd8", "is not whole JSON"),
        (b"[" * 200_000, "is not whole JSON"),
        ([], "is no file of choices"),
        ({"schema": "coco", "schema_version": 1, "choices": {}}, "is no file of choices"),
        ({"schema": ["crackscope.audit.choices"], "choices": {}}, "is no file of choices"),
        ({**GOOD, "schema_version": 2, "choices": {}}, "newer crackscope"),
        ({**GOOD, "schema_version": True, "choices": {}}, "no version"),
        ({**GOOD, "schema_version": "1", "choices": {}}, "no version"),
        ({**GOOD, "schema_version": 0, "choices": {}}, "no version"),
        (GOOD, "holds no choices"),
        ({**GOOD, "choices": ["a"]}, "holds no choices"),
        ({**GOOD, "choices": {"a:b": "maybe"}}, "neither accept nor reject about 'a:b'"),
        ({**GOOD, "choices": {"a:b": None}}, "neither accept nor reject"),
        ({**GOOD, "choices": {"a:b": ["accept"]}}, "neither accept nor reject"),
        ({**GOOD, "choices": {"a:\x1b[31m" + "b" * 500: 1}}, r"about 'a:\\x1b"),
    ],
)
def test_what_is_no_file_of_choices_is_refused_in_one_sentence(tmp_path, content, sentence):
    path = written(tmp_path, content)
    with pytest.raises(DatasetError, match=sentence) as caught:
        read_choices(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    assert len(said) < len(str(path)) + 250


def test_a_file_that_is_too_large_is_not_parsed(tmp_path):
    path = tmp_path / "choices.json"
    with path.open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)
    with pytest.raises(DatasetError, match="larger than 50 MB"):
        read_choices(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"nowhere\.json: cannot be read"):
        read_choices(tmp_path / "nowhere.json")


def test_a_folder_is_no_file_of_choices(tmp_path):
    with pytest.raises(DatasetError, match="cannot be read"):
        read_choices(tmp_path)
