from pathlib import Path

import pytest

from crackscope.cli.main import main
from crackscope.imaging.encode import write_png
from crackscope.imaging.synthetic import draw_photo


@pytest.mark.parametrize(
    ("scale", "sentence"),
    [
        ("0,2", "'0,2' is no number; write it with a point and without a unit: 0.2"),
        ("0.2mm", "'0.2mm' is no number; write it with a point and without a unit: 0.2"),
        ("0", "0 is not above 0"),
        ("-1", "-1 is not above 0"),
        ("nan", "nan is not finite"),
    ],
)
def test_a_scale_that_is_no_size_says_how_to_write_one(
    scale: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["inspect", str(tmp_path), f"--scale={scale}"]) == 2
    assert sentence in capsys.readouterr().err


def test_a_run_folder_as_model_is_answered_with_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "photo.png").touch()
    assert main(["inspect", str(tmp_path), "--model", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert f"{tmp_path}: is a folder; give an .onnx file" in capsys.readouterr().err


def test_failures_are_among_the_files_that_are_named(
    dark_model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    photos, out = tmp_path / "photos", tmp_path / "out"
    photos.mkdir()
    write_png(photos / "wall.png", draw_photo(height=64, width=64, seed=1).pixels)
    arguments = ["inspect", str(photos), "--model", str(dark_model_file), "--format", "json"]
    assert main([*arguments, "--out", str(out)]) == 0
    assert "failures.jsonl" not in capsys.readouterr().out
    (photos / "empty.png").touch()
    assert main([*arguments, "--out", str(tmp_path / "again")]) == 1
    assert f"{tmp_path / 'again' / 'failures.jsonl'}" in capsys.readouterr().out
