from hypothesis import given
from hypothesis import strategies as st

from crackscope.evaluation.comparison.front import Point, dominators

POINTS = st.lists(st.builds(Point, st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=8)


def beats(one, other):
    return one.cost <= other.cost and one.worth >= other.worth and one != other


@given(POINTS)
def test_a_point_is_dominated_exactly_when_one_beats_it_in_both_respects(points):
    for point, place in zip(points, dominators(points), strict=True):
        if place is None:
            assert not any(beats(other, point) for other in points)
        else:
            assert beats(points[place], point)


@given(POINTS)
def test_whoever_dominates_is_on_the_front(points):
    found = dominators(points)
    assert all(found[place] is None for place in found if place is not None)


def test_equal_points_do_not_dominate_each_other():
    assert dominators([Point(1, 1), Point(1, 1)]) == [None, None]


def test_the_same_worth_at_more_cost_is_dominated():
    assert dominators([Point(2, 1), Point(1, 1)]) == [1, None]
