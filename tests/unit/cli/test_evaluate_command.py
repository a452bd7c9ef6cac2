import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from crackscope.cli.main import main
from crackscope.datasets import Split, find_samples
from crackscope.datasets.manifest import write_manifest


def write_set(folder, *, pictures=3):
    """Write grey pictures with one dark line each, and the line as mask."""
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    for number in range(pictures):
        mask = np.zeros((64, 64), np.uint8)
        cv2.line(mask, (6, 10 + 12 * number), (57, 14 + 12 * number), 255, 2)
        grey = np.where(mask > 0, 40, 170).astype(np.uint8)
        cv2.imwrite(str(folder / "images" / f"wall{number}.png"), cv2.merge([grey] * 3))
        cv2.imwrite(str(folder / "masks" / f"wall{number}.png"), mask)
    return folder


@pytest.fixture
def walls(tmp_path):
    return write_set(tmp_path / "walls")


def test_tables_and_document_of_a_model_file(walls, dark_model_file, tmp_path, capsys):
    out = tmp_path / "figures.json"
    assert main(["evaluate", str(dark_model_file), "--data", str(walls), "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "walls: 3 pictures of 3 source photos" in shown
    assert "F1, pooled" in shown
    document = json.loads(out.read_text("utf-8"))
    assert document["model"]["kind"] == "model file"
    assert document["overall"]["figures"]["f1"]["value"] > 0.5
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


def test_json_goes_to_stdout_alone(walls, dark_model_file, capsys):
    arguments = ["--data", str(walls), "--json", "--limit", "2", "--threshold", "0.4", "--engine", "openvino"]
    assert main(["evaluate", str(dark_model_file), *arguments]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["overall"]["pictures"] == 2
    assert document["protocol"]["threshold"] == 0.4
    assert document["protocol"]["limit_per_set"] == 2
    assert document["model"]["threshold_from"] == "the command line"


def test_two_sets_are_shown_one_by_one_and_together(walls, dark_model_file, tmp_path, capsys):
    roads = write_set(tmp_path / "roads", pictures=2)
    assert main(["evaluate", str(dark_model_file), "--data", str(walls), "--data", str(roads)]) == 0
    shown = capsys.readouterr().out
    for row in ("roads", "walls", "all pictures", "mean over sets"):
        assert f"\n{row} " in shown


def test_a_missing_mask_is_one_sentence_that_names_it(walls, dark_model_file, capsys):
    (walls / "masks" / "wall1.png").unlink()
    assert main(["evaluate", str(dark_model_file), "--data", str(walls)]) == 2
    sentence = capsys.readouterr().err
    assert "wall1.png" in sentence
    assert len(sentence.strip().splitlines()) == 1


def test_a_broken_picture_is_named_and_the_rest_is_judged(walls, dark_model_file, capsys):
    (walls / "images" / "wall2.png").write_bytes(b"broken")
    assert main(["evaluate", str(dark_model_file), "--data", str(walls), "--json"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["overall"]["pictures"] == 2
    assert "wall2.png" in captured.err


def test_a_folder_that_is_not_there_is_wrong_usage(dark_model_file, tmp_path, capsys):
    assert main(["evaluate", str(dark_model_file), "--data", str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_a_model_that_is_not_there_is_wrong_usage(walls, tmp_path, capsys):
    for model in (tmp_path / "none.onnx", tmp_path / "none.ckpt"):
        assert main(["evaluate", str(model), "--data", str(walls)]) == 2
        assert model.name in capsys.readouterr().err


def test_an_unwritable_output_is_said_in_one_sentence(walls, dark_model_file, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    out = tmp_path / "file" / "figures.json"
    assert main(["evaluate", str(dark_model_file), "--data", str(walls), "--out", str(out)]) == 2
    sentence = capsys.readouterr().err.strip()
    assert sentence.startswith(f"{out}: cannot be written")
    assert len(sentence.splitlines()) == 1


@pytest.fixture
def split_file(walls, tmp_path):
    """A split with two pictures to train on and one to test on."""
    samples = [replace(sample, group="both") for sample in find_samples([walls])]
    write_manifest(Split((samples[0],), (), (samples[1], samples[2])), tmp_path / "split.csv", hashed=True)
    text = (tmp_path / "split.csv").read_text("utf-8").replace("both", "first", 1)
    (tmp_path / "split.csv").write_text(text, "utf-8")
    return tmp_path / "split.csv"


@pytest.mark.parametrize(("part", "pictures"), [(None, 2), ("train", 1), ("all", 3)])
def test_of_a_split_the_part_asked_for_is_judged(split_file, dark_model_file, capsys, part, pictures):
    options = [] if part is None else ["--part", part]
    assert main(["evaluate", str(dark_model_file), "--data", str(split_file), "--json", *options]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["protocol"]["part"] == (part or "test")
    assert document["overall"]["pictures"] == pictures


def test_intervals_of_a_split_are_drawn_over_its_groups(split_file, dark_model_file, capsys):
    assert main(["evaluate", str(dark_model_file), "--data", str(split_file), "--json"]) == 0
    overall = json.loads(capsys.readouterr().out)["overall"]
    assert (overall["pictures"], overall["sources"]) == (2, 1)


def test_of_a_folder_all_is_judged_and_the_output_says_so(walls, split_file, dark_model_file, capsys):
    assert main(["evaluate", str(dark_model_file), "--data", str(walls)]) == 0
    assert "; pictures: all; threshold" in capsys.readouterr().out
    roads = write_set(walls.parent / "roads", pictures=2)
    assert main(["evaluate", str(dark_model_file), "--data", str(split_file), "--data", str(roads)]) == 0
    assert "; pictures: test of splits, all of folders; threshold" in capsys.readouterr().out


def test_an_empty_part_is_one_sentence(walls, split_file, dark_model_file, capsys):
    for data, part in ((split_file, "validation"), (walls, "test")):
        assert main(["evaluate", str(dark_model_file), "--data", str(data), "--part", part]) == 2
        sentence = capsys.readouterr().err.strip()
        assert sentence.startswith(f"None of 3 pictures is in the {part} part; choose another with --part")


def test_half_of_a_dataset_can_be_judged(tmp_path, dark_model_file, capsys):
    for half in ("train", "test"):
        write_set(tmp_path / "sets" / half, pictures=2)
    data = ["--data", str(tmp_path / "sets"), "--json"]
    assert main(["evaluate", str(dark_model_file), *data, "--part", "test"]) == 0
    assert json.loads(capsys.readouterr().out)["overall"]["pictures"] == 2
