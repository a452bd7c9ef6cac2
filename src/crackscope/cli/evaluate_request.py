"""What ``crackscope evaluate`` asks of the tasks, and what each gives back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from crackscope.cli.table import text_table

if TYPE_CHECKING:
    from crackscope.datasets import Sample
    from crackscope.evaluation import Failure
    from crackscope.evaluation.model_facts import ModelFacts
    from crackscope.evaluation.table import FigureTable

GroupT_co = TypeVar("GroupT_co", covariant=True)


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

    def threshold_of(self, facts: ModelFacts) -> float:
        """Return the threshold to judge a model at."""
        return facts.threshold if self.threshold is None else self.threshold

    def describe(self, facts: ModelFacts) -> dict[str, Any]:
        """Return a model's description, with where its threshold is from."""
        given = {} if self.threshold is None else {"threshold_from": "the command line"}
        return {**facts.description, **given}


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
    facts : ModelFacts
        Of the model.
    """

    document: dict[str, Any]
    text: str
    failures: Collection[Failure]
    facts: ModelFacts


class Evaluation(Protocol[GroupT_co]):
    """What an evaluation found, whatever the model's task."""

    @property
    def sets(self) -> tuple[GroupT_co, ...]:
        """The figures by set."""

    @property
    def overall(self) -> GroupT_co:
        """The figures of all together."""

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The samples that were left out."""

    def to_document(self, *, model: Mapping[str, Any]) -> dict[str, Any]:
        """Return plain JSON values."""


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


def verdict_on(
    request: Request,
    facts: ModelFacts,
    evaluation: Evaluation[GroupT_co],
    *,
    overview: Callable[..., FigureTable],
    details: Sequence[Callable[[GroupT_co], FigureTable]],
    how: str,
) -> Verdict:
    """Show an evaluation: the only set in detail, or an overview of several and all together in detail.

    Parameters
    ----------
    request : Request
    facts : ModelFacts
        Of the model.
    evaluation : Evaluation
    overview : callable
        From the evaluation to a table.
    details : sequence of callables
        From the group that is shown in detail to a table each.
    how : str
        How the model was judged, as people read it.
    """
    several = len(evaluation.sets) > 1
    shown = evaluation.overall if several else evaluation.sets[0]
    tables = [*([overview(evaluation)] if several else []), *(table_of(shown) for table_of in details)]
    parts = [
        f"{table.title}\n{text_table(table.header, table.rows, right=table.header[1:])}" for table in tables
    ]
    model = request.describe(facts)
    parts.append(f"{model['kind']} {model['name']}, {model['engine']}; pictures: {request.part}; {how}.")
    return Verdict(
        document=evaluation.to_document(model=model),
        text="\n\n".join(parts),
        failures=evaluation.failures,
        facts=facts,
    )
