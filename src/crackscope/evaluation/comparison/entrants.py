"""The runs that take part: opened, named so that they can be told apart, and those that cannot take part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crackscope.datasets.manifest import read_split_csv
from crackscope.errors import CrackscopeError
from crackscope.training.run_files import SPLIT
from crackscope.training.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class RunFailure:
    """A run, or its model file at one precision, that was left out, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Entrant:
    """A run that takes part.

    Parameters
    ----------
    name : str
        Short, unique among those compared.
    run : RunFolder
        Its threshold is frozen.
    learnt : frozenset of str
        The source photos that it and its ancestors learnt from.
    validated : frozenset of str
        The source photos of its validation part.
    """

    name: str
    run: RunFolder
    learnt: frozenset[str]
    validated: frozenset[str]


def open_entrants(paths: Sequence[Path]) -> tuple[list[Entrant], list[RunFailure]]:
    """Open run folders; those that cannot be are named with the reason.

    Parameters
    ----------
    paths : sequence of Path
        Each run once.

    Returns
    -------
    entrants : list of Entrant
        In the order of `paths`.
    failures : list of RunFailure
    """
    entrants, failures = [], []
    for path, name in zip(paths, distinct_names(paths), strict=True):
        try:
            entrants.append(_open(path, name))
        except CrackscopeError as error:
            failures.append(RunFailure(name, str(error)))
    return entrants, failures


def task_of(entrants: Sequence[Entrant]) -> str:
    """Return the one task that all runs are for.

    Raises
    ------
    CrackscopeError
        If they are for several.
    """
    first = entrants[0]
    for other in entrants:
        if other.run.recipe.task != first.run.recipe.task:
            raise CrackscopeError(
                f"{other.run.path}: is for the task {other.run.recipe.task}, and {first.run.path} for"
                f" {first.run.recipe.task}; compare runs of one task."
            )
    return str(first.run.recipe.task)


def distinct_names(paths: Sequence[Path]) -> list[str]:
    """Name each path by as many of its last folders as it takes to tell all of them apart.

    Examples
    --------
    >>> distinct_names([Path("/a/runs/walls"), Path("/b/runs/walls"), Path("/b/runs/roads")])
    ['a/runs/walls', 'b/runs/walls', 'roads']
    """
    resolved = [path.resolve().parts[1:] for path in paths]
    names = []
    for parts in resolved:
        others = [each for each in resolved if each != parts]
        count = next(
            (n for n in range(1, len(parts)) if all(each[-n:] != parts[-n:] for each in others)), len(parts)
        )
        names.append("/".join(parts[-count:]))
    return names


def _open(path: Path, name: str) -> Entrant:
    run = RunFolder.open(path)
    if run.frozen is None:
        raise CrackscopeError(
            f"{path}: its threshold is not chosen yet; let its training finish, with --resume if it stopped."
        )
    rows = read_split_csv(path / SPLIT)
    learnt = {source for part, source in rows if part == "train"} | run.ancestry.inherited_sources
    validated = {source for part, source in rows if part == "validation"}
    return Entrant(name, run, frozenset(learnt), frozenset(validated))
