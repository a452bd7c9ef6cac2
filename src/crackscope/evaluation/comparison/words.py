"""Figures as people read them, the same in the terminal and on the page."""

from __future__ import annotations

from crackscope.evaluation.comparison.comparison import Comparison, Result
from crackscope.evaluation.comparison.competitor import Timing
from crackscope.evaluation.comparison.judge import FigureColumn
from crackscope.evaluation.comparison.run_facts import RunFacts

BEST = "best"
BUSY_FACTOR = 2.0
"""On an idle machine the 95th percentile of latencies is within a tenth or two of the median."""


def figure_text(result: Result, column: FigureColumn) -> str | None:
    """Write a figure; None where it is undefined."""
    value = result.judged.figures[column.name].value
    return None if value is None else f"{value:.{column.decimals}f}"


def to_best_text(result: Result, column: FigureColumn) -> str | None:
    """Write how far a result is from the best, and within which interval; None where that is undefined."""
    if result.is_best:
        return BEST
    if result.to_best is None:
        return None
    interval, decimals = result.to_best.interval, column.decimals
    value = _signed(result.to_best.value, decimals)
    if interval is None:
        return value
    return f"{value} ({_signed(interval.low, decimals)} to {_signed(interval.high, decimals)})"


def verdict(result: Result) -> str | None:
    """Say whether a result can be told from the best; None where nothing can be said."""
    if result.is_best:
        return BEST
    if result.to_best is None or result.to_best.distinguishable is None:
        return None
    return "worse than the best" if result.to_best.distinguishable else "not distinguishable from the best"


def front_text(comparison: Comparison, result: Result) -> str | None:
    """Say whether a result is on the Pareto front, or who dominates it; None where nothing was timed."""
    if not comparison.timed:
        return None
    return "on the front" if result.dominated_by is None else f"dominated by {result.dominated_by}"


def dominated_runs(comparison: Comparison) -> list[str]:
    """Say of each run whose every model file is dominated by which others it is."""
    sentences = []
    for run in comparison.runs:
        own = [each for each in comparison.results if each.competitor.run == run.name]
        rivals = [each.dominated_by for each in own if each.dominated_by is not None]
        if own and len(rivals) == len(own):
            by = list(dict.fromkeys(rivals))
            verb = "is" if len(by) == 1 else "are"
            sentences.append(
                f"{run.name} is dominated: {' and '.join(by)} {verb} at least as good and as fast."
            )
    return sentences


def busy_text(comparison: Comparison) -> str | None:
    """Say that latencies are not to be relied on, where the slow runs took far longer than the others."""
    timings = [each.competitor.cost.timing for each in comparison.results]
    worst = max((each.p95_ms / each.median_ms for each in timings if each is not None), default=0.0)
    if worst <= BUSY_FACTOR:
        return None
    return (
        f"The machine was busy with other work: the 95th percentile is up to {worst:.1f} times the"
        " median. Compare again on an idle machine before you rely on the latencies."
    )


def size_text(size_bytes: int) -> str:
    """Write a file's size in MB."""
    return f"{size_bytes / 1e6:.2f}"


def latency_texts(timing: Timing | None) -> tuple[str | None, str | None]:
    """Write median and 95th percentile in ms."""
    if timing is None:
        return None, None
    return _three_digits(timing.median_ms), _three_digits(timing.p95_ms)


def macs_text(run: RunFacts) -> str:
    """Write a network's operations in thousand millions (GMAC)."""
    return _three_digits(run.macs / 1e9)


def parameters_text(run: RunFacts) -> str:
    """Write a network's parameters in millions."""
    return _three_digits(run.parameters / 1e6)


def epochs_text(run: RunFacts) -> str:
    """Write the epochs done, and those planned where they differ."""
    same = run.epochs == run.planned_epochs
    return f"{run.epochs}" if same else f"{run.epochs} of {run.planned_epochs}"


def duration_text(seconds: float) -> str:
    """Write how long a training took.

    Examples
    --------
    >>> duration_text(42), duration_text(700), duration_text(7300)
    ('42 s', '11 min 40 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def pictures_text(comparison: Comparison) -> str:
    """Say on how many pictures was judged."""
    some = comparison.results[0].judged
    kinds = f"{some.cracked} with cracks and {some.pictures - some.cracked} crack-free"
    return f"{some.pictures} pictures, {kinds}, of {some.sources} source photos"


def counted_size_text(comparison: Comparison) -> str:
    """Write the size of the picture that operations are counted for."""
    side = comparison.runs[0].size_px
    return f"{side}×{side}"


def timed_picture_text(comparison: Comparison) -> str:
    """Write what was timed; there are several sizes where models take one size each."""
    timings = [each.competitor.cost.timing for each in comparison.results]
    sides = sorted({timing.size_px for timing in timings if timing is not None})
    return f"{' or '.join(f'{side}×{side}' for side in sides)} {comparison.judge.timed_on}"


def threads_text(comparison: Comparison) -> str:
    """Write on what was timed."""
    machine = comparison.machine
    plural = "" if machine.threads == 1 else "s"
    return f"{machine.engine}, {machine.threads} thread{plural}, {machine.processor}"


def _signed(value: float, decimals: int) -> str:
    text = f"{value:+.{decimals}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("+-")


def _three_digits(value: float) -> str:
    """Write a positive number with three digits, without an exponent.

    Examples
    --------
    >>> _three_digits(0.0461), _three_digits(2.345), _three_digits(1234.5)
    ('0.0461', '2.35', '1234')
    """
    whole = len(f"{int(value)}")
    if value >= 1 or value == 0:
        return f"{value:.{max(0, 3 - whole)}f}"
    return f"{value:.3g}"
