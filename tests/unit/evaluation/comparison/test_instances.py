from dataclasses import replace

import cv2
import numpy as np
import pytest

pytest.importorskip("pydantic")
pytest.importorskip("pycocotools")

from crackscope.datasets import find_samples
from crackscope.evaluation.bootstrap import resample_sums
from crackscope.evaluation.comparison.instances import INSTANCES, caption
from crackscope.evaluation.comparison.instances_pictures import colour_numbers, draw_answer
from crackscope.evaluation.comparison.judges import judge_of
from crackscope.evaluation.comparison.pairing import difference
from crackscope.evaluation.comparison.picture_size import PictureSize
from crackscope.evaluation.comparison.timed_picture import cut_with_crack
from crackscope.evaluation.instances import evaluate_instances, open_instance_predictor
from crackscope.evaluation.instances.tally import Column
from crackscope.evaluation.samples import read_sample
from crackscope.imaging.overlay import COLOURS
from crackscope.training.recipe import parse_recipe
from crackscope.training.tasks.instances import InstanceTask

SIZE = (64, 96)


def bars(*corners):
    """A mask of bars, each from (row, column) to (row, column)."""
    mask = np.zeros(SIZE, np.uint8)
    for top, left, bottom, right in corners:
        mask[top:bottom, left:right] = 255
    return mask


def write_set(folder, masks):
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for number, mask in enumerate(masks):
        grey = np.where(mask > 0, 40, 170).astype(np.uint8)
        cv2.imwrite(str(folder / "images" / f"wall{number}.png"), cv2.merge([grey] * 3))
        cv2.imwrite(str(folder / "masks" / f"wall{number}.png"), mask)


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """Two sets. Of one bar a model with a box around all that is dark finds all; two bars it takes for one.
    A model with a box for each half takes a long bar for two."""
    folder = tmp_path_factory.mktemp("sets")
    one, two, long = (20, 8, 26, 40), (40, 56, 46, 90), (30, 10, 34, 88)
    write_set(folder / "walls", [bars(one), bars(one, two), bars(long), bars()])
    write_set(folder / "roads", [bars(two), bars(long), bars((10, 6, 14, 30))])
    return find_samples([folder])


def judge(model, samples, *, seed=0):
    shown = [each.image for each in samples]
    return INSTANCES.judge(model, samples, shown=shown, seed=seed, threads=1, progress=lambda _: None)


@pytest.fixture(scope="module")
def boxed(dark_detector_file, samples):
    return judge(dark_detector_file, samples)


@pytest.fixture(scope="module")
def halved(dark_halves_file, samples):
    return judge(dark_halves_file, samples)


@pytest.mark.parametrize("name", ["dark_detector_file", "dark_halves_file"])
def test_a_model_gets_the_figures_that_an_evaluation_gives_it(name, request, samples):
    model = request.getfixturevalue(name)
    judged = request.getfixturevalue({"dark_detector_file": "boxed", "dark_halves_file": "halved"}[name])
    predictor = open_instance_predictor(str(model), threads=1)
    expected = evaluate_instances(predictor.find, samples, threshold=predictor.facts.threshold).overall
    assert 0 < judged.figures["mask_map"].value < 1
    for figure, own in judged.figures.items():
        assert own == expected.figures[figure], figure
    counts = (expected.pictures, expected.cracked, expected.sources)
    assert (judged.pictures, judged.cracked, judged.sources) == counts == (7, 6, 7)


def test_the_draws_are_those_behind_the_interval(boxed):
    low, high = np.nanquantile(boxed.main_draws, [0.025, 0.975])
    interval = boxed.figures["mask_map"].interval
    assert (interval.low, interval.high) == (pytest.approx(low), pytest.approx(high))


def test_a_model_differs_from_itself_by_exactly_nothing(boxed, dark_detector_file, samples):
    found = difference(boxed, judge(dark_detector_file, samples), "mask_map")
    assert (found.value, found.interval.low, found.interval.high) == (0, 0, 0)


@pytest.mark.parametrize("name", ["dark_detector_file", "dark_halves_file"])
def test_a_draw_of_photos_is_worth_what_an_evaluation_of_them_gives_whatever_the_model(
    name, request, samples
):
    model = request.getfixturevalue(name)
    find = open_instance_predictor(str(model), threads=1).find
    walls = [each for each in samples if each.set_name == "walls"]
    draws = judge(model, walls, seed=3).main_draws
    times = resample_sums(np.eye(len(walls)), seed=3, stream="walls", replicates=len(draws))
    assert len(draws) == 1000
    for number in np.random.default_rng(0).choice(len(draws), 4, replace=False):
        drawn = [each for each, count in zip(walls, times[number], strict=True) for _ in range(int(count))]
        alone = evaluate_instances(find, drawn, threshold=0.5, replicates=2).overall.figures["mask_map"].value
        assert draws[number] == pytest.approx(np.nan if alone is None else alone, nan_ok=True)


