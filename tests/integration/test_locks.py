"""The lock files agree with each other and with the project."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = {"core": [], "train": ["train"], "dev": ["train", "onnxruntime", "dev"]}
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;]+)\s*(;[^\\]*)?\\$", re.MULTILINE)


def read(lock: str) -> str:
    return (ROOT / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")


def pins(lock: str) -> set[tuple[str, str, str]]:
    return {(name, version, marker.strip()) for name, version, marker in PINNED.findall(read(lock))}


@pytest.mark.parametrize("lock", [*EXTRAS, "build"])
def test_every_line_is_a_pinned_package_or_its_hash(lock):
    for line in read(lock).splitlines():
        assert PINNED.match(line) or re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line), line


@pytest.mark.parametrize("lock", EXTRAS)
def test_lock_holds_everything_that_the_project_asks_for(lock):
    wanted = [*PROJECT["dependencies"]]
    for extra in EXTRAS[lock]:
        wanted += PROJECT["optional-dependencies"][extra]
    names = {re.split(r"[<>=!~\[; ]", requirement)[0].lower().replace("_", "-") for requirement in wanted}
    assert names <= {name for name, _, _ in pins(lock)}


@pytest.mark.parametrize(("smaller", "larger"), [("core", "train"), ("train", "dev")])
def test_larger_lock_holds_the_same_versions(smaller, larger):
    versions = {(name, version) for name, version, _ in pins(smaller)}
    assert versions <= {(name, version) for name, version, _ in pins(larger)}


def test_build_lock_and_dev_lock_never_disagree():
    developing = {name: version for name, version, _ in pins("dev")}
    for name, version, _ in pins("build"):
        assert developing.get(name, version) == version


def test_core_lock_brings_no_package_of_the_training_extra():
    assert not {"torch", "lightning", "kornia", "onnx", "onnxruntime"} & {name for name, _, _ in pins("core")}
