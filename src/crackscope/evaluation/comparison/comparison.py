"""What a comparison found, and its JSON document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from crackscope.evaluation.bootstrap import LEVEL, Interval
from crackscope.evaluation.comparison.competitor import Competitor
from crackscope.evaluation.comparison.entrants import RunFailure
from crackscope.evaluation.comparison.judge import Judge, Judged
from crackscope.evaluation.comparison.pairing import Difference
from crackscope.evaluation.comparison.pictures import Basis
from crackscope.evaluation.comparison.recipe_differences import RecipeDifference
from crackscope.evaluation.comparison.run_facts import Curve, RunFacts
from crackscope.version import __version__

SCHEMA = "crackscope.comparison"
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A competitor and how it did.

    Parameters
    ----------
    competitor : Competitor
    judged : Judged
    to_best : Difference or None
        Its main figure less that of the best; None for the best itself and where a figure is undefined.
    is_best : bool
    dominated_by : str or None
        Label of a competitor that is at least as good and as fast, and better in one.
    """

    competitor: Competitor
    judged: Judged
    to_best: Difference | None
    is_best: bool
    dominated_by: str | None


@dataclass(frozen=True, slots=True)
class Machine:
    """On what was timed.

    Parameters
    ----------
    processor : str
    threads : int
    engine : str
    """

    processor: str
    threads: int
    engine: str


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What `compare` found.

    Parameters
    ----------
    judge : Judge
        How was judged.
    runs : tuple of RunFacts
        In the order given.
    results : tuple of Result
        The best main figure first.
    recipes : tuple of RecipeDifference
        Values in the order of `runs`.
    basis : Basis
    machine : Machine
    failures : tuple of RunFailure
        Runs and model files that were left out.
    seed : int
        Of the bootstrap.
    """

    judge: Judge
    runs: tuple[RunFacts, ...]
    results: tuple[Result, ...]
    recipes: tuple[RecipeDifference, ...]
    basis: Basis
    machine: Machine
    failures: tuple[RunFailure, ...]
    seed: int

    @property
    def best(self) -> Result | None:
        """The result with the highest main figure; None where the figure is undefined."""
        return next((each for each in self.results if each.is_best), None)

    @property
    def timed(self) -> bool:
        """Whether latencies were measured."""
        return any(each.competitor.cost.timing for each in self.results)

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values; the document is described in ``docs/compare.md``."""
        some = self.results[0].judged
        return {
            "schema": SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "crackscope_version": __version__,
            "task": self.judge.task,
            "main_figure": self.judge.main.name,
            "pictures": {
                "origin": self.basis.origin,
                "judged": some.pictures,
                "cracked": some.cracked,
                "sources": some.sources,
                "learnt_from": [asdict(each) for each in self.basis.learnt_from],
                "failures": [asdict(each) for each in some.failures],
            },
            "interval": {
                "level": LEVEL,
                "method": "percentile bootstrap over source photos, within sets, paired between models",
                "replicates": len(some.main_draws),
                "seed": self.seed,
            },
            "machine": asdict(self.machine),
            "models": [_result_document(each) for each in self.results],
            "runs": [_run_document(each) for each in self.runs],
            "recipe_differences": {each.key: self._by_run(each.values) for each in self.recipes},
            "failures": [asdict(each) for each in self.failures],
        }

    def _by_run(self, values: Sequence[str | None]) -> dict[str, str | None]:
        return {run.name: value for run, value in zip(self.runs, values, strict=True)}


def _result_document(result: Result) -> dict[str, Any]:
    competitor, judged = result.competitor, result.judged
    timing = competitor.cost.timing
    return {
        "run": competitor.run,
        "precision": competitor.precision,
        "model_file": str(competitor.model),
        "size_bytes": competitor.cost.size_bytes,
        "latency": None if timing is None else asdict(timing),
        "figures": {
            name: {"value": figure.value, **_interval(figure.interval)}
            for name, figure in judged.figures.items()
        },
        "is_best": result.is_best,
        "to_best": _difference_document(result.to_best),
        "dominated_by": result.dominated_by,
    }


def _difference_document(difference: Difference | None) -> dict[str, float | bool | None] | None:
    if difference is None:
        return None
    return {
        "value": difference.value,
        **_interval(difference.interval),
        "distinguishable": difference.distinguishable,
    }


def _interval(interval: Interval | None) -> dict[str, float | None]:
    if interval is None:
        return {"low": None, "high": None}
    return {"low": interval.low, "high": interval.high}


def _run_document(run: RunFacts) -> dict[str, Any]:
    plain: Mapping[str, Any] = {
        name: value
        for name, value in asdict(run).items()
        if name not in ("folder", "size_px", "loss", "validation")
    }
    return {
        **plain,
        "folder": str(run.folder),
        "macs_at_px": run.size_px,
        "curves": {"loss": _curve(run.loss), "validation": _curve(run.validation)},
    }


def _curve(curve: Curve) -> list[tuple[int, float]]:
    return list(zip(curve.epochs, curve.values, strict=True))
