import signal
import threading

import pytest

from crackscope.inspection.interrupt import stop_on_interrupt


@pytest.mark.usefixtures("heeded_interrupts")
def test_the_first_interrupt_asks_and_the_second_raises():
    with stop_on_interrupt() as stop:
        assert not stop.made
        signal.raise_signal(signal.SIGINT)
        assert stop.made
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


@pytest.mark.usefixtures("heeded_interrupts")
def test_afterwards_interrupts_work_as_before():
    before = signal.getsignal(signal.SIGINT)
    with stop_on_interrupt():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_an_ignored_interrupt_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stop_on_interrupt() as stop:
            signal.raise_signal(signal.SIGINT)
            assert not stop.made
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_go_without():
    seen = []

    def work():
        with stop_on_interrupt() as stop:
            seen.append(stop.made)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False]
