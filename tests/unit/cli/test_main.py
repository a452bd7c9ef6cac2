import errno
import json
import os
import subprocess
import sys

import click
import pytest

from crackscope.cli import exit_status
from crackscope.cli import main as main_module
from crackscope.cli.lazy_group import CommandEntry
from crackscope.cli.main import COMMANDS, group, main
from crackscope.errors import PhotoError
from crackscope.version import __version__


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "crackscope", *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture
def failing_command(monkeypatch):
    """Give a function that makes `crackscope fail` raise what it is given."""

    def install(error: BaseException) -> None:
        @click.command("fail")
        def command() -> None:
            raise error

        module = type(sys)("failing_module")
        module.command = command
        monkeypatch.setitem(sys.modules, "failing_module", module)
        monkeypatch.setitem(COMMANDS, "fail", CommandEntry("failing_module", "Fails."))

    return install


def test_version_names_program_and_version():
    result = run("--version")
    assert (result.returncode, result.stdout) == (0, f"crackscope {__version__}\n")


def test_overview_lists_every_command():
    result = run("--help")
    assert result.returncode == 0
    for name in COMMANDS:
        assert f"\n  {name} " in result.stdout


def test_overview_imports_no_command_and_nothing_heavy():
    code = (
        "import sys; from crackscope.cli.main import main; main(['--help']); main(['--version'])\n"
        "heavy = {'numpy', 'cv2', 'PIL', 'openvino', 'torch', 'tqdm', 'onnxruntime'} & set(sys.modules)\n"
        "commands = [name for name in sys.modules if name.endswith('_command')]\n"
        "assert not heavy and not commands, (heavy, commands)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_listed_command_exists_under_its_name_and_has_examples(name):
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.name == name
    assert f"crackscope {name}" in (command.help or ""), "help texts carry examples"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_answers_to_help(name, capsys):
    assert main([name, "--help"]) == 0
    assert f"Usage: crackscope {name}" in capsys.readouterr().out


def test_no_arguments_show_the_overview_and_count_as_wrong_usage(capsys):
    assert main([]) == 2
    assert "Commands:" in capsys.readouterr().out


def test_misspelt_command_is_answered_with_the_near_one(capsys):
    assert main(["inspekt"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "no such command 'inspekt'; did you mean 'inspect'?" in printed.err
    assert printed.err.count("\n") == 1


def test_path_in_place_of_a_command_is_answered_with_inspect(tmp_path, capsys):
    assert main([str(tmp_path)]) == 2
    assert f"crackscope inspect {tmp_path}" in capsys.readouterr().err


def test_unknown_option_is_one_sentence_that_names_the_command(capsys):
    assert main(["models", "--jsn"]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("crackscope models: no such option")
    assert "--jsn" in printed
    assert printed.count("\n") == 1


def test_user_error_is_its_sentence_alone_and_status_2(failing_command, capsys):
    failing_command(PhotoError("wall.jpg: empty; copy it again."))
    assert main(["fail"]) == exit_status.NOTHING_DONE
    assert capsys.readouterr().err == "wall.jpg: empty; copy it again.\n"


@pytest.mark.parametrize("arguments", [["--debug", "fail"], ["fail", "--debug"]])
def test_debug_shows_the_traceback_wherever_it_stands(failing_command, capsys, arguments):
    failing_command(PhotoError("wall.jpg: empty; copy it again."))
    assert main(arguments) == exit_status.NOTHING_DONE
    printed = capsys.readouterr().err
    assert "Traceback" in printed
    assert printed.endswith("wall.jpg: empty; copy it again.\n")


def test_any_other_error_is_called_a_defect_and_status_70(failing_command, capsys):
    failing_command(ZeroDivisionError("division by zero"))
    assert main(["fail"]) == exit_status.DEFECT
    printed = capsys.readouterr().err
    assert "Traceback" not in printed
    assert "defect" in printed
    assert "--debug" in printed


def test_missing_package_of_an_extra_says_which_extra_to_install(failing_command, capsys):
    failing_command(ModuleNotFoundError("No module named 'torch'", name="torch"))
    assert main(["fail"]) == exit_status.NOTHING_DONE
    assert "pip install '.[train]'" in capsys.readouterr().err


def test_missing_module_of_our_own_is_a_defect(failing_command):
    failing_command(ModuleNotFoundError("No module named 'crackscope.x'", name="crackscope.x"))
    assert main(["fail"]) == exit_status.DEFECT


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_disk_that_takes_no_file_is_the_users_to_mend(failing_command, capfd, number):
    failing_command(OSError(number, os.strerror(number), "out/report.html"))
    assert main(["fail"]) == exit_status.NOTHING_DONE
    assert capfd.readouterr().err.startswith("out/report.html: ")


def test_interrupt_is_status_130(failing_command, capsys):
    failing_command(KeyboardInterrupt())
    assert main(["fail"]) == exit_status.INTERRUPTED
    assert capsys.readouterr().err == "Interrupted.\n"


def test_status_returned_by_a_command_is_the_status_of_the_program(monkeypatch):
    module = type(sys)("partial_module")
    module.command = click.Command("partial", callback=lambda: exit_status.SOME_FAILED)
    monkeypatch.setitem(sys.modules, "partial_module", module)
    monkeypatch.setitem(COMMANDS, "partial", CommandEntry("partial_module", "Partly done."))
    assert main_module.main(["partial"]) == exit_status.SOME_FAILED


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX pipes")
def test_reader_that_goes_away_ends_the_program_without_a_word():
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        result = subprocess.run(
            [sys.executable, "-m", "crackscope", "--help"], stdout=gone, stderr=subprocess.PIPE, check=False
        )
    assert (result.returncode, result.stderr) == (exit_status.BROKEN_PIPE, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_output_to_a_full_disk_is_one_sentence():
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        result = subprocess.run(
            [sys.executable, "-m", "crackscope", "--help"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert result.returncode == exit_status.NOTHING_DONE
    assert result.stderr == b"output: no space is left on the disk; free some space and run again.\n"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere file names are always text")
def test_name_that_is_no_text_is_shown_with_escapes(tmp_path):
    name = os.fsencode(tmp_path) + b"/gr\xf6\xdfe.onnx"
    result = subprocess.run(
        [sys.executable, "-m", "crackscope", "models", "--json", name], capture_output=True, check=False
    )
    assert result.returncode == exit_status.NOTHING_DONE
    assert b"gr\\udcf6\\udcdfe.onnx: no such model" in result.stderr
    assert os.fsencode(json.loads(result.stdout)["failures"][0]).startswith(name)
