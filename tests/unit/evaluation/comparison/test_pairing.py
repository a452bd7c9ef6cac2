import numpy as np

from crackscope.evaluation.bootstrap import percentile_interval, resample_sums
from crackscope.evaluation.comparison.judge import Judged
from crackscope.evaluation.comparison.pairing import difference
from crackscope.evaluation.figures import Figure


def judged(right_by_photo, *, of_each=100):
    """A model that gets so many of a hundred pixels right on each photo; the figure is their share."""
    by_photo = np.array([[right, of_each] for right in right_by_photo], float)
    draws = resample_sums(by_photo, seed=3, stream="walls")
    share = draws[:, 0] / draws[:, 1]
    value = by_photo[:, 0].sum() / by_photo[:, 1].sum()
    interval = percentile_interval(share) if len(by_photo) > 1 else None
    return Judged({"share": Figure(value, interval)}, share, len(by_photo), 0, len(by_photo), (), {})


HARD_AND_EASY = [10, 90, 20, 80, 15, 85, 30, 70, 95, 5]


def test_a_model_differs_from_itself_by_nothing():
    same = judged(HARD_AND_EASY)
    found = difference(same, judged(HARD_AND_EASY), "share")
    assert found is not None
    assert (found.value, found.interval.low, found.interval.high) == (0, 0, 0)
    assert found.distinguishable is False


def test_one_point_better_on_every_photo_is_told_apart_though_the_intervals_overlap():
    better, worse = judged([each + 1 for each in HARD_AND_EASY]), judged(HARD_AND_EASY)
    own, other = better.figures["share"].interval, worse.figures["share"].interval
    assert own.low < other.high
    found = difference(worse, better, "share")
    assert np.allclose([found.value, found.interval.low, found.interval.high], -0.01)
    assert found.distinguishable is True


def test_better_on_half_of_the_photos_and_worse_on_the_others_is_not_told_apart():
    changed = [each + (5 if number % 2 else -5) for number, each in enumerate(HARD_AND_EASY)]
    found = difference(judged(changed), judged(HARD_AND_EASY), "share")
    assert found.interval.low < 0 < found.interval.high
    assert found.distinguishable is False


def test_one_source_photo_gives_a_difference_without_interval():
    found = difference(judged([40]), judged([50]), "share")
    assert np.isclose(found.value, -0.1)
    assert found.interval is None
    assert found.distinguishable is None


def test_there_is_no_difference_to_an_undefined_figure():
    undefined = Judged({"share": Figure(None, None)}, np.full(10, np.nan), 1, 0, 1, (), {})
    assert difference(undefined, judged(HARD_AND_EASY), "share") is None
    assert difference(judged(HARD_AND_EASY), undefined, "share") is None
