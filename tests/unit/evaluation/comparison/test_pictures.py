from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("pydantic")

from crackscope.datasets.mask_source import MaskFile
from crackscope.datasets.sample import Sample
from crackscope.errors import CrackscopeError, DatasetError
from crackscope.evaluation.comparison.entrants import Entrant, distinct_names, task_of
from crackscope.evaluation.comparison.judges import judge_of
from crackscope.evaluation.comparison.pictures import (
    choose_shown,
    common_validation,
    given_pictures,
    own_validation,
)
from crackscope.evaluation.comparison.segmentation import SEGMENTATION
from crackscope.training.recipe import parse_recipe
from crackscope.training.run_folder import RunFolder


def sample(number, *, set_name="walls", cracked=True):
    path = Path(f"/sets/{set_name}/images/{number}.png")
    mask = MaskFile(path) if cracked else None
    return Sample(set_name, path, mask, f"{set_name}/{number}")


def entrant(name, *, train=(), validation=(), **recipe):
    document = parse_recipe({"name": name, **recipe}, source=name)
    run = RunFolder(Path(name), document, (Path("/sets"),), {}, {}, {})
    return Entrant(
        name,
        run,
        frozenset(f"walls/{each}" for each in train),
        frozenset(f"walls/{each}" for each in validation),
    )


SAMPLES = [sample(number) for number in range(10)]


def in_common(*entrants, samples=SAMPLES, judge=SEGMENTATION):
    own = [own_validation(each, lambda _: samples) for each in entrants]
    return common_validation(entrants, own, judge)


def numbers(basis):
    return [each.image.stem for each in basis.samples]


def test_only_pictures_of_every_runs_validation_part_are_compared_on():
    basis = in_common(entrant("a", validation=range(5)), entrant("b", validation=range(3, 8)))
    assert numbers(basis) == ["3", "4"]
    assert "2 runs have in common (2 of 5)" in basis.origin
    assert basis.chosen_on


def test_a_picture_that_one_run_learnt_from_by_way_of_its_ancestors_is_not_compared_on():
    # A run's `learnt` holds its ancestors' photos, which may lie in the validation part of another.
    basis = in_common(entrant("a", validation=range(5)), entrant("b", train=[2], validation=range(5)))
    assert numbers(basis) == ["0", "1", "3", "4"]


def test_runs_without_a_common_picture_are_refused_with_the_remedy():
    with pytest.raises(DatasetError, match=r"a, b: have no validation picture in common.*--data"):
        in_common(entrant("a", validation=[1]), entrant("b", validation=[2]))
    with pytest.raises(DatasetError, match=r"every one of the 1 validation pictures.*learnt.*--data"):
        in_common(entrant("a", validation=[1]), entrant("b", train=[1], validation=[1]))


def test_fat_masks_are_left_out_and_said_and_crack_free_pictures_stay():
    fat = {"data": {"sets": {"fat": {"mask_margin_px": 3}}}}
    samples = [sample(1), sample(2, set_name="fat"), sample(3, cracked=False)]
    entrants = [entrant("a"), entrant("b", **fat)]
    entrants = [replace(each, validated=frozenset(s.source for s in samples)) for each in entrants]
    basis = in_common(*entrants, samples=samples)
    assert numbers(basis) == ["1", "3"]
    assert "less 1 whose masks show no true widths" in basis.origin


def test_of_given_pictures_those_learnt_from_are_said():
    judge = replace(SEGMENTATION, find=lambda _: SAMPLES)
    basis = given_pictures([Path("/sets")], [entrant("a", train=[1, 2]), entrant("b")], judge)
    assert len(basis.samples) == 10
    assert not basis.chosen_on
    (told,) = basis.learnt_from
    assert told.sentence() == (
        "a: learnt from 2 of these pictures (walls); its figures are too good. Compare on others."
    )


def test_of_a_given_split_the_test_part_is_compared_on():
    parts = ["train", "test", "test"]
    samples = [replace(s, part=part, settled=True) for s, part in zip(SAMPLES, parts, strict=False)]
    judge = replace(SEGMENTATION, find=lambda _: samples)
    assert numbers(given_pictures([Path("split.csv")], [entrant("a")], judge)) == ["1", "2"]
    no_test = replace(SEGMENTATION, find=lambda _: samples[:1])
    with pytest.raises(DatasetError, match=r"split\.csv: no picture to compare on"):
        given_pictures([Path("split.csv")], [entrant("a")], no_test)


@pytest.mark.parametrize("most", [0, 1, 4, 10, 40])
def test_no_more_pictures_are_shown_than_asked_for_and_each_once(most):
    samples = [sample(number, set_name=f"set{number % 15}", cracked=number % 3 > 0) for number in range(45)]
    shown = choose_shown(samples, most=most)
    assert len(shown) == len(set(shown)) == most
    assert sum(each.mask is None for each in shown) == most // 5 + max(0, most - 30 - most // 5)


def test_all_pictures_are_shown_where_there_are_few():
    assert choose_shown(SAMPLES[:3], most=10) == SAMPLES[:3]


def test_names_are_as_short_as_tells_runs_apart():
    assert distinct_names([Path("/r/walls")]) == ["walls"]
    assert distinct_names([Path("/a/x/run"), Path("/b/x/run"), Path("/b/y")]) == ["a/x/run", "b/x/run", "y"]


def test_runs_of_different_tasks_are_refused_and_named():
    segmenter = entrant("a")
    classifier = entrant("b", task="classify")
    assert task_of([segmenter, segmenter]) == "segment"
    with pytest.raises(
        CrackscopeError, match=r"b: is for the task classify, and a for segment; compare runs"
    ):
        task_of([segmenter, classifier])


def test_a_task_without_a_judge_is_named():
    with pytest.raises(CrackscopeError, match="for the task dream cannot be compared"):
        judge_of("dream")
