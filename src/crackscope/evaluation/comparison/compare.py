"""Judge competitors on the same pictures and set them against each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from crackscope.errors import CrackscopeError
from crackscope.evaluation.comparison.comparison import Comparison, Machine, Result
from crackscope.evaluation.comparison.competitor import Competitor
from crackscope.evaluation.comparison.entrants import Entrant, RunFailure
from crackscope.evaluation.comparison.front import Point, dominators
from crackscope.evaluation.comparison.judge import Judge, Judged
from crackscope.evaluation.comparison.pairing import difference
from crackscope.evaluation.comparison.pictures import Basis
from crackscope.evaluation.comparison.recipe_differences import recipe_differences
from crackscope.evaluation.comparison.run_facts import RunFacts


def compare(
    judge: Judge,
    entrants: Sequence[Entrant],
    facts: Sequence[RunFacts],
    competitors: Sequence[Competitor],
    basis: Basis,
    *,
    machine: Machine,
    shown: Collection[Path] = (),
    failures: Sequence[RunFailure] = (),
    seed: int = 0,
    progress: Callable[[], None] = lambda: None,
) -> Comparison:
    """Judge every competitor on the same pictures.

    Parameters
    ----------
    judge : Judge
        Of the task of all runs.
    entrants : sequence of Entrant
    facts : sequence of RunFacts
        Of each entrant.
    competitors : sequence of Competitor
        Model files of the entrants; an entrant whose every model file fails is left out.
    basis : Basis
        The pictures.
    machine : Machine
        On which the competitors were timed; its threads predict, too.
    shown : collection of Path
        Pictures whose answers are drawn, by the first model file of each run.
    failures : sequence of RunFailure
        What was left out before.
    seed : int
        Of the bootstrap.
    progress : callable
        Called after each picture of each competitor.

    Returns
    -------
    Comparison

    Raises
    ------
    CrackscopeError
        If no competitor can be judged.
    """
    left_out = list(failures)
    judged: list[tuple[Competitor, Judged]] = []
    for competitor in competitors:
        drawn_already = {each.run for each, _ in judged}
        try:
            answer = judge.judge(
                competitor.model,
                basis.samples,
                shown=() if competitor.run in drawn_already else frozenset(shown),
                seed=seed,
                threads=machine.threads,
                progress=lambda _: progress(),
            )
        except CrackscopeError as error:
            left_out.append(RunFailure(competitor.label, str(error)))
        else:
            judged.append((competitor, answer))
    if not judged:
        raise CrackscopeError(f"No run could be judged; the first: {left_out[0].reason}")
    present = {each.run for each, _ in judged}
    return Comparison(
        judge=judge,
        runs=tuple(each for each in facts if each.name in present),
        results=tuple(_ranked(judge, judged)),
        recipes=recipe_differences([each for each in entrants if each.name in present]),
        basis=basis,
        machine=machine,
        failures=tuple(left_out),
        seed=seed,
    )


def _ranked(judge: Judge, judged: Sequence[tuple[Competitor, Judged]]) -> list[Result]:
    name = judge.main.name

    def worth(answer: Judged) -> float:
        value = answer.figures[name].value
        return float("-inf") if value is None else value

    ranked = sorted(judged, key=lambda each: -worth(each[1]))
    _, best = ranked[0]
    has_best = best.figures[name].value is not None
    dominated_by = _dominated_by([each for each, _ in ranked], [worth(answer) for _, answer in ranked])
    return [
        Result(
            competitor=competitor,
            judged=answer,
            to_best=None if answer is best else difference(answer, best, name),
            is_best=has_best and answer is best,
            dominated_by=dominator,
        )
        for (competitor, answer), dominator in zip(ranked, dominated_by, strict=True)
    ]


def _dominated_by(competitors: Sequence[Competitor], worths: Sequence[float]) -> list[str | None]:
    """Name who dominates each competitor; nobody, where not all were timed."""
    timings = [each.cost.timing for each in competitors]
    points = [
        Point(timing.median_ms, worth)
        for timing, worth in zip(timings, worths, strict=True)
        if timing is not None
    ]
    if len(points) < len(competitors):
        return [None] * len(competitors)
    return [None if place is None else competitors[place].label for place in dominators(points)]
