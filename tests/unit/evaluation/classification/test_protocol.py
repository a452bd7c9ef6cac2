import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from crackscope.datasets import find_samples
from crackscope.errors import DatasetError, ModelFileError
from crackscope.evaluation.classification import evaluate_classifier
from crackscope.evaluation.classification.mistakes import write_mistakes
from crackscope.evaluation.classification.table import confusion, details, overview


@pytest.fixture
def tiles(tmp_path, write_classes):
    return write_classes(tmp_path / "tiles", cracked=[0.9, 0.7, 0.3, 0.05], crack_free=[0.8, 0.2, 0.0])


def judged(predictor, *folders, **options):
    samples = find_samples(folders, unmasked_cracks=True)
    return evaluate_classifier(predictor, samples, **{"replicates": 50} | options)


def test_pictures_of_class_folders_are_judged_whole(tiles, by_darkness):
    (group,) = judged(by_darkness, tiles).sets
    assert (group.pictures, group.judged, group.cracked, group.crack_free, group.whole) == (7, 7, 4, 3, True)
    figures = {name: figure.value for name, figure in group.figures.items()}
    assert figures["recall"] == pytest.approx(2 / 4)
    assert figures["precision"] == pytest.approx(2 / 3)
    assert figures["screened_share"] == pytest.approx(1 / 3)
    assert figures["screened_crack_share"] == pytest.approx(1 / 4)


def test_a_threshold_that_is_given_takes_the_place_of_the_model_s(tiles, by_darkness):
    (group,) = judged(by_darkness, tiles, threshold=0.25).sets
    assert group.figures["recall"].value == pytest.approx(3 / 4)


def test_the_worst_mistakes_come_first(tiles, by_darkness):
    mistakes = judged(by_darkness, tiles).mistakes
    assert [mistake.image.stem.partition("-")[2] for mistake in mistakes] == ["5", "80", "30"]
    assert [mistake.cracked for mistake in mistakes] == [True, False, True]


def test_patches_are_labelled_by_their_masks_and_those_in_between_are_left_out(
    tmp_path, by_darkness, write_masked
):
    (group,) = judged(by_darkness, write_masked(tmp_path / "walls"), patch_px=32).sets
    assert (group.pictures, group.judged, group.cracked, group.left_out) == (1, 2, 1, 1)
    assert group.figures["accuracy"].value == 1
    assert not group.whole


def test_how_much_crack_makes_a_patch_cracked_can_be_said(tmp_path, by_darkness, write_masked):
    walls = write_masked(tmp_path / "walls")
    evaluation = judged(by_darkness, walls, patch_px=32, min_crack_px=5)
    assert (evaluation.sets[0].cracked, evaluation.sets[0].left_out) == (2, 0)
    assert evaluation.min_crack_px == 5
    assert judged(by_darkness, walls, patch_px=32).min_crack_px == 16


def test_a_picture_with_a_mask_that_is_judged_whole_is_cracked_with_any_crack_pixel(
    tmp_path, by_darkness, write_masked
):
    walls = write_masked(tmp_path / "walls")
    (group,) = judged(by_darkness, walls).sets
    assert (group.judged, group.cracked) == (1, 1)
    cv2.imwrite(str(walls / "masks" / "a.png"), np.zeros((32, 96), np.uint8))
    (group,) = judged(by_darkness, walls).sets
    assert (group.judged, group.cracked) == (1, 0)


def test_a_set_with_cracks_that_nobody_drew_is_judged_whole_beside_patches_of_others(
    tiles, tmp_path, by_darkness, write_masked
):
    evaluation = judged(by_darkness, tiles, write_masked(tmp_path / "walls"), patch_px=32)
    by_name = {group.name: group for group in evaluation.sets}
    assert by_name["tiles"].whole
    assert not by_name["walls"].whole
    assert (evaluation.overall.judged, evaluation.overall.pictures, evaluation.overall.left_out) == (9, 8, 1)
    assert not evaluation.overall.whole


