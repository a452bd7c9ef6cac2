import subprocess
import sys

import pytest

import crackscope

HEAVY = (
    "cv2",
    "numpy",
    "PIL",
    "openvino",
    "torch",
    "onnx",
    "onnxruntime",
    "lightning",
    "pydantic",
    "yaml",
    "matplotlib",
)


def modules_after(statement: str) -> set[str]:
    script = f"import sys; sys.path[:] = {sys.path!r}; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy():
    assert modules_after("import crackscope").isdisjoint(HEAVY)


def test_inspecting_loads_nothing_of_the_training_side():
    loaded = modules_after("from crackscope import Inspector, Survey")
    assert loaded.isdisjoint({"torch", "lightning", "kornia", "onnx", "pydantic", "yaml", "matplotlib"})


@pytest.mark.parametrize("name", ["Photo", "Inspector", "Inspection", "Survey"])
def test_the_public_names_load_on_use(name):
    assert getattr(crackscope, name).__name__ == name
    assert name in dir(crackscope)
    assert name in crackscope.__all__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'crackscope' has no attribute 'Crackscope'"):
        _ = crackscope.Crackscope
