"""A server in the tests' own process, with a tiny model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def served(
    dark_model_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., object]]:
    """Open apps by their settings; returns test clients, closed at the end."""
    pytest.importorskip("fastapi", reason="the service is not installed")
    from starlette.testclient import TestClient

    from crackscope.serving.app import make_app
    from crackscope.serving.settings import ServiceSettings

    with ExitStack() as stack:

        def serve(folder: Path | None = None, **settings: object) -> object:
            place = tmp_path_factory.mktemp("store") if folder is None else folder
            given = {
                "store_url": f"sqlite:///{place}/crackscope.sqlite3",
                "blobs_url": f"{place}/blobs",
                "model": str(dark_model_file),
                "processes": 1,
            }
            app = make_app(ServiceSettings(**(given | settings)))
            return stack.enter_context(TestClient(app, raise_server_exceptions=False))

        yield serve
