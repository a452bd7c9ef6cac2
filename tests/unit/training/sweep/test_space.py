from pathlib import Path

import pytest
import yaml

from crackscope.errors import RecipeError
from crackscope.training.sweep.space import Choices, Range, combinations, parse_space, read_spaces, yaml_text


@pytest.mark.parametrize(
    ("text", "space"),
    [
        ("log:1e-4..1e-2", Range(1e-4, 1e-2, log=True)),
        ("log:8..128", Range(8, 128, log=True)),
        ("range:128..320:32", Range(128, 320, step=32)),
        ("range:-1..1", Range(-1, 1)),
        ("range:0..0.6", Range(0.0, 0.6)),
        ("range:0.1..0.7:0.1", Range(0.1, 0.7, step=0.1)),
        ("8,16,32", Choices((8, 16, 32))),
        ("light, mobile", Choices(("light", "mobile"))),
        ("[0.5, 2.0],[0.8, 1.25]", Choices(([0.5, 2.0], [0.8, 1.25]))),
        ("null,a.pth,true", Choices((None, "a.pth", True))),
        ("'8',8", Choices(("8", 8))),
    ],
)
def test_a_space_is_read_and_written_again(text: str, space: Range | Choices):
    assert parse_space(text) == space
    assert parse_space(str(space)) == space


def test_whole_ends_give_whole_numbers_and_others_do_not():
    assert parse_space("log:8..128").whole
    assert not parse_space("log:8.0..128").whole
    assert not parse_space("range:1..2:0.5").whole


@pytest.mark.parametrize(
    ("varied", "sentence"),
    [
        ("batch_size", "must be KEY=SPACE; write choices as 8,16,32"),
        ("batch_size=", "must be KEY=SPACE"),
        ("batch_size=8", "a single choice varies nothing; use --set"),
        ("a=1e-4..1e-2", "a single choice varies nothing"),
        ("batch_size=8,16,8", "8 is there twice; remove one"),
        ("a=[1,2", "the choices are not readable as YAML"),
        ("a=2024-01-01,2", "numbers, words, lists and mappings only"),
        ("a=.nan,2", "numbers, words, lists and mappings only"),
        ("a=range:1", "has no two ends"),
        ("a=log:x..1", "'x' is no number"),
        ("a=range:1..inf", "'inf' is no number"),
        ("a=range:2..1", "2 is not below 1; write the lower end first"),
        ("a=log:0..1", "orders of magnitude begin above 0, not at 0"),
        ("a=log:1..8:2", "orders of magnitude have no steps; leave out :2"),
        ("a=range:128..300:32", "steps of 32 from 128 do not end at 300"),
        ("a=range:0..1:0", "steps of 0 from 0 do not end at 1"),
        ("a=range:0..1:", "'' is no number"),
    ],
)
def test_a_wrong_space_gets_one_sentence_that_names_it(varied: str, sentence: str):
    with pytest.raises(RecipeError) as caught:
        read_spaces([varied])
    said = str(caught.value)
    assert said.startswith(f"--vary {varied}: ")
    assert sentence in said
    assert "\n" not in said


def test_a_file_says_the_same_as_options_in_any_order(tmp_path: Path):
    file = tmp_path / "space.yaml"
    file.write_text(
        "optimiser:\n  learning_rate: log:1e-4..1e-2\n"
        "data.crop_px: range:128..320:32\nbatch_size: [8, 16]\ndata.scale_range: [[0.5, 2], [1, 1]]\n"
    )
    options = [
        "batch_size=8,16",
        "data.scale_range=[0.5, 2],[1, 1]",
        "data.crop_px=range:128..320:32",
        "optimiser.learning_rate=log:1e-4..1e-2",
    ]
    from_file, from_options = read_spaces([], file=file), read_spaces(options)
    assert from_file == from_options
    assert list(from_file) == list(from_options) == list(read_spaces(options[::-1]))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 3\n", "space.yaml: a: 3 is no space"),
        ("a: [1]\n", "space.yaml: a: a single choice varies nothing"),
        ("a: range:3..1\n", "space.yaml: a: 3 is not below 1"),
        ("- a\n", "names nothing to vary"),
        ("", "names nothing to vary"),
        ("a: [1\n", "not readable as YAML"),
        ("a: &b {c: *b}\n", "not readable as YAML"),
    ],
)
def test_a_wrong_file_gets_one_sentence(text: str, sentence: str, tmp_path: Path):
    (tmp_path / "space.yaml").write_text(text)
    with pytest.raises(RecipeError, match=sentence) as caught:
        read_spaces([], file=tmp_path / "space.yaml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("texts", "count"),
    [
        (["1,2,3"], 3),
        (["range:128..320:32", "light,mobile"], 14),
        (["range:0.1..0.7:0.1", "log:8..16"], 63),
        (["1,2", "log:1e-4..1e-2"], None),
    ],
)
def test_combinations_are_counted_where_they_have_an_end(texts: list[str], count: int | None):
    assert combinations({str(number): parse_space(text) for number, text in enumerate(texts)}) == count


def test_what_is_in_each_others_way_is_refused(tmp_path: Path):
    with pytest.raises(RecipeError, match="is varied twice"):
        read_spaces(["a=1,2", "a=3,4"])
    with pytest.raises(RecipeError, match=r"--vary a: a\.b is a part of it"):
        read_spaces(["a={b: 1},{b: 2}", "a.b=3,4"])
    with pytest.raises(RecipeError, match="Nothing is varied; give --vary"):
        read_spaces([])
    with pytest.raises(RecipeError, match="cannot be read"):
        read_spaces([], file=tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    "value", [1e-5, 0.1, 12, True, None, "light", "8", "null", "1e-4", [0.5, 2.0], {"a": [1, "x"]}, "ü, [b]"]
)
def test_a_value_survives_being_written_as_yaml(value: object):
    assert yaml.safe_load(yaml_text(value)) == value
    assert type(yaml.safe_load(yaml_text(value))) is type(value)
