import numpy as np
import pytest

from crackscope.evaluation.bootstrap import none_seen_bound, percentile_interval, resample_sums


def test_the_interval_of_a_mean_is_that_of_the_normal_law():
    """The mean of n values of standard deviation s lies within ± 1.96 s / √n."""
    values = np.random.default_rng(0).normal(5, 2, size=(400, 1))
    draws = resample_sums(values, seed=1, replicates=20_000)[:, 0] / 400
    interval = percentile_interval(draws)
    half = 1.96 * values.std() / np.sqrt(400)
    assert interval.low == pytest.approx(values.mean() - half, abs=0.01)
    assert interval.high == pytest.approx(values.mean() + half, abs=0.01)


def test_pictures_of_one_source_are_drawn_together():
    """Ten equal pictures per source say no more than one: the interval is as wide as with one."""
    per_source = np.random.default_rng(0).normal(0, 1, size=(50, 1))
    once = resample_sums(per_source, seed=4)[:, 0] / 50
    tenfold = resample_sums(per_source * 10, seed=4)[:, 0] / 500
    np.testing.assert_allclose(once, tenfold)


def test_every_draw_has_as_many_sources_as_there_are():
    draws = resample_sums(np.ones((37, 1)), seed=2, replicates=100)
    assert (draws == 37).all()


def test_one_seed_gives_one_answer_and_streams_differ():
    rows = np.random.default_rng(0).random((20, 3))
    first = resample_sums(rows, seed=3, stream="walls")
    np.testing.assert_array_equal(first, resample_sums(rows, seed=3, stream="walls"))
    assert (first != resample_sums(rows, seed=3, stream="roads")).any()
    assert (first != resample_sums(rows, seed=4, stream="walls")).any()


def test_many_sources_are_drawn_in_pieces_with_the_right_mean():
    rows = np.random.default_rng(0).random((30_000, 1))
    draws = resample_sums(rows, seed=0, replicates=150)  # two pieces and a rest
    assert draws.mean() == pytest.approx(rows.sum(), rel=1e-3)
    assert (draws > 0).all()


def test_no_sources_give_zeros():
    assert not resample_sums(np.zeros((0, 4)), seed=0).any()


def test_an_interval_skips_undefined_draws_and_gives_up_when_most_are():
    assert percentile_interval(np.array([1.0, 1.0, np.nan])).low == 1
    assert percentile_interval(np.array([1.0, np.nan, np.nan])) is None


def test_none_seen_of_n_is_bounded_as_clopper_and_pearson_tabulate():
    assert none_seen_bound(10) == pytest.approx(0.3085, abs=1e-4)
    assert none_seen_bound(100) == pytest.approx(0.0362, abs=1e-4)
