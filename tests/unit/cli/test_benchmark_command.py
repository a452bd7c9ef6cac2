import json

import pytest

from crackscope.cli import exit_status
from crackscope.cli.main import main
from crackscope.export import latency


@pytest.fixture(autouse=True)
def _few_runs(monkeypatch):
    monkeypatch.setattr(
        latency.measure_latency, "__kwdefaults__", {"sizes_px": (128,), "blocks": 1, "runs_per_block": 2}
    )


def test_benchmark_shows_engine_size_and_processor(dark_model_file, capsys):
    assert main(["benchmark", str(dark_model_file), "--threads", "1", "--size", "50"]) == exit_status.ALL_DONE
    shown = capsys.readouterr().out
    assert "dark, fp32" in shown
    assert "openvino" in shown
    assert "52×52" in shown  # 50 rounded up to the model's stride of 4


def test_benchmark_answers_in_json(dark_model_file, capsys):
    pytest.importorskip("onnxruntime")
    engines = ["--engine", "openvino", "--engine", "onnxruntime"]
    assert (
        main(["benchmark", str(dark_model_file), *engines, "--threads", "1", "--size", "64", "--json"]) == 0
    )
    document = json.loads(capsys.readouterr().out)
    assert [each["label"] for each in document["latencies"]] == ["openvino", "onnxruntime"]
    assert document["threads"] == 1
    assert document["model"] == {"name": "dark", "precision": "fp32"}


def test_benchmark_of_no_model_is_one_sentence(tmp_path, capsys):
    assert main(["benchmark", str(tmp_path / "no.onnx")]) == exit_status.NOTHING_DONE
    assert "no such model" in capsys.readouterr().err
