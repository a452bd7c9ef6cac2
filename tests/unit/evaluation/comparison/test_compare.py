import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("pydantic")

from crackscope.datasets import find_samples
from crackscope.engine.model_card import CrackFilter
from crackscope.errors import CrackscopeError
from crackscope.evaluation import evaluate, open_predictor
from crackscope.evaluation.comparison import Basis, Competitor, Cost, Entrant, Machine, Timing, compare
from crackscope.evaluation.comparison.page import write_page
from crackscope.evaluation.comparison.picture_files import PICTURES_FOLDER, write_pictures
from crackscope.evaluation.comparison.run_facts import Curve, RunFacts
from crackscope.evaluation.comparison.segmentation import SEGMENTATION
from crackscope.evaluation.comparison.tables import notes, text_tables
from crackscope.training.recipe import parse_recipe
from crackscope.training.run_folder import RunFolder

MACHINE = Machine("a processor, 2 cores", 1, "openvino")


@pytest.fixture(scope="module")
def walls(tmp_path_factory):
    """Five pictures with a dark line and a faint one beside it, which no mask has, and a crack-free one."""
    folder = tmp_path_factory.mktemp("sets") / "walls"
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for number in range(6):
        mask = np.zeros((64, 96), np.uint8)
        grey = np.full((64, 96), 170, np.uint8)
        if number < 5:
            cv2.line(mask, (6, 12 + 4 * number), (89, 16 + 4 * number), 255, 3)
            grey[mask > 0] = 60
            cv2.line(grey, (6, 50), (40 + 8 * number, 54), 132, 3)
        cv2.imwrite(str(folder / "images" / f"wall{number}.png"), cv2.merge([grey] * 3))
        cv2.imwrite(str(folder / "masks" / f"wall{number}.png"), mask)
    return folder


@pytest.fixture(scope="module")
def models(dark_model, tmp_path_factory):
    """Three model files: one takes dark lines for cracks, one faint ones, too, and one is torn."""
    folder = tmp_path_factory.mktemp("models")
    card = dark_model.DARK_CARD
    strict = dark_model.write_dark_model(folder / "strict.onnx", card=replace(card, threshold=0.9))
    lax = dark_model.write_dark_model(folder / "lax.onnx", card=replace(card, threshold=0.3))
    (folder / "torn.onnx").write_bytes(strict.read_bytes()[:200])
    return {"strict": strict, "lax": lax, "torn": folder / "torn.onnx"}


def competitor(run, model, *, median_ms=None, precision="fp32"):
    timing = None if median_ms is None else Timing(256, median_ms, 1.2 * median_ms, 200)
    return Competitor(run, precision, model, Cost(1_234_567, timing))


def entrant(name, **recipe):
    run = RunFolder(Path("runs") / name, parse_recipe({"name": "x", **recipe}, source=name), (), {}, {}, {})
    return Entrant(name, run, frozenset(), frozenset())


def facts(name, *, epochs=3):
    curve = Curve(tuple(range(1, epochs + 1)), tuple(1 / each for each in range(1, epochs + 1)))
    return RunFacts(
        name,
        Path("runs") / name,
        "segment",
        "light",
        1_090_000,
        540_000_000,
        256,
        14,
        epochs,
        4,
        75.0,
        1,
        curve,
        curve,
    )


def run_compare(walls, competitors, *, shown=(), **options):
    names = list(dict.fromkeys(each.run for each in competitors))
    samples = tuple(find_samples([walls]))
    return compare(
        SEGMENTATION,
        [entrant(name, epochs=3 + number) for number, name in enumerate(names)],
        [facts(name) for name in names],
        competitors,
        Basis(samples, "pictures of a test"),
        machine=MACHINE,
        shown=[sample.image for sample in samples[:2]] if shown else (),
        **options,
    )


@pytest.fixture(scope="module")
def comparison(walls, models):
    """The lax model is the faster; it takes faint lines for cracks."""
    return run_compare(
        walls,
        [
            competitor("lax <b>&", models["lax"], median_ms=2),
            competitor("strict", models["strict"], median_ms=5),
        ],
        shown=True,
    )


def test_a_model_gets_the_figures_that_an_evaluation_gives_it(walls, models, comparison):
    result = next(each for each in comparison.results if each.competitor.run == "strict")
    predictor = open_predictor(str(models["strict"]))
    assert predictor.crack_filter != CrackFilter()
    expected = evaluate(
        predictor.predict,
        find_samples([walls]),
        threshold=predictor.facts.threshold,
        crack_filter=predictor.crack_filter,
    ).overall
    for name, figure in result.judged.figures.items():
        if name == "calibration_error":
            assert figure.value == pytest.approx(expected.calibration_error)
        else:
            assert figure == expected.figures[name]
    assert (result.judged.pictures, result.judged.cracked, result.judged.sources) == (6, 5, 6)


def test_the_best_comes_first_and_the_other_is_told_apart(comparison):
    best, other = comparison.results
    assert (best.competitor.run, best.is_best, best.to_best) == ("strict", True, None)
    assert other.to_best.distinguishable
    assert other.to_best.value == pytest.approx(
        other.judged.figures["f1"].value - best.judged.figures["f1"].value
    )
    assert other.to_best.interval.high < 0


def test_the_faster_and_the_better_are_both_on_the_front(comparison):
    assert [each.dominated_by for each in comparison.results] == [None, None]


def test_a_slower_and_worse_model_is_dominated_and_the_notes_say_so(walls, models):
    found = run_compare(
        walls,
        [competitor("slow", models["lax"], median_ms=9), competitor("quick", models["strict"], median_ms=3)],
    )
    assert [each.dominated_by for each in found.results] == [None, "quick fp32"]
    assert "slow is dominated: quick fp32 is at least as good and as fast." in notes(found)


