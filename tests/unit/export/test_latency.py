import pytest

from crackscope.engine.model_file import ModelFile
from crackscope.engine.session import open_session
from crackscope.export.latency import measure_latency, processor_name


def test_every_engine_is_timed_at_every_size_as_often_as_asked(dark_model_file):
    pytest.importorskip("onnxruntime")
    model_file = ModelFile.open(dark_model_file)
    sessions = {
        name: open_session(model_file, engine=name, threads=1) for name in ("openvino", "onnxruntime")
    }
    latencies = measure_latency(sessions, sizes_px=(32, 64), blocks=2, runs_per_block=3)
    assert [(each.size_px, each.label, each.runs) for each in latencies] == [
        (32, "openvino", 6),
        (32, "onnxruntime", 6),
        (64, "openvino", 6),
        (64, "onnxruntime", 6),
    ]
    assert all(0.0 < each.median_ms <= each.p95_ms for each in latencies)


def test_the_processor_has_a_name_and_cores():
    assert processor_name().endswith(" cores")
    assert len(processor_name()) > len(" 2 cores")
