from pathlib import Path

import pytest

from crackscope.cli.main import main


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--trials", "2", "--vary", "batch_size=2,4"], "missing RECIPE"),
        (["segment-light", "--vary", "batch_size=2,4"], "missing --trials"),
        (["segment-light", "--trials", "2"], "Nothing is varied"),
        (["segment-light", "--trials", "0", "--vary", "batch_size=2,4"], "--trials"),
        (["segment-light", "--trials", "2", "--vary", "batch_size=4"], "a single choice varies nothing"),
        (["segment-light", "--trials", "2", "--vary", "batchsize=2,4"], "unknown key batchsize"),
        (["segment-lite", "--trials", "2", "--vary", "batch_size=2,4"], "no such recipe"),
        (["segment-light", "--trials", "2", "--vary", "seed=2,4"], "it decides which pictures judge a trial"),
        (
            ["segment-light", "--trials", "2", "--vary", "epochs=2,4", "--epochs", "3"],
            "--set epochs=3: epochs is varied",
        ),
        (["--resume"], "nothing to resume, sweep.json is missing"),
    ],
)
def test_a_mistake_gets_one_sentence_and_leaves_nothing_behind(
    arguments: list[str],
    sentence: str,
    drawn_dataset: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    out = tmp_path / "out"
    assert main(["sweep", *arguments, "--data", str(drawn_dataset), "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1
    assert not out.exists()


def test_data_that_do_not_fit_are_told_before_any_trial(
    drawn_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    arguments = [
        "sweep",
        "segment-light",
        "--trials",
        "2",
        "--vary",
        "batch_size=2,4",
        "--out",
        str(tmp_path / "out"),
    ]
    assert main([*arguments, "--data", str(drawn_dataset / "noncrack")]) == 2
    assert "no picture with a mask is left for validation" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
