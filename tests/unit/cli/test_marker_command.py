import os
from pathlib import Path

import click
import cv2
import pytest

from crackscope.cli.main import group, main
from crackscope.cli.marker_command import command
from crackscope.imaging.markers import DEFAULT_DICTIONARY, DICTIONARIES
from crackscope.imaging.sheet_plan import PAGES_MM


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the markers that are drawn, in their order."""
    numbers: list[int] = []
    generate = cv2.aruco.generateImageMarker

    def noted(dictionary: object, number: int, side_px: int) -> object:
        numbers.append(number)
        return generate(dictionary, number, side_px)

    monkeypatch.setattr(cv2.aruco, "generateImageMarker", noted)
    return numbers


def test_without_options_six_markers_of_50_mm_are_written_here(
    here: Path, drawn: list[int], capsys: pytest.CaptureFixture[str]
):
    assert main(["marker"]) == 0
    assert [path.name for path in here.iterdir()] == ["markers.pdf"]
    assert drawn == [0, 1, 2, 3, 4, 5]
    said, how = capsys.readouterr().out.splitlines()
    assert said.startswith("markers.pdf: 6 markers of 50 mm on 1 page;")
    assert how == "next: crackscope inspect photos/ --marker 50"


def test_markers_come_in_the_order_given(drawn: list[int], capsys: pytest.CaptureFixture[str]):
    assert main(["marker", "--numbers", "9-12, 4,1", "--size", "80", "--out", "a.pdf"]) == 0
    assert drawn == [9, 10, 11, 12, 4, 1]
    assert "a.pdf: 6 markers of 80 mm on 3 pages;" in capsys.readouterr().out


def test_another_dictionary_is_told_to_inspect_too(capsys: pytest.CaptureFixture[str]):
    assert main(["marker", "--dictionary", "aruco-5x5", "--size", "37.5", "--numbers", "3"]) == 0
    said, how = capsys.readouterr().out.splitlines()
    assert "1 marker of 37.5 mm on 1 page;" in said
    assert how == "next: crackscope inspect photos/ --marker 37.5 --marker-dictionary aruco-5x5"


def test_two_runs_give_the_same_bytes():
    for name in ("a.pdf", "b.pdf"):
        assert main(["marker", "--numbers", "0-12", "--out", name]) == 0
    assert Path("a.pdf").read_bytes() == Path("b.pdf").read_bytes()


def test_an_older_file_is_replaced_and_nothing_else_is_left(here: Path):
    Path("markers.pdf").write_text("older")
    assert main(["marker"]) == 0
    assert Path("markers.pdf").read_bytes().startswith(b"%PDF-")
    assert [path.name for path in here.iterdir()] == ["markers.pdf"]


def test_an_older_file_stays_where_the_new_one_cannot_be_finished(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def full(path: Path, *_: object) -> int:
        path.write_text("half")
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("crackscope.imaging.marker_sheet.write_sheets", full)
    Path("markers.pdf").write_text("older")
    assert main(["marker"]) == 2
    assert capsys.readouterr().err.startswith("markers.pdf: cannot be written (no space left on device);")
    assert Path("markers.pdf").read_text() == "older"
    assert [path.name for path in here.iterdir()] == ["markers.pdf"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--size", "nan"], "nan is not finite"),
        (["--size", "inf"], "inf is not finite"),
        (["--size", "0"], "0 is not above 0"),
        (["--size", "50mm"], "write it with a point and without a unit"),
        (["--size", "4"], "too small to be found in a photo; make it 5 mm or more."),
        (["--size", "300"], "does not fit on a4 with the white around it; the largest that fits is 151 mm."),
        (["--numbers", "580-587"], "apriltag-36h11 has 587 markers, 0 to 586, and no 587"),
        (["--numbers", "0-999999999"], "apriltag-36h11 has 587 markers, 0 to 586, and no 587"),
        (["--numbers", "50", "--dictionary", "aruco-4x4"], "aruco-4x4 has 50 markers, 0 to 49, and no 50"),
        (["--numbers", "1,3,0-2"], "1 is there twice; name each marker once"),
        (["--numbers", ""], "names no marker; give some as 3, 0-7 or 1,4,9-12"),
        (["--numbers", " , "], "names no marker; give some as 3, 0-7 or 1,4,9-12"),
        (["--numbers", "7-0"], "7-0 runs backwards; write 0-7"),
        (["--numbers", "1;2"], "'1;2' is neither a number nor a range; write them as 3, 0-7 or 1,4,9-12"),
        (["--numbers=-3"], "'-3' is neither a number nor a range"),
        (["--numbers", "²"], "'²' is neither a number nor a range"),
        (["--page", "a5"], "a5: no such page; the pages are a4, a3, letter."),
        (["--dictionary", "qr"], "qr: no such dictionary; the dictionaries are apriltag-36h11, aruco-4x4, "),
        (["--out", "markers.png"], "--out markers.png: the file's name must end in .pdf"),
        (["--out", "new/markers.pdf"], "there is no folder new; make it, or choose another."),
    ],
)
def test_what_cannot_be_printed_is_one_sentence_with_its_remedy(
    arguments: list[str], sentence: str, here: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["marker", *arguments]) == 2
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""
    assert not list(here.iterdir())


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_takes_no_file_is_named(here: Path, capsys: pytest.CaptureFixture[str]):
    here.chmod(0o500)
    try:
        assert main(["marker"]) == 2
    finally:
        here.chmod(0o700)
    assert capsys.readouterr().err.startswith("markers.pdf: cannot be written (permission denied);")


def test_help_names_all_pages_and_dictionaries_and_the_default():
    text = " ".join(command.get_help(click.Context(group)).split())
    for name in (*PAGES_MM, *DICTIONARIES):
        assert name in text
    (option,) = [each for each in command.params if each.name == "dictionary"]
    assert option.default == DEFAULT_DICTIONARY
