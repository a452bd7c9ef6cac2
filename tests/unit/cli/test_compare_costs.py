from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from crackscope.cli.compare_costs import export_models, time_models
from crackscope.engine.session import open_session
from crackscope.errors import CrackscopeError
from crackscope.evaluation.comparison import Competitor, Cost, Entrant
from crackscope.training.recipe import parse_recipe
from crackscope.training.run_folder import RunFolder


def entrant(name):
    recipe = parse_recipe({"name": "x"}, source="x")
    return Entrant(name, RunFolder(Path(name), recipe, (), {}, {}, {}), frozenset(), frozenset())


@pytest.fixture
def exports(monkeypatch, dark_model_file):
    """Export the dark model in place of every run; a run named ``bad`` fails, ``half`` fails at int8."""
    asked = []

    def export_run(run_path, out_path, *, precision):
        asked.append(out_path.name)
        if run_path.name == "bad" or (run_path.name == "half" and precision == "int8"):
            raise CrackscopeError(f"{run_path}: cannot be exported.")
        from crackscope.engine.model_file import ModelFile
        from crackscope.export.model_export import Export

        return Export(ModelFile.open(dark_model_file), None)

    monkeypatch.setattr("crackscope.cli.compare_costs.export_run", export_run)
    return asked


@pytest.mark.usefixtures("exports")
def test_a_reason_that_all_precisions_share_is_given_once():
    entrants = [entrant(name) for name in ("good", "bad", "half")]
    competitors, failures = export_models(entrants, ["fp32", "int8"], Path("models"))
    assert [each.label for each in competitors] == ["good fp32", "good int8", "half fp32"]
    assert [each.name for each in failures] == ["bad", "half int8"]
    assert all(each.cost.size_bytes > 1000 and each.cost.timing is None for each in competitors)


def test_runs_whose_names_make_the_same_file_name_get_files_of_their_own(exports):
    export_models([entrant("a/b"), entrant("a-b")], ["fp32"], Path("models"))
    assert exports == ["a-b-fp32.onnx", "a-b-2-fp32.onnx"]


def test_a_model_that_takes_one_size_is_timed_at_that_size(dark_model, dark_model_file, tmp_path):
    card = replace(dark_model.DARK_CARD, input=replace(dark_model.DARK_CARD.input, fixed_size=(32, 32)))
    fixed = dark_model.write_dark_model(tmp_path / "fixed.onnx", card=card)
    competitors = [
        Competitor("free", "fp32", dark_model_file, Cost(1)),
        Competitor("fixed", "fp32", fixed, Cost(1)),
    ]
    free, own = time_models(competitors, size_px=64, threads=1, engine="openvino")
    assert (free.cost.timing.size_px, own.cost.timing.size_px) == (64, 32)
    assert free.cost.timing.runs == own.cost.timing.runs > 0
    assert all(0 < each.cost.timing.median_ms <= each.cost.timing.p95_ms for each in (free, own))


def test_a_model_of_single_cracks_is_timed_on_the_picture_given_and_others_on_noise(
    monkeypatch, dark_halves_file, dark_model_file
):
    shown = {}

    def open_spied(model_file, **options):
        session = open_session(model_file, **options)
        own = shown.setdefault(model_file.card.task, [])
        spied = session.run
        monkeypatch.setattr(session, "run", lambda batch: own.append(batch) or spied(batch))
        return session

    monkeypatch.setattr("crackscope.cli.compare_costs.open_session", open_spied)
    competitors = [
        Competitor("cracks", "fp32", dark_halves_file, Cost(1)),
        Competitor("map", "fp32", dark_model_file, Cost(1)),
    ]
    picture = np.full((64, 64, 3), 120, np.uint8)
    timed = time_models(competitors, size_px=64, threads=1, engine="openvino", picture=picture)
    assert [each.cost.timing.size_px for each in timed] == [64, 64]
    assert len(shown["detect"]) == len(shown["segment"]) > 0
    assert all((batch == picture).all() for batch in shown["detect"])
    assert not any((batch == picture).all() for batch in shown["segment"])


def test_a_classifier_is_timed_at_its_own_size(dark_classifier_file):
    classifier = Competitor("tiles", "fp32", dark_classifier_file, Cost(1))
    (timed,) = time_models([classifier], size_px=256, threads=1, engine="openvino")
    assert timed.cost.timing.size_px == 64
