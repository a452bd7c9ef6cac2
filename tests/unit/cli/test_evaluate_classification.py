import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from crackscope.cli.main import main


@pytest.fixture
def tiles(tmp_path: Path) -> Path:
    """Class folders: light tiles, two of three cracked ones with a dark line."""
    folder = tmp_path / "tiles"
    for name, lines in (("Positive", [True, True, False]), ("Negative", [False, False])):
        (folder / name).mkdir(parents=True)
        for number, line in enumerate(lines):
            grey = np.full((64, 64), 170, np.uint8)
            if line:
                cv2.line(grey, (4, 10 + number), (60, 50), 40, 2)
            cv2.imwrite(str(folder / name / f"{number}.png"), cv2.merge([grey] * 3))
    return folder


@pytest.fixture
def wall(tmp_path: Path) -> Path:
    """One picture of 64×192 px with its mask: a line in the first third."""
    folder = tmp_path / "wall"
    mask = np.zeros((64, 192), np.uint8)
    cv2.line(mask, (5, 5), (55, 55), 255, 2)
    for role, pixels in (("images", np.where(mask > 0, 40, 170).astype(np.uint8)), ("masks", mask)):
        (folder / role).mkdir(parents=True)
        cv2.imwrite(str(folder / role / "a.png"), cv2.merge([pixels] * 3))
    return folder


def run(*arguments: object) -> int:
    return main(["evaluate", *map(str, arguments)])


def test_class_folders_are_judged_and_shown(dark_classifier_file, tiles, tmp_path, capsys):
    out, sheet = tmp_path / "out" / "figures.json", tmp_path / "sheets" / "mistakes.jpg"
    assert run(dark_classifier_file, "--data", tiles, "--out", out, "--mistakes", sheet) == 0
    shown = capsys.readouterr().out
    assert "tiles: 5 pictures, 5 source photos" in shown
    assert "AUROC" in shown
    assert "pictures judged whole" in shown
    assert f"worst mistakes: drawn in {sheet}" in shown
    document = json.loads(out.read_text("utf-8"))
    confusion = {name: each["value"] for name, each in document["overall"]["confusion"].items()}
    assert list(confusion.values()) == [2, 1, 0, 2]
    (mistake,) = document["mistakes"]
    assert Path(mistake["image"]).name == "2.png"
    assert document["model"]["kind"] == "model file"
    assert document["protocol"]["sure_below"] == 0.2
    assert cv2.imread(str(sheet)) is not None


def test_patches_of_pictures_with_masks(dark_classifier_file, wall, capsys):
    assert run(dark_classifier_file, "--data", wall, "--patches", 64, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["protocol"]["patch_px"] == 64
    assert (document["overall"]["judged"], document["overall"]["cracked"]) == (3, 1)
    assert document["overall"]["figures"]["accuracy"]["value"] == 1


def test_class_folders_stay_whole_beside_patches_and_that_is_said(dark_classifier_file, tiles, wall, capsys):
    assert run(dark_classifier_file, "--data", tiles, "--data", wall, "--patches", 64) == 0
    shown = capsys.readouterr().out
    assert "whole, for want of masks: tiles" in shown
    assert "patches of 64 px, cracked from 32 crack pixels on" in shown


def test_without_a_mistake_nothing_is_drawn(dark_classifier_file, wall, tmp_path, capsys):
    sheet = tmp_path / "mistakes.jpg"
    assert run(dark_classifier_file, "--data", wall, "--mistakes", sheet) == 0
    assert "worst mistakes: none; nothing was drawn" in capsys.readouterr().out
    assert not sheet.exists()


def test_a_test_half_is_judged_alone(dark_classifier_file, tiles, tmp_path, capsys):
    for half in ("train", "test"):
        shutil.copytree(tiles, tmp_path / "sets" / "halves" / half)
    data = ["--data", tmp_path / "sets", "--json"]
    assert run(dark_classifier_file, *data, "--part", "test") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["overall"]["judged"], document["overall"]["sources"]) == (5, 5)


@pytest.mark.parametrize("option", ["--patches", "--mistakes"])
def test_options_for_classifiers_are_refused_for_others(option, dark_model_file, wall, tmp_path, capsys):
    value = "64" if option == "--patches" else str(tmp_path / "m.jpg")
    assert run(dark_model_file, "--data", wall, option, value) == 2
    assert f"{option} has no meaning for a model for the task 'segment'" in capsys.readouterr().err


def test_a_segmentation_model_does_not_see_cracks_that_nobody_drew(dark_model_file, tiles, capsys):
    assert run(dark_model_file, "--data", tiles, "--json") == 0
    assert json.loads(capsys.readouterr().out)["overall"]["pictures"] == 2


def test_a_classifier_is_listed_with_its_size_and_its_sure_level(dark_classifier_file, capsys):
    assert main(["models", str(dark_classifier_file)]) == 0
    shown = capsys.readouterr().out
    assert "Looks at pictures of 64×64 px, larger ones in patches: cracked from 0.5 on" in shown
    assert "surely crack-free below 0.2" in shown


def test_a_classifier_is_timed_at_its_own_size(dark_classifier_file, capsys, monkeypatch):
    from crackscope.export import latency

    defaults = {"sizes_px": (64,), "blocks": 1, "runs_per_block": 2}
    monkeypatch.setattr(latency.measure_latency, "__kwdefaults__", defaults)
    assert main(["benchmark", str(dark_classifier_file), "--threads", "1"]) == 0
    assert "64×64" in capsys.readouterr().out
    assert main(["benchmark", str(dark_classifier_file), "--size", "128"]) == 2
    assert "takes pictures of 64 px only" in capsys.readouterr().err
