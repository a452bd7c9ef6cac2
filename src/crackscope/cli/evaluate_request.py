"""What ``crackscope evaluate`` asks of the tasks, and what each gives back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crackscope.cli.table import text_table

if TYPE_CHECKING:
    from crackscope.datasets import Sample
    from crackscope.evaluation import Failure
    from crackscope.evaluation.table import FigureTable


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asks for.

    Parameters
    ----------
    model : str
    samples : list of Sample
    part : str
        The part that they are, as people read it.
    engine : str
    threads : int, optional
    threshold : float, optional
        Instead of the model's own.
    seed : int
    patch_px : int, optional
        ``--patches``
    mistakes : Path, optional
        ``--mistakes``
    as_instances : bool
        ``--as-instances``
    progress : callable
        Told of each sample that was judged.
    """

    model: str
    samples: list[Sample]
    part: str
    engine: str
    threads: int | None
    threshold: float | None
    seed: int
    patch_px: int | None
    mistakes: Path | None
    as_instances: bool
    progress: Callable[[Sample], None]

    def describe(self, description: Any) -> dict[str, Any]:  # noqa: ANN401 - a mapping of plain values
        """Return a model's description, with where its threshold is from."""
        given = {} if self.threshold is None else {"threshold_from": "the command line"}
        return {**description, **given}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found.

    Parameters
    ----------
    document : dict
        Plain JSON values with the keys ``model`` and ``protocol``.
    text : str
        The same for people.
    failures : collection of Failure
    learnt_from : frozenset of str
        Names of the sets that the model learnt from.
    sources : frozenset of str, optional
        The source photos it learnt from; None where only the sets are known.
    """

    document: dict[str, Any]
    text: str
    failures: Collection[Failure]
    learnt_from: frozenset[str]
    sources: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Judge:
    """How models of one task are judged.

    Parameters
    ----------
    judge : callable
    options : frozenset of str
        Those of ``--patches`` and the like that have a meaning for it.
    unmasked_cracks : bool
        Whether it can use pictures that are known to be cracked though nobody drew where.
    """

    judge: Callable[[Request], Verdict]
    options: frozenset[str] = frozenset()
    unmasked_cracks: bool = False


def tables_text(tables: Iterable[FigureTable]) -> str:
    """Lay out tables for the terminal, one below the other."""
    return "\n\n".join(
        f"{table.title}\n{text_table(table.header, table.rows, right=table.header[1:])}" for table in tables
    )