def test_latencies_of_a_busy_machine_are_said_to_be_unreliable(walls, models):
    calm = run_compare(walls, [competitor("a", models["strict"], median_ms=9)])
    busy = replace(calm.results[0].competitor.cost, timing=Timing(256, 9, 40, 200))
    spoilt = replace(
        calm,
        results=(replace(calm.results[0], competitor=replace(calm.results[0].competitor, cost=busy)),),
    )
    assert not any("busy" in note for note in notes(calm))
    assert any("busy" in note and "4.4 times" in note for note in notes(spoilt))


def test_a_model_cannot_be_told_apart_from_its_own_copy(walls, models):
    found = run_compare(walls, [competitor("a", models["lax"]), competitor("b", models["lax"])])
    first, second = found.results
    assert first.is_best
    assert not second.is_best
    assert (second.to_best.value, second.to_best.distinguishable) == (0, False)
    assert not found.timed


def test_a_model_file_that_fails_is_named_and_the_others_go_on(walls, models):
    found = run_compare(walls, [competitor("torn", models["torn"]), competitor("strict", models["strict"])])
    assert [each.name for each in found.runs] == ["strict"]
    assert [each.name for each in found.failures] == ["torn fp32"]
    assert "torn.onnx" in found.failures[0].reason
    assert found.recipes == ()


def test_nothing_but_failures_is_an_error(walls, models):
    with pytest.raises(CrackscopeError, match=r"No run could be judged; the first: .*torn\.onnx"):
        run_compare(walls, [competitor("torn", models["torn"])])


def test_only_the_first_model_file_of_a_run_is_drawn(walls, models):
    both = [competitor("a", models["strict"]), competitor("a", models["lax"], precision="int8")]
    found = run_compare(walls, both, shown=True)
    drawn = {each.competitor.precision: len(each.judged.drawn) for each in found.results}
    assert drawn == {"fp32": 2, "int8": 0}


def test_the_document_is_plain_json_and_holds_every_figure(comparison):
    document = json.loads(json.dumps(comparison.to_document(), allow_nan=False))
    assert document["schema"] == "crackscope.comparison"
    assert [each["run"] for each in document["models"]] == ["strict", "lax <b>&"]
    first, second = document["models"]
    assert first["latency"] == {"size_px": 256, "median_ms": 5, "p95_ms": 6, "runs": 200}
    assert first["to_best"] is None
    assert second["to_best"]["high"] < 0
    assert set(first["figures"]) == {column.name for column in SEGMENTATION.columns}
    assert document["recipe_differences"] == {"epochs": {"lax <b>&": "3", "strict": "4"}}
    assert document["pictures"]["judged"] == 6


def test_the_tables_show_accuracy_costs_runs_and_recipes(comparison):
    accuracy, costs, runs, recipes = text_tables(comparison)
    assert accuracy.rows[0][:3] == ("strict", "fp32", "1.000")
    assert accuracy.rows[0][-1] == "best"
    assert accuracy.rows[1][-1] == "worse than the best"
    assert costs.rows[0] == ("strict", "fp32", "1.23", "5.00", "6.00", "on the front")
    assert runs.rows[1] == ("strict", "segment", "light", "1.09", "0.54", 14, "3 of 4", "1 min 15 s", 1)
    assert recipes.rows == (("epochs", "3", "4"),)


@pytest.fixture(scope="module")
def page(walls, comparison, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / PICTURES_FOLDER).mkdir()
    (folder / PICTURES_FOLDER / "009-photo.jpg").write_bytes(b"of an earlier comparison")
    (folder / PICTURES_FOLDER / "mine.jpg").write_bytes(b"of somebody else")
    files = write_pictures(comparison, find_samples([walls])[:2], folder / PICTURES_FOLDER)
    write_page(comparison, files, folder / "compare.html", written_at=datetime(2026, 1, 2, tzinfo=UTC))
    return folder / "compare.html"


def test_the_page_stands_by_itself(page):
    text = page.read_text("utf-8")
    sources = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert sources
    assert all((page.parent / source).is_file() for source in sources)
    assert "://" not in text
    assert "<script" not in text
    assert "{{" not in text


def test_what_the_page_says_of_a_run_cannot_be_markup(page):
    text = page.read_text("utf-8")
    assert "lax <b>" not in text
    assert "lax &lt;b&gt;&amp;" in text


def test_an_earlier_comparisons_pictures_go_and_others_stay(page):
    names = {path.name for path in (page.parent / PICTURES_FOLDER).iterdir()}
    assert "009-photo.jpg" not in names
    assert "mine.jpg" in names
    assert {"001-photo.jpg", "001-truth.png", "001-001-0.png", "001-001-1.jpg", "002-002-0.png"} <= names


def test_an_overlay_paints_hits_misses_and_wrong_pixels_in_their_colours(comparison, walls):
    colours = dict(zip(("found", "missed", "wrong"), (css for css, _ in SEGMENTATION.legend), strict=True))
    by_run = {each.competitor.run: each.judged.drawn for each in comparison.results}
    picture = walls / "images" / "wall0.png"
    overlay, probability = by_run["lax <b>&"][picture].views
    assert overlay.shape == (64, 96, 4)
    assert probability.shape == (64, 96, 3)
    assert hex_of(overlay[13, 30]) == colours["found"]
    assert hex_of(overlay[51, 20]) == colours["wrong"]
    assert overlay[2, 2, 3] == 0
    assert by_run["strict"][picture].views[0][51, 20, 3] == 0
    assert by_run["strict"][picture].caption == "F1 1.00"


def hex_of(pixel):
    return "#{:02x}{:02x}{:02x}".format(*pixel[:3])
