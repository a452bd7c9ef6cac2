"""All that a comparison needs to know before the first picture is predicted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from crackscope.errors import CrackscopeError
from crackscope.evaluation.comparison.entrants import Entrant, RunFailure, open_entrants, task_of
from crackscope.evaluation.comparison.judge import Judge
from crackscope.evaluation.comparison.judges import judge_of
from crackscope.evaluation.comparison.pictures import (
    Basis,
    common_validation,
    given_pictures,
    own_validation,
)
from crackscope.evaluation.comparison.run_facts import RunFacts, read_facts

_Known = TypeVar("_Known")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Runs that can be compared, and the pictures to compare them on.

    Parameters
    ----------
    judge : Judge
    entrants : tuple of Entrant
    facts : tuple of RunFacts
        Of each entrant.
    basis : Basis
    failures : tuple of RunFailure
        Runs that cannot be compared.
    """

    judge: Judge
    entrants: tuple[Entrant, ...]
    facts: tuple[RunFacts, ...]
    basis: Basis
    failures: tuple[RunFailure, ...]


def prepare(paths: Sequence[Path], folders: Sequence[Path], *, size_px: int) -> Prepared:
    """Open runs, read what they say, and find the pictures to compare them on.

    Parameters
    ----------
    paths : sequence of Path
        Run folders, each once.
    folders : sequence of Path
        Datasets or splits to compare on; by default the validation pictures that the runs have in common.
    size_px : int
        Side of the picture that operations are counted for; a multiple of every network's stride.

    Returns
    -------
    Prepared
        A run that cannot be used is among its `failures`.

    Raises
    ------
    CrackscopeError
        If no run can be used, the runs are for different tasks, or there is no picture to compare on.
    """
    entrants, failures = open_entrants(paths)
    _some_left(entrants, failures)
    judge = judge_of(task_of(entrants))

    def facts_of(entrant: Entrant) -> RunFacts:
        return read_facts(entrant, size_px=size_px, validation_column=judge.validation_column)

    entrants, facts, unread = _of_each(entrants, facts_of)
    failures += unread
    _some_left(entrants, failures)
    if folders:
        basis = given_pictures(folders, entrants, judge)
    else:
        find = cache(judge.find)  # runs are often of the same data
        entrants, own, gone = _of_each(entrants, lambda each: own_validation(each, find))
        failures += gone
        _some_left(entrants, failures)
        basis = common_validation(entrants, own, judge)
    present = {each.name for each in entrants}
    kept = tuple(each for each in facts if each.name in present)
    return Prepared(judge, tuple(entrants), kept, basis, tuple(failures))


def _of_each(
    entrants: Sequence[Entrant], ask: Callable[[Entrant], _Known]
) -> tuple[list[Entrant], list[_Known], list[RunFailure]]:
    """Ask something of every entrant; those that cannot answer are set apart with the reason."""
    able, answers, failures = [], [], []
    for entrant in entrants:
        try:
            answers.append(ask(entrant))
        except CrackscopeError as error:
            failures.append(RunFailure(entrant.name, str(error)))
        else:
            able.append(entrant)
    return able, answers, failures


def _some_left(entrants: Sequence[Entrant], failures: Sequence[RunFailure]) -> None:
    if not entrants:
        raise CrackscopeError(f"No run can be compared; the first: {failures[0].reason}")
