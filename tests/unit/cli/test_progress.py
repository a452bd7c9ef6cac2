import io
import sys

from crackscope.cli.progress import ProgressBar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_nothing_is_shown_where_stderr_is_no_terminal(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with ProgressBar(total=2, unit="photo", label="inspecting") as bar:
        bar.advance()
        bar.advance()
    assert stream.getvalue() == ""


def test_short_work_on_a_terminal_shows_no_bar(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with ProgressBar(total=2, unit="photo", label="inspecting") as bar:
        bar.advance(2)
    assert "inspecting" not in stream.getvalue()


def test_long_work_on_a_terminal_shows_how_much_is_done(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr("crackscope.cli.progress.DELAY_S", 0.0)
    with ProgressBar(total=2, unit="photo", label="inspecting") as bar:
        bar._bar.mininterval = 0
        bar.advance(2)
    assert "inspecting: 100%" in stream.getvalue()


def test_lines_are_said_with_and_without_a_terminal(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with ProgressBar(total=None, unit="photo") as bar:
        bar.say("wall.jpg: empty; copy it again.")
    assert stream.getvalue() == "wall.jpg: empty; copy it again.\n"
