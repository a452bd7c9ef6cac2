"""The worked example of docs/datasets.md, command by command."""

import csv
import json
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

from crackscope.cli.main import main
from crackscope.datasets.finding import Finding

ROOT = Path(__file__).parents[2]


@pytest.fixture
def concrete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder in which the example's dataset ``Concrete`` has been drawn; the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "argv", ["draw_broken_dataset.py", "Concrete"])
    runpy.run_path(str(ROOT / "docs/examples/draw_broken_dataset.py"), run_name="__main__")
    return tmp_path


def audit(folder: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["data", "audit", folder, "--out", f"audit-{folder}", "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_from_a_broken_download_to_a_split_dataset(concrete: Path, capsys: pytest.CaptureFixture[str]):
    document = audit("Concrete", capsys)
    assert document["pictures"] == 82
    assert json.loads((concrete / "audit-Concrete/audit.json").read_text("utf-8")) == document
    kinds = {finding["kind"]: finding for finding in document["findings"]}
    assert kinds.keys() == {
        "unreadable", "orphan-image", "rotated-mask", "multichannel-mask", "non-binary-mask", "inverted-mask",
        "crack-in-negative", "empty-positive", "speckle", "duplicate", "near-duplicate",
    }  # fmt: skip

    page = (concrete / "audit-Concrete/gallery.html").read_text("utf-8")
    assert "Positive/Images/008_b.jpg" in page
    assert list((concrete / "audit-Concrete/gallery").glob("*.jpg"))

    near = kinds["near-duplicate"]
    key = Finding(near["path"], near["kind"], near["certain"], near["detail"], other=near["other"]).key
    choices = {"schema": "crackscope.audit.choices", "schema_version": 1, "choices": {key: "accept"}}
    (concrete / "choices.json").write_text(json.dumps(choices), "utf-8")
    assert main(["data", "repair", "Concrete", "--out", "mended", "--choices", "choices.json"]) == 1
    said = capsys.readouterr()
    assert "near-duplicate" in said.out
    assert not said.err

    assert audit("mended", capsys)["findings"] == []

    assert main(["data", "split", "mended", "--out", "split.csv", "--test", "0.2", "--seed", "7"]) == 0
    with (concrete / "split.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 76
    assert {row["part"] for row in rows} == {"train", "validation", "test"}

    assert main(["data", "convert", "split.csv", "yolo", "--to", "yolo"]) == 0
    assert not capsys.readouterr().err
    described = (concrete / "yolo/data.yaml").read_text("utf-8")
    assert "train: train/images\nval: val/images\ntest: test/images\n" in described
    assert len(list((concrete / "yolo/test/images").rglob("*.jpg"))) == sum(r["part"] == "test" for r in rows)

    assert main(["data", "convert", "mended", "undivided", "--to", "yolo"]) == 0
    assert "val names the training pictures" in capsys.readouterr().err

    assert main(["data", "convert", "mended", "coco", "--to", "coco"]) == 0
    coco = json.loads((concrete / "coco/annotations.json").read_text("utf-8"))
    assert len(coco["images"]) == 76
    assert len(coco["annotations"]) >= 37


def test_the_answer_of_a_model_is_asked_for_where_it_is_named(
    concrete: Path, dark_model_file: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["data", "audit", "Concrete", "--model", str(dark_model_file), "--no-gallery"]) == 0
    assert "label-suspect" in capsys.readouterr().out
    assert not (concrete / "audit/gallery.html").exists()
    findings = json.loads((concrete / "audit/audit.json").read_text("utf-8"))["findings"]
    suspects = {finding["path"] for finding in findings if finding["kind"] == "label-suspect"}
    assert {"Negative/Images/000.jpg", "Positive/Images/009.jpg"} <= suspects
    assert len(suspects) < 20


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["audit", "gone"], "gone: no such folder"),
        (["audit", "full/mine.txt"], "is a file, not a folder"),
        (["split", "Concrete", "--out", "table.csv"], "is there already and no split"),
        (["convert", "Concrete", "new"], "missing option '--to'"),
        (["audit", "empty"], "no dataset here"),
        (["audit", "Concrete", "--layout", "yolo"], "no dataset in the layout yolo"),
        (["audit", "Concrete", "--out", "Concrete/audit"], "lies in the dataset"),
        (["audit", "Concrete", "--model", "gone.onnx"], "gone.onnx"),
        (["repair", "Concrete", "--out", "Concrete/new"], "lies in the dataset"),
        (["repair", "Concrete", "--out", "full"], "not empty and no earlier repair"),
        (["repair", "Concrete", "--out", "new", "--choices", "gone.json"], "gone.json"),
        (["convert", "Concrete", "full", "--to", "coco"], "not empty"),
        (["convert", "empty", "new", "--to", "yolo"], "no dataset here"),
        (["split", "empty"], "no dataset here"),
    ],
)
def test_a_mistake_gets_one_sentence_and_changes_nothing(
    concrete: Path, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
):
    (concrete / "empty").mkdir()
    (concrete / "full").mkdir()
    (concrete / "full/mine.txt").write_text("mine")
    (concrete / "table.csv").write_text("name,amount\n")
    before = sorted(path for path in concrete.rglob("*") if "cache" not in path.parts)
    assert main(["data", *arguments]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert len(error.strip().splitlines()) == 1
    assert sorted(path for path in concrete.rglob("*") if "cache" not in path.parts) == before


def test_the_group_explains_itself(capsys: pytest.CaptureFixture[str]):
    assert main(["data", "--help"]) == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in ("audit", "repair", "split", "convert"))
    assert main(["data", "audti", "x"]) == 2
    assert "did you mean 'audit'" in capsys.readouterr().err
