import itertools
import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pydantic")

from crackscope.evaluation.bootstrap import Interval
from crackscope.evaluation.comparison import (
    Basis,
    Comparison,
    Competitor,
    Cost,
    Judged,
    Machine,
    Result,
    Timing,
)
from crackscope.evaluation.comparison.curves_chart import curves_chart
from crackscope.evaluation.comparison.front_chart import front_chart
from crackscope.evaluation.comparison.run_facts import Curve, RunFacts
from crackscope.evaluation.comparison.segmentation import SEGMENTATION
from crackscope.evaluation.figures import Figure

LETTER_PX, LINE_PX = 6.0, 12.0
LABEL = re.compile(r'<text class="label" x="([\d.-]+)" y="([\d.-]+)" text-anchor="start">([^<]*)<')
CIRCLE = re.compile(r'<circle[^>]*cx="([\d.]+)" cy="([\d.]+)"')
NOTHING = Curve((), ())


def comparison(points, *, dominated=()):
    """Models at (median latency in ms, F1), each a run of its own."""
    results, runs = [], []
    for number, (median_ms, worth) in enumerate(points):
        name = f"walls-{number}"
        timing = None if median_ms is None else Timing(256, median_ms, median_ms, 10)
        figure = Figure(worth, None if worth is None else Interval(worth - 0.05, worth + 0.05))
        judged = Judged({"f1": figure}, np.zeros(2), 1, 1, 1, (), {})
        competitor = Competitor(name, "int8", Path("x.onnx"), Cost(1, timing))
        results.append(
            Result(competitor, judged, None, number == 0, "walls-0 int8" if number in dominated else None)
        )
        runs.append(
            RunFacts(name, Path(name), "segment", "light", 1, 1, 256, 1, 1, 1, 1.0, 0, NOTHING, NOTHING)
        )
    machine = Machine("a processor", 1, "openvino")
    return Comparison(SEGMENTATION, tuple(runs), tuple(results), (), Basis((), ""), machine, (), 0)


def test_labels_of_models_close_together_do_not_cover_each_other():
    chart = front_chart(
        comparison([(5, 0.7), (5.05, 0.701), (5.1, 0.699), (4.9, 0.7), (12, 0.75), (12.2, 0.75)])
    )
    labels = [(float(left), float(base), len(words)) for left, base, words in LABEL.findall(chart)]
    assert len(labels) == 6
    for (left, base, letters), (other_left, other_base, other_letters) in itertools.combinations(labels, 2):
        apart_across = (
            left + letters * LETTER_PX <= other_left or other_left + other_letters * LETTER_PX <= left
        )
        assert apart_across or abs(base - other_base) >= LINE_PX


def test_the_better_is_higher_and_the_slower_farther_right():
    chart = front_chart(comparison([(2, 0.6), (8, 0.8)]))
    (fast, slow) = [(float(left), float(top)) for left, top in CIRCLE.findall(chart)]
    assert fast[0] < slow[0]
    assert fast[1] > slow[1]


def test_beaten_models_are_open_and_those_of_the_front_filled_and_on_top():
    chart = front_chart(comparison([(2, 0.6), (8, 0.5)], dominated=[1]))
    kinds = re.findall(r'<circle class="(\w+)"', chart)
    assert kinds == ["beaten", "best"]
    assert chart.count('fill="var(--surface)"') == 1


@pytest.mark.parametrize("points", [[(None, 0.7)], [(3, None)]])
def test_without_latency_or_figure_there_is_no_chart(points):
    assert front_chart(comparison(points)) == ""


def test_one_model_alone_makes_a_chart():
    assert len(LABEL.findall(front_chart(comparison([(3, 0.7)])))) == 1


def test_a_falling_loss_is_drawn_falling_and_epochs_to_the_right():
    chart = curves_chart([("a", Curve((1, 2, 3), (0.9, 0.5, 0.4)))], title="loss")
    places = [(float(left), float(top)) for left, top in CIRCLE.findall(chart)]
    assert [place[0] for place in places] == sorted({place[0] for place in places})
    assert [place[1] for place in places] == sorted(place[1] for place in places)


def test_a_run_keeps_its_colour_where_an_earlier_one_has_no_curve():
    chart = curves_chart([("a", NOTHING), ("b", Curve((1,), (0.5,)))], title="loss")
    assert "var(--run-1)" in chart
    assert "var(--run-0)" not in chart
    assert curves_chart([("a", NOTHING)], title="loss") == ""
