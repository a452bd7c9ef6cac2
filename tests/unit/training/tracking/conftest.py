"""A run folder as training leaves it before its first epoch, and trackers that note what they are given."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crackscope.imaging.encode import write_jpeg
from crackscope.training.recipe import read_recipe, write_recipe
from crackscope.training.run_files import DATA, RECIPE, VERSIONS, write_json
from crackscope.training.run_folder import RunFolder
from crackscope.training.tracking import TrackedRun
from crackscope.training.tracking.parameters import tracked_run


class Notes:
    """A tracker that notes every call, and fails in the calls of a given name."""

    def __init__(self, *, fails_in: str = "", identity: Mapping[str, str] | None = None) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.fails_in = fails_in
        self.identity = identity or {"run": "1"}

    def begin(self, run: TrackedRun, earlier: Mapping[str, str]) -> Mapping[str, str]:
        self._note("begin", run.name, dict(earlier))
        return self.identity

    def figures(self, figures: Mapping[str, float], *, epoch: int, step: int) -> None:
        self._note("figures", epoch, step, dict(figures))

    def picture(self, path: Path, *, epoch: int) -> None:
        self._note("picture", epoch, path.name)

    def file(self, path: Path) -> None:
        self._note("file", path.name)

    def end(self, status: str) -> None:
        self._note("end", status)

    def _note(self, *call: object) -> None:
        self.calls.append(call)
        if call[0] == self.fails_in:
            raise ConnectionError("no answer from https://ann:secret@tracking.example:\nis it on?")


@pytest.fixture
def notes() -> type[Notes]:
    """The class `Notes`, which importmode=importlib cannot import from here."""
    return Notes


@pytest.fixture(scope="session")
def make_run_folder() -> Any:
    """A function that fills a folder as training does before its first epoch."""

    def make(folder: Path) -> Path:
        folder.mkdir(parents=True)
        recipe = read_recipe("segment-light", changes=["epochs=7", "data.sets.my walls (new).draw=0.5"])
        write_recipe(recipe, folder / RECIPE)
        write_json(folder / DATA, {"folders": ["/sets/walls"], "pictures": {"train": {"walls": 12}}})
        write_json(folder / VERSIONS, {"crackscope": "0.1", "torch": "2.14.1"})
        (folder / "validation").mkdir()
        return folder

    return make


@pytest.fixture
def run_folder(tmp_path: Path, make_run_folder: Any) -> Path:
    folder: Path = make_run_folder(tmp_path / "runs" / "walls")
    return folder


@pytest.fixture
def run(run_folder: Path) -> TrackedRun:
    return tracked_run(RunFolder.open(run_folder))


@pytest.fixture(scope="session")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A validation sheet: left half dark, right half bright."""
    pixels = np.zeros((32, 96, 3), np.uint8)
    pixels[:, 48:] = 240
    path = tmp_path_factory.mktemp("sheets") / "epoch-0002.jpg"
    write_jpeg(path, pixels)
    return path
