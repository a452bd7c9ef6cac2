"""A comparison as rows of text."""

from __future__ import annotations

from crackscope.evaluation.comparison import words
from crackscope.evaluation.comparison.comparison import Comparison
from crackscope.evaluation.table import FigureTable, interval_text

LONGEST_CELL = 40


def text_tables(comparison: Comparison) -> list[FigureTable]:
    """Return what the terminal shows: accuracy, costs, runs, and what the recipes differ in."""
    tables = [_accuracy(comparison), _costs(comparison), _runs(comparison)]
    return [*tables, _recipes(comparison)] if comparison.recipes else tables


def notes(comparison: Comparison) -> list[str]:
    """Return the sentences that belong under the tables."""
    main = comparison.judge.main.title
    lines = [
        f"{main} {comparison.judge.taken}, on {words.pictures_text(comparison)}: {comparison.basis.origin}.",
        "Intervals are 95 %, over source photos; differences to the best are paired, photo by photo.",
        *comparison.judge.remarks,
    ]
    if comparison.timed:
        lines.append(
            f"Latency: one {words.timed_picture_text(comparison)}, {words.threads_text(comparison)};"
            " all models in turn in one process."
        )
    busy = words.busy_text(comparison)
    return [*lines, *([busy] if busy else []), *words.dominated_runs(comparison)]


def _accuracy(comparison: Comparison) -> FigureTable:
    main, *others = comparison.judge.columns
    rows: list[tuple[str | int | None, ...]] = []
    for result in comparison.results:
        competitor = result.competitor
        figure = result.judged.figures[main.name]
        rows.append(
            (
                competitor.run,
                competitor.precision,
                words.figure_text(result, main),
                interval_text(figure.interval, main.decimals),
                words.to_best_text(result, main),
                *(words.figure_text(result, column) for column in others),
                words.verdict(result),
            )
        )
    titles = (column.short for column in others)
    header = ("run", "precision", main.short, "95 % interval", "to the best", *titles, "verdict")
    return FigureTable("Accuracy", header, tuple(rows))


def _costs(comparison: Comparison) -> FigureTable:
    rows: list[tuple[str | int | None, ...]] = []
    for result in comparison.results:
        competitor = result.competitor
        cost = competitor.cost
        row: tuple[str | None, ...] = (
            competitor.run,
            competitor.precision,
            words.size_text(cost.size_bytes),
        )
        if comparison.timed:
            row += (*words.latency_texts(cost.timing), words.front_text(comparison, result))
        rows.append(row)
    header: tuple[str, ...] = ("run", "precision", "MB")
    if comparison.timed:
        header += ("median ms", "p95 ms", f"{comparison.judge.main.short} against latency")
    return FigureTable("Cost", header, tuple(rows))


def _runs(comparison: Comparison) -> FigureTable:
    rows = tuple(
        (
            run.name,
            run.task,
            run.model,
            words.parameters_text(run),
            words.macs_text(run),
            run.training_pictures,
            words.epochs_text(run),
            words.duration_text(run.training_s),
            run.seed,
        )
        for run in comparison.runs
    )
    gmac = f"GMAC at {words.counted_size_text(comparison)}"
    header = (
        "run",
        "task",
        "network",
        "M parameters",
        gmac,
        "training pictures",
        "epochs",
        "trained for",
        "seed",
    )
    return FigureTable("Runs", header, rows)


def _recipes(comparison: Comparison) -> FigureTable:
    header = ("key", *(run.name for run in comparison.runs))
    rows = tuple((each.key, *map(_short, each.values)) for each in comparison.recipes)
    return FigureTable("What differs in the recipes", header, rows)


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
