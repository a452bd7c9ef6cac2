import itertools

import numpy as np
import pytest

from crackscope.evaluation.filter_search import Candidate, FilterSearch


def draw_candidates(rng, *, cracked):
    return [
        Candidate(
            length_px=float(rng.uniform(2, 80 if cracked else 40)),
            peak_probability=float(peak := rng.uniform(0.5, 1)),
            mean_probability=float(rng.uniform(0.5, peak)),
            truth_px=int(rng.integers(0, 50)) if cracked else 0,
        )
        for _ in range(rng.integers(0, 6))
    ]


def passes(candidate, length_px, peak, mean):
    return (
        candidate.length_px >= length_px
        and candidate.peak_probability >= peak
        and candidate.mean_probability >= mean
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_choice_equals_trying_every_filter_one_by_one(seed):
    rng = np.random.default_rng(seed)
    quiet = [draw_candidates(rng, cracked=False) for _ in range(30)]
    cracked = [(draw_candidates(rng, cracked=True), f"set{n % 3}") for n in range(40)]
    search = FilterSearch(0.5)
    for regions in quiet:
        search.add_crack_free(regions)
    for regions, set_name in cracked:
        search.add_cracked(regions, set_name=set_name, truth_px=300)
    choice = search.choose(0.1)

    best_recall = -1.0
    for corner in itertools.product(*search.axes):
        share = np.mean([any(passes(each, *corner) for each in regions) for regions in quiet])
        if share <= 0.1:
            by_set = [
                np.mean(
                    [
                        sum(each.truth_px for each in regions if passes(each, *corner)) / 300
                        for regions, set_name in cracked
                        if set_name == name
                    ]
                )
                for name in ("set0", "set1", "set2")
            ]
            best_recall = max(best_recall, np.mean(by_set))
    assert choice.target_met
    assert choice.share_after <= 0.1 < choice.share_before
    assert choice.recall_after == pytest.approx(best_recall)
    chosen = (choice.min_length_px, choice.min_peak_probability, choice.min_mean_probability)
    assert choice.share_after == np.mean(
        [any(passes(each, *chosen) for each in regions) for regions in quiet]
    )


def test_short_specks_are_dropped_by_length_and_long_cracks_kept():
    search = FilterSearch(0.5)
    for _ in range(10):
        search.add_crack_free([Candidate(9.0, 0.99, 0.9)])
        search.add_cracked([Candidate(90.0, 0.8, 0.6, truth_px=100)], set_name="walls", truth_px=100)
    choice = search.choose(0.0)
    assert (choice.min_length_px, choice.min_peak_probability, choice.min_mean_probability) == (10, 0, 0)
    assert (choice.share_before, choice.share_after) == (1, 0)
    assert choice.recall_before == choice.recall_after == 1


def test_where_nothing_alarms_the_filter_lets_everything_pass():
    search = FilterSearch(0.5)
    search.add_crack_free([])
    search.add_cracked([Candidate(5.0, 0.6, 0.55, truth_px=3)], set_name="walls", truth_px=3)
    choice = search.choose(0.03)
    assert (choice.min_length_px, choice.min_peak_probability, choice.min_mean_probability) == (0, 0, 0)


def test_without_crack_free_pictures_the_filter_lets_everything_pass():
    search = FilterSearch(0.5)
    search.add_cracked([Candidate(5.0, 0.6, 0.55, truth_px=3)], set_name="walls", truth_px=3)
    choice = search.choose(0.03)
    assert (choice.min_length_px, choice.min_peak_probability, choice.min_mean_probability) == (0, 0, 0)
    assert choice.share_before is choice.share_after is None


def test_a_target_out_of_reach_is_said_so():
    search = FilterSearch(0.5)
    search.add_crack_free([Candidate(500.0, 1.0, 1.0)])
    search.add_cracked([Candidate(50.0, 0.9, 0.8, truth_px=3)], set_name="walls", truth_px=3)
    choice = search.choose(0.03)
    assert not choice.target_met
    assert choice.share_after == 1
    assert choice.recall_after == 1
