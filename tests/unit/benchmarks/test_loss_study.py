import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def study() -> ModuleType:
    path = Path(__file__).parents[3] / "benchmarks" / "loss_study.py"
    spec = importlib.util.spec_from_file_location("loss_study", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _record(mix: str, seed: int, f1: float, *, false_alarms: float | None = None) -> dict[str, object]:
    return {
        "mix": mix,
        "seed": seed,
        "f1_best": f1,
        "f1_half": 0.5,
        "threshold": 0.3,
        "centreline_iou": 0.6,
        "false_alarms": false_alarms,
        "seconds": 10,
    }


def _rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def test_losses_are_ranked_and_compared_seed_by_seed(study: ModuleType):
    records = [
        _record("bce", 0, 0.5),
        _record("bce", 1, 0.7),  # an easier deal of pictures
        _record("dice", 0, 0.6),
        _record("dice", 1, 0.8),
        _record("focal", 1, 0.65),
    ]
    head, _, *rows = _rows(study.tabulate(records))
    assert [row[:4] for row in rows] == [
        ["dice", "2", "0.700 ± 0.141", "+0.100 ± 0.000"],
        ["focal", "1", "0.650", "-0.050"],
        ["bce", "2", "0.600 ± 0.141", "–"],
    ]
    assert "crack-free with a report" not in head


def test_false_alarms_have_a_column_where_there_are_crack_free_pictures(study: ModuleType):
    head, _, row = _rows(study.tabulate([_record("dice", 0, 0.6, false_alarms=0.25)]))
    told = dict(zip(head, row, strict=True))
    assert told["crack-free with a report"] == "0.250"
    assert told["gain over bce"] == "–"


def test_a_study_names_losses_that_recipes_know(study: ModuleType):
    for terms in study.MIXES.values():
        assert len(study.make_recipe(terms, seed=0, epochs=2, crops=16).losses) == len(terms)