def hex_colours(view):
    painted = view[view[..., 3] > 0][:, :3]
    return {tuple(each) for each in np.unique(painted, axis=0).tolist()} & set(COLOURS)


def test_every_true_crack_and_every_found_one_has_a_colour_of_its_own(boxed, halved, samples):
    two = next(each for each in samples if each.key == "walls/images/wall1.png")
    photo, truth = INSTANCES.draw_truth(two)
    assert photo.shape[:2] == truth.shape[:2] == (192, 288)
    assert hex_colours(truth) == set(COLOURS[:2])
    assert tuple(truth[3 * 23, 3 * 20, :3]) == COLOURS[0], "the crack further up is the first"
    (own,) = boxed.drawn[two.image].views
    assert own.shape == truth.shape
    assert len(hex_colours(own)) == 1
    (apart,) = halved.drawn[two.image].views
    for row, column in ((23, 20), (43, 70)):
        assert tuple(apart[3 * row + 1, 3 * column + 1, :3]) == tuple(truth[3 * row + 1, 3 * column + 1, :3])
    assert boxed.drawn[two.image].caption == "found 0 of 2 cracks, 1 other reported"
    assert halved.drawn[two.image].caption == "found 2 of 2 cracks"


def test_a_picture_without_a_crack_stays_clear_where_nothing_is_reported(boxed, samples):
    plain = next(each for each in samples if each.key == "walls/images/wall3.png")
    (view,) = boxed.drawn[plain.image].views
    assert not view.any()
    assert boxed.drawn[plain.image].caption == "nothing reported"
    assert not INSTANCES.draw_truth(plain)[1].any()


def test_no_score_is_written_over_another(dark_halves_file, samples):
    """Where all boxes begin in one corner, the plates stand one below the other."""
    find = open_instance_predictor(str(dark_halves_file), threads=1).find
    two = next(each for each in samples if each.key == "walls/images/wall1.png")
    pixels, _ = read_sample(two)
    found = [replace(each, corners_px=(0, 0, 90, 60)) for each in find(pixels)]
    (view,) = draw_answer(found, [], PictureSize.of(*SIZE))
    plates = [np.argwhere((view[:, 2:8, :3] == colour).all(axis=(1, 2)))[:, 0] for colour in COLOURS[:2]]
    assert len(found) == 2
    assert all(len(rows) > 10 for rows in plates)
    assert not set(plates[0]) & set(plates[1])


def test_found_cracks_have_the_number_of_the_true_one_that_they_lie_on_most():
    upper, lower = bars((5, 10, 9, 50)) > 0, bars((40, 10, 44, 50)) > 0
    on_lower, again, nowhere = (
        bars((40, 10, 43, 40)) > 0,
        bars((38, 30, 44, 50)) > 0,
        bars((60, 0, 63, 9)) > 0,
    )
    assert colour_numbers([on_lower, again, nowhere, upper], [upper, lower]) == [1, 2, 3, 0]


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({Column.TRUE: 3, Column.FOUND: 4, Column.MATCHED: 2}, "found 2 of 3 cracks, 2 others reported"),
        ({Column.TRUE: 1, Column.FOUND: 1, Column.MATCHED: 1}, "found 1 of 1 crack"),
        ({Column.FOUND: 2}, "2 false alarms"),
        ({}, "nothing reported"),
    ],
)
def test_captions_count_cracks(counts, words):
    row = np.zeros(len(Column))
    row[Column.CRACKED] = Column.TRUE in counts
    for column, count in counts.items():
        row[column] = count
    assert caption(row) == words


def test_pictures_with_fat_masks_are_left_out_and_crack_free_ones_stay(samples):
    fat = parse_recipe(
        {"name": "x", "task": "detect", "data": {"sets": {"roads": {"mask_margin_px": 3}}}}, source="x"
    )
    assert {each.set_name for each in INSTANCES.fit(samples, [fat])} == {"walls"}


@pytest.mark.parametrize("side_px", [32, 64, 128])
def test_models_are_timed_on_a_cut_with_a_crack(samples, side_px):
    cut = cut_with_crack(samples, side_px=side_px)
    assert cut.shape == (side_px, side_px, 3)
    assert (cut < 80).any()
    assert cut_with_crack([each for each in samples if each.key.endswith("wall3.png")], side_px=32) is None


def test_a_picture_that_cannot_be_read_is_named_and_no_model_is_timed_on_it(
    dark_detector_file, samples, tmp_path
):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"broken")
    spoilt = [replace(each, image=broken) for each in samples[:1]]
    judged = judge(dark_detector_file, [*spoilt, *samples[1:]])
    (failure,) = judged.failures
    assert "broken.png" in failure.reason
    assert judged.pictures == len(samples) - 1
    assert cut_with_crack(spoilt, side_px=32) is None


def test_the_curve_is_of_the_figure_by_which_the_best_epoch_is_kept():
    assert judge_of("detect") is INSTANCES
    assert INSTANCES.validation_column == InstanceTask.monitor
