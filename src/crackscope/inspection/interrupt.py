"""Ctrl-C as a request to stop after the photo in hand, not as an exception at any line."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopRequest:
    """Whether somebody asked to stop."""

    def __init__(self) -> None:
        self.made = False


@contextmanager
def stop_on_interrupt() -> Iterator[StopRequest]:
    """Turn the first SIGINT into a request; the second raises `KeyboardInterrupt` as ever.

    Outside the main thread, where Python delivers no signals, and where SIGINT is ignored, nothing changes.

    Yields
    ------
    StopRequest
    """
    request = StopRequest()

    def ask(signal_number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the form signal.signal wants
        if request.made:
            raise KeyboardInterrupt
        request.made = True

    in_main_thread = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT)
    if not in_main_thread or before in (signal.SIG_IGN, None):
        yield request
        return
    signal.signal(signal.SIGINT, ask)
    try:
        yield request
    finally:
        signal.signal(signal.SIGINT, before)
