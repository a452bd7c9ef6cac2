import numpy as np
import pytest

from crackscope.evaluation.bootstrap import none_seen_bound, resample_sums
from crackscope.evaluation.classification.answers import Answers, together
from crackscope.evaluation.classification.figures import CONFUSION, FIGURES, OVERALL, Measure, measure_sets


def answers(pairs, source=None):
    probability, cracked = zip(*pairs, strict=True)
    number = np.arange(len(pairs)) if source is None else np.array(source)
    return Answers(np.array(probability, float), np.array(cracked, bool), number)


SIX = [(0.9, True), (0.8, True), (0.3, True), (0.7, False), (0.2, False), (0.05, False)]


def measured(sets, **options):
    chosen = {"threshold": 0.5, "sure_below": 0.1, "seed": 0, "replicates": 200} | options
    return {name: measured.figures for name, measured in measure_sets(sets, **chosen).items()}


def test_hand_checked_figures():
    found = measured({"walls": answers(SIX)})["walls"]
    values = {name: figure.value for name, figure in found.items()}
    assert [values[name] for name in CONFUSION] == [2, 1, 1, 2]
    assert values["accuracy"] == pytest.approx(4 / 6)
    assert values["precision"] == values["recall"] == values["f1"] == pytest.approx(2 / 3)
    assert values["false_alarm_share"] == pytest.approx(1 / 3)
    assert values["auroc"] == pytest.approx(8 / 9)  # of nine pairs one is out of order
    assert values["average_precision"] == pytest.approx((1 + 1 + 3 / 4) / 3)
    assert values["screened_share"] == pytest.approx(1 / 3)
    assert values["screened_crack_share"] == 0
    # Each in a bin of its own but none exactly right.
    errors = [0.1, 0.2, 0.7, 0.7, 0.2, 0.05]
    assert values["calibration_error"] == pytest.approx(sum(errors) / 6)


def test_answers_of_one_bin_are_judged_by_their_mean():
    found = measured({"walls": answers([(0.75, True), (0.75, True), (0.75, True), (0.75, False)])})["walls"]
    assert found["calibration_error"].value == pytest.approx(0)


def test_without_sure_below_nothing_is_screened():
    found = measured({"walls": answers(SIX)}, sure_below=None)["walls"]
    assert found["screened_share"].value is None
    assert found["screened_crack_share"].value is None


def test_figures_that_have_no_meaning_are_undefined():
    found = measured({"quiet": answers([(0.2, False), (0.1, False)])})["quiet"]
    for name in ("recall", "f1", "auroc", "average_precision"):
        assert found[name].value is None
        assert found[name].interval is None
    assert found["precision"].value is None, "nothing was called cracked"
    assert found["accuracy"].value == 1


def test_intervals_are_over_source_photos_and_not_over_their_cuts():
    rng = np.random.default_rng(0)
    truth = rng.random(40) < 0.5
    pairs = list(zip(np.clip(truth * 0.3 + rng.random(40) * 0.7, 0, 1), truth, strict=True))
    alone = measured({"walls": answers(pairs)})["walls"]["accuracy"].interval
    tenfold = measured({"walls": answers(pairs * 10, np.tile(np.arange(40), 10))})["walls"][
        "accuracy"
    ].interval
    assert (tenfold.low, tenfold.high) == (alone.low, alone.high)
    apart = measured({"walls": answers(pairs * 10)})["walls"]["accuracy"].interval
    assert apart.high - apart.low < 0.6 * (alone.high - alone.low)


def test_draws_are_those_of_every_other_evaluation():
    """Accuracy is a ratio of sums, so the other way to draw gives it, too."""
    given = answers(SIX, [0, 0, 1, 2, 2, 3])
    right = (given.probability >= 0.5) == given.cracked
    by_source = np.array(
        [[right[given.source == n].sum(), (given.source == n).sum()] for n in range(4)], float
    )
    sums = resample_sums(by_source, seed=3, stream="walls", replicates=200)
    low, high = np.quantile(sums[:, 0] / sums[:, 1], [0.025, 0.975])
    interval = measured({"walls": given}, seed=3)["walls"]["accuracy"].interval
    assert (interval.low, interval.high) == (pytest.approx(low), pytest.approx(high))


def test_no_mistake_among_few_is_no_proof_of_none():
    found = measured({"walls": answers([(0.9, True)] * 12 + [(0.1, False)] * 5)})["walls"]
    for name, photos in (("accuracy", 17), ("recall", 12), ("precision", 12), ("auroc", 5)):
        assert found[name].value == 1
        assert found[name].interval.low == pytest.approx(1 - none_seen_bound(photos))
        assert found[name].interval.high == 1
    assert found["false_alarm_share"].interval.high == pytest.approx(none_seen_bound(5))


def test_one_source_photo_gives_no_interval():
    found = measured({"walls": answers(SIX, [0] * 6)})["walls"]
    assert found["f1"].value is not None
    assert found["f1"].interval is None


def test_of_several_sets_all_together_are_measured_and_a_set_is_what_it_is_alone():
    other = answers([(0.6, True), (0.1, False), (0.2, False)])
    both = measured({"roads": other, "walls": answers(SIX)})
    assert both["walls"] == measured({"walls": answers(SIX)})["walls"]
    assert both[OVERALL]["accuracy"].value == pytest.approx(7 / 9)
    joined = together([other, answers(SIX)])
    assert joined.sources == 9
    measure = Measure(joined, threshold=0.5, sure_below=0.1)
    once = measure(np.ones((1, 9)))
    assert {kind.name for kind in FIGURES} | set(CONFUSION) == set(once)
    assert both[OVERALL]["auroc"].value == pytest.approx(float(once["auroc"][0]))


def test_the_same_seed_gives_the_same_intervals_whatever_fits_into_memory(monkeypatch):
    from crackscope.evaluation.classification import figures

    whole = measured({"walls": answers(SIX)})
    monkeypatch.setattr(figures, "_WEIGHTS_AT_ONCE", 40)
    assert measured({"walls": answers(SIX)}) == whole
