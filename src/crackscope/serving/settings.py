"""How a server runs."""

from __future__ import annotations

import os
from dataclasses import dataclass

from crackscope.engine.session import DEFAULT_ENGINE
from crackscope.errors import CrackscopeError
from crackscope.serving.places import store_places

LOOPBACK = ("127.0.0.1", "::1", "localhost")
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """What is decided before the server starts.

    Parameters
    ----------
    host : str
        Address to listen on. Beyond loopback, keys are required.
    port : int
    store_url : str
        Of the database, as SQLAlchemy writes it.
    blobs_url : str
        Folder or fsspec URL for photos and documents.
    model : str, optional
        Name or file of the model that looks where a request names none.
    more_models : tuple of str
        Names or files that requests may name.
    engine : str
    processes : int
        That inspect; each takes one photo at a time.
    threads : int
        For prediction, in each process.
    queue_size : int
        Photos that may wait; one more is refused.
    time_limit_s : float
        A photo that takes longer is given up.
    max_bytes : int
        Of a request's body.
    max_survey_bytes : int
        Of the body that brings a survey's photos, and of these unpacked.
    max_pixels : int
        Of a photo.
    require_keys : bool
    allowed_origins : tuple of str
        Other sites whose pages may call the service (CORS).

    Raises
    ------
    CrackscopeError
        If a number makes no sense, or keys are not required beyond loopback.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    store_url: str = store_places()[0]
    blobs_url: str = store_places()[1]
    model: str | None = None
    more_models: tuple[str, ...] = ()
    engine: str = DEFAULT_ENGINE
    processes: int = max(1, os.cpu_count() or 1)
    threads: int = 1
    queue_size: int = 32
    time_limit_s: float = 60.0
    max_bytes: int = 64 * MB
    max_survey_bytes: int = 2_000 * MB
    max_pixels: int = 100_000_000
    require_keys: bool = False
    allowed_origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in (
            "processes",
            "threads",
            "queue_size",
            "time_limit_s",
            "max_bytes",
            "max_survey_bytes",
            "max_pixels",
        ):
            if not getattr(self, name) > 0:
                raise CrackscopeError(f"{name} {getattr(self, name)}: must be above 0.")
        if not self.is_loopback and not self.require_keys:
            raise CrackscopeError(
                f"host {self.host}: a server that others can reach needs keys; add one with"
                " 'crackscope keys add NAME' and start with --require-keys."
            )

    @property
    def is_loopback(self) -> bool:
        """Whether only programs on this machine can reach the server."""
        return self.host in LOOPBACK
