"""Each test interrupts a process of its own: a signal sent to the tests themselves would be everybody's."""

import subprocess
import sys
import textwrap

PRELUDE = """
import signal, threading
from crackscope.inspection.interrupt import stop_on_interrupt
signal.signal(signal.SIGINT, signal.default_int_handler)
"""


def run(script: str) -> str:
    """Run a script after the prelude and return what it printed."""
    code = PRELUDE + textwrap.dedent(script)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_first_interrupt_asks_and_the_second_raises():
    printed = run("""
        with stop_on_interrupt() as stop:
            print(stop.made)
            signal.raise_signal(signal.SIGINT)
            print(stop.made)
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                print("interrupted")
    """)
    assert printed.split() == ["False", "True", "interrupted"]


def test_afterwards_interrupts_work_as_before():
    printed = run("""
        before = signal.getsignal(signal.SIGINT)
        with stop_on_interrupt():
            print(signal.getsignal(signal.SIGINT) is before)
        print(signal.getsignal(signal.SIGINT) is before)
    """)
    assert printed.split() == ["False", "True"]


def test_an_ignored_interrupt_stays_ignored():
    printed = run("""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with stop_on_interrupt() as stop:
            signal.raise_signal(signal.SIGINT)
            print(stop.made)
    """)
    assert printed.split() == ["False"]


def test_other_threads_go_without():
    printed = run("""
        def work():
            with stop_on_interrupt() as stop:
                print(stop.made)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    """)
    assert printed.split() == ["False"]