def test_a_mistake_on_a_patch_names_its_place(tmp_path, by_darkness, write_masked):
    walls = write_masked(tmp_path / "walls", thirds=(0.1, 0.5, 0.9))
    mistakes = judged(by_darkness, walls, patch_px=32).mistakes
    assert {mistake.name for mistake in mistakes} == {
        "walls/images/a.png at row 0, column 0",
        "walls/images/a.png at row 0, column 64",
    }


def test_mistakes_are_drawn_into_one_picture(tiles, tmp_path, by_darkness, write_masked):
    walls = write_masked(tmp_path / "walls", thirds=(0.1, 0.5, 0.9))
    mistakes = judged(by_darkness, tiles, walls, patch_px=32).mistakes
    write_mistakes(tmp_path / "mistakes.jpg", mistakes)
    sheet = cv2.imread(str(tmp_path / "mistakes.jpg"))
    assert sheet.shape[1] == 5 * 236 + 12
    assert sheet.std() > 10
    with pytest.raises(DatasetError, match="no mistake"):
        write_mistakes(tmp_path / "none.jpg", ())


def test_the_document_holds_figures_confusion_and_mistakes_as_plain_json(tiles, by_darkness):
    evaluation = judged(by_darkness, tiles)
    document = json.loads(json.dumps(evaluation.to_document(model={"name": "x"}), allow_nan=False))
    assert document["schema"] == "crackscope.classification"
    assert document["protocol"]["threshold"] == 0.5
    assert document["sets"][0]["confusion"]["cracked_found"]["value"] == 2
    assert document["sets"][0]["figures"]["auroc"]["low"] <= document["sets"][0]["figures"]["auroc"]["value"]
    assert sum(each["judged"] for each in document["sets"][0]["calibration"]) == 7
    assert [mistake["box"] for mistake in document["mistakes"]] == [None] * 3


def test_tables_for_people(tiles, tmp_path, by_darkness, write_masked):
    evaluation = judged(by_darkness, tiles, write_masked(tmp_path / "walls"), patch_px=32)
    table = overview(evaluation)
    assert [row[0] for row in table.rows] == ["tiles", "walls", "all together"]
    assert [row[:4] for row in table.rows][1] == ("walls", 2, 1, 1)
    assert "9 pictures and patches of 8 pictures" in details(evaluation.overall).title
    assert "1 patches with too little" in details(evaluation.overall).title
    assert confusion(evaluation.sets[0]).rows == (("cracked", 2, 2), ("crack-free", 1, 2))


def test_a_broken_picture_is_named_and_the_rest_is_judged(tiles, by_darkness):
    broken = next((tiles / "Positive").iterdir())
    broken.write_bytes(b"broken")
    evaluation = judged(by_darkness, tiles)
    assert broken.name in evaluation.failures[0].reason
    assert evaluation.overall.judged == 6


def test_nothing_to_judge_is_said(tmp_path, by_darkness, write_masked):
    with pytest.raises(DatasetError, match="holds no pictures"):
        evaluate_classifier(by_darkness, [])
    walls = write_masked(tmp_path / "walls")
    cv2.imwrite(str(walls / "masks" / "a.png"), np.eye(32, 96, dtype=np.uint8) * 255)
    with pytest.raises(DatasetError, match="No patch shows enough of a crack"):
        judged(by_darkness, walls, patch_px=96)


def test_what_is_no_probability_is_refused(tiles, tmp_path, by_darkness, write_masked):
    wrong = replace(
        by_darkness,
        probability=lambda _: float("nan"),
        probabilities=lambda patches: np.full(len(patches), 1.5, np.float32),
    )
    with pytest.raises(ModelFileError, match="no probabilities"):
        judged(wrong, tiles)
    with pytest.raises(ModelFileError, match="no probabilities"):
        judged(wrong, write_masked(tmp_path / "walls"), patch_px=32)
