"""``crackscope growth`` as its user runs it."""

import csv
import json
import re

import pytest
from click.testing import CliRunner

from crackscope.cli.main import group
from crackscope.imaging.encode import write_png
from crackscope.imaging.photo import Photo
from drawn_pair import MOVED, drawn, wavy

START, END = (90, 60), (300, 500)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pair")
    write_png(folder / "before.png", drawn([wavy(START, END, 3.0)]))
    write_png(folder / "after.png", drawn([wavy(START, END, 4.0)], noise_seed=1, view=MOVED))
    write_png(folder / "elsewhere.png", drawn([wavy(START, END, 4.0)], seed=77))
    return folder


def run(*arguments):
    return CliRunner().invoke(group, ["growth", *map(str, arguments)], standalone_mode=False)


def test_growth_is_shown_written_and_drawn(photos, tmp_path):
    out = tmp_path / "out"
    result = run(photos / "before.png", photos / "after.png", "--scale", "0.1", "--out", out)
    assert result.return_value == 0
    assert "1 crack: 1 grown." in result.stdout
    assert re.search(r"\+0\.(09|10)\d ± 0\.01\d", result.stdout)
    (row,) = csv.DictReader((out / "growth.csv").open(encoding="utf-8-sig"))
    assert (row["kind"], row["before"], row["after"]) == ("grown", "1", "1")
    assert float(row["width_change_mm"]) == pytest.approx(0.1, abs=0.015)
    document = json.loads((out / "growth.json").read_text())
    assert document["cracks"][0]["kind"] == "grown"
    assert Photo.open(out / "before-after.jpg").width > 600


def test_the_comparison_as_json(photos, tmp_path):
    result = run(photos / "before.png", photos / "before.png", "--json", "--out", tmp_path)
    assert result.return_value == 0
    assert [crack["kind"] for crack in json.loads(result.stdout)["cracks"]] == ["unchanged"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{p}/before.png", "{p}/elsewhere.png"], "do not seem to show the same place"),
        (["{p}/before.png", "{p}/none.png"], "there is no such file"),
        (["{p}", "{p}/after.png"], "is a folder"),
        (["{p}/before.png", "{p}/after.png", "--scale", "0.1", "--marker", "50"], "give one of them"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_sentence(photos, tmp_path, arguments, message):
    out = tmp_path / "out"
    given = [argument.format(p=photos) for argument in arguments]
    result = run(*given, "--out", out)
    assert message in str(result.exception) + result.stderr
    assert not out.exists()
