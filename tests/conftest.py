"""Fixtures that every room's tests may use."""

import signal
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TESTS = Path(__file__).parent


sys.path.append(str(TESTS))  # importmode=importlib leaves it off, and the modules here use each other


@pytest.fixture(scope="session")
def dark_model() -> ModuleType:
    """The module tests/dark_model.py: a tiny, real ONNX model that finds what is darker than around it."""
    pytest.importorskip("onnx", reason="the tests' model is made with onnx")
    return import_module("dark_model")


@pytest.fixture(scope="session")
def dark_model_file(dark_model: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of a model file that runs the whole pipeline without training: dark lines are cracks."""
    path: Path = dark_model.write_dark_model(tmp_path_factory.mktemp("models") / "dark.onnx")
    return path


@pytest.fixture(scope="session")
def dark_classifier_file(
    dark_model: ModuleType,  # noqa: ARG001 - dark_classifier imports it
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Path of a model file that calls a picture cracked where any of it is a dark line."""
    path: Path = import_module("dark_classifier").write_dark_classifier(
        tmp_path_factory.mktemp("models") / "dark-classifier.onnx"
    )
    return path


@pytest.fixture(scope="session")
def dark_halves_file(
    dark_model: ModuleType,  # noqa: ARG001 - dark_halves imports it
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Path of a model file that calls all dark lines in the left half of a picture one crack, and so on the
    right."""
    path: Path = import_module("dark_halves").write_dark_halves(
        tmp_path_factory.mktemp("models") / "dark-halves.onnx"
    )
    return path


@pytest.fixture(scope="session")
def dark_detector_file(
    dark_model: ModuleType,  # noqa: ARG001 - skips where onnx is not installed
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Path of a model file that puts one box around all that is dark in a picture."""
    path: Path = import_module("dark_detector").write_dark_detector(
        tmp_path_factory.mktemp("models") / "dark-detector.onnx"
    )
    return path


@pytest.fixture(scope="session")
def drawn_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the sets ``drawn`` and ``noncrack``: small pictures drawn by the project, for quick
    training."""
    folder: Path = import_module("drawn_dataset").write_drawn_dataset(tmp_path_factory.mktemp("sets"))
    return folder


@pytest.fixture(scope="session")
def planting_tool() -> ModuleType:
    """The module tests/planted_dataset.py: draws datasets with faults planted at random."""
    return import_module("planted_dataset")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real pictures beside the repository; tests that need it skip where it is absent."""
    folder = TESTS.parent.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("../shared is absent")
    return folder


@pytest.fixture(scope="session")
def shared_weights() -> Path:
    """Folder of weights learnt on ImageNet, beside the repository; tests that need it skip where it is
    absent."""
    folder = TESTS.parent.parent / "shared" / "weights"
    if not folder.is_dir():
        pytest.skip("../shared is absent")
    return folder


@pytest.fixture
def heeded_interrupts() -> Iterator[None]:
    """Let SIGINT raise KeyboardInterrupt, also where the shell started the tests with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """A running PostgreSQL server, see tests/postgres_server.py; tests that need it skip where there is
    none."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    try:
        server = import_module("postgres_server").PostgresServer()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    yield server
    server.close()


@pytest.fixture(scope="session")
def postgres_url(postgres_server: Any) -> str:
    """URL of a database with all tables, which the tests share: emptying one is quicker than making one."""
    from crackscope.serving.store import Store

    url: str = postgres_server.url(postgres_server.new_database())
    Store.open(url, "memory://postgres").close()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """URL of an empty database, and a folder for blobs: what `Store.open` takes. Once on SQLite, once on
    PostgreSQL."""
    pytest.importorskip("sqlalchemy", reason="the extra [serve] is not installed")
    blobs = str(tmp_path / "store" / "blobs")
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store/crackscope.sqlite3", blobs
    url = request.getfixturevalue("postgres_url")
    request.getfixturevalue("postgres_server").empty(url)
    return url, blobs


@pytest.fixture
def store(store_place: tuple[str, str]) -> Iterator[Any]:
    """An empty store at `store_place`."""
    from crackscope.serving.store import Store

    opened = Store.open(*store_place)
    yield opened
    opened.close()
