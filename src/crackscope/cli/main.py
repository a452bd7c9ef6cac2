"""The command ``crackscope``: finds the command asked for; errors become sentences and exit statuses."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Sequence

import click

from crackscope.cli import exit_status
from crackscope.cli.extras import missing_extra
from crackscope.cli.lazy_group import CommandEntry, LazyGroup, debug_option
from crackscope.errors import CrackscopeError
from crackscope.version import __version__

PROGRAM = "crackscope"

COMMANDS = {
    "inspect": CommandEntry(
        "crackscope.cli.inspect_command", "Find and measure the cracks in photos and write a report."
    ),
    "growth": CommandEntry(
        "crackscope.cli.growth_command", "Find out whether cracks grew between two photos of one place."
    ),
    "data": CommandEntry(
        "crackscope.cli.data_command",
        "Audit, repair, split and convert datasets: see crackscope data --help.",
    ),
    "train": CommandEntry("crackscope.cli.train_command", "Train a model as a recipe says."),
    "sweep": CommandEntry(
        "crackscope.cli.sweep_command", "Train a recipe with varied values, and find the best."
    ),
    "evaluate": CommandEntry(
        "crackscope.cli.evaluate_command", "Measure how well a model finds cracks, on pictures with masks."
    ),
    "compare": CommandEntry(
        "crackscope.cli.compare_command", "Set training runs against each other: how good, how fast."
    ),
    "export": CommandEntry("crackscope.cli.export_command", "Turn a training run into a model file."),
    "models": CommandEntry(
        "crackscope.cli.models_command", "List model files: what they are, how good, and under which terms."
    ),
    "rules": CommandEntry(
        "crackscope.cli.rules_command", "List the rules by which cracks are judged: limits and sources."
    ),
    "marker": CommandEntry(
        "crackscope.cli.marker_command", "Print markers that give photos their scale: a PDF, true to size."
    ),
    "serve": CommandEntry("crackscope.cli.serve_command", "Serve inspections over HTTP: a REST API."),
    "keys": CommandEntry(
        "crackscope.cli.keys_command", "Make, list and revoke the keys that open the service."
    ),
    "store": CommandEntry(
        "crackscope.cli.store_command", "Check what the service keeps: see crackscope store --help."
    ),
    "benchmark": CommandEntry("crackscope.cli.benchmark_command", "Time a model file on this machine."),
}

HELP = """Find cracks in photographs: where they run, how long and how wide they are.

\b
  crackscope inspect photos/                      inspect a folder, write inspection/report.html
  crackscope inspect wall.jpg --scale 0.2 --json  one photo, 0.2 mm per pixel, result as JSON
  crackscope models                               which models there are

Exit status: 0 all done; 1 done, but some inputs failed; 2 wrong usage, or nothing could be done;
70 a defect of crackscope; 130 interrupted.
"""

_REMEDIES = {
    errno.ENOSPC: "no space is left on the disk; free some space and run again.",
    errno.EDQUOT: "your disk quota is used up; free some space and run again.",
    errno.EROFS: "the disk is read-only; choose another folder.",
    errno.EACCES: "permission denied; change the permissions or choose another place.",
    errno.EPERM: "the system does not permit this; change the permissions or choose another place.",
}


def _make_group() -> LazyGroup:
    def overview() -> int:
        context = click.get_current_context()
        if context.invoked_subcommand is None:
            click.echo(context.get_help())
            return exit_status.NOTHING_DONE
        return exit_status.ALL_DONE

    version = click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
    group = LazyGroup(
        entries=COMMANDS,
        name=PROGRAM,
        help=HELP,
        callback=overview,
        invoke_without_command=True,
        params=[debug_option()],
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    return version(group)


group = _make_group()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    A command gives its exit status by returning it; None is `exit_status.ALL_DONE`.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; those of the process by default.

    Returns
    -------
    int
        One of `crackscope.cli.exit_status`.
    """
    if (
        f"_{PROGRAM.upper()}_COMPLETE" in os.environ
    ):  # the shell asks for completions; click answers and exits
        group.main(prog_name=PROGRAM)
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    _let_stdout_take_any_name()
    try:
        status = _run(arguments)
        sys.stdout.flush()
    except BaseException as error:
        status = _report(error, debug="--debug" in arguments)
    return status


def _run(arguments: list[str]) -> int:
    try:
        with group.make_context(PROGRAM, list(arguments)) as context:
            status = group.invoke(context)
    except click.exceptions.Exit as request:
        status = request.exit_code
    return status if isinstance(status, int) else exit_status.ALL_DONE


def _report(error: BaseException, *, debug: bool) -> int:
    """Say on stderr what went wrong, and give the exit status for it."""
    if isinstance(error, SystemExit):
        raise error
    if isinstance(error, BrokenPipeError):
        _abandon_stdout()
        return exit_status.BROKEN_PIPE
    if debug:
        traceback.print_exception(error)
    if isinstance(error, KeyboardInterrupt | click.Abort):
        click.echo("Interrupted.", err=True)
        return exit_status.INTERRUPTED
    sentence = _sentence(error)
    if isinstance(error, OSError):
        _abandon_stdout()  # what could not be written once would fail again when Python exits
    if sentence is None:
        click.echo(
            f"crackscope stopped on a defect of its own ({type(error).__name__}: {error}); "
            "run again with --debug and report what it prints.",
            err=True,
        )
        return exit_status.DEFECT
    click.echo(sentence, err=True)
    return exit_status.NOTHING_DONE


def _sentence(error: BaseException) -> str | None:
    """Give what a user needs to know of an error, or None where the error is a defect."""
    match error:
        case CrackscopeError():
            return str(error)
        case click.UsageError():
            return _usage_sentence(error)
        case click.ClickException():
            return error.format_message()
        case ModuleNotFoundError():
            missing = missing_extra(error)
            return None if missing is None else str(missing)
        case MemoryError():
            return "Memory ran out; close other programs, or give smaller photos."
        case OSError() if error.errno in _REMEDIES:
            return f"{error.filename or 'output'}: {_REMEDIES[error.errno]}"
    return None


def _usage_sentence(error: click.UsageError) -> str:
    command_path = PROGRAM if error.ctx is None else error.ctx.command_path
    message = error.format_message().strip()
    if isinstance(error, click.MissingParameter):
        message = " ".join(message.split())
    if "\n" in message:  # click puts the whole help text here where a command was given no arguments at all
        return message
    message = message[:1].lower() + message[1:].removesuffix(".")
    return f"{command_path}: {message} (usage: {command_path} --help)"


def _let_stdout_take_any_name() -> None:
    """Show as escapes what the encoding lacks: file names may hold bytes that are no text."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _abandon_stdout() -> None:
    """Send what is left to the null device, so that Python's last flush cannot fail.

    As the Python documentation advises in its note on SIGPIPE (module ``signal``).
    """
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
