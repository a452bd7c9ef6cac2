"""The tables of the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from crackscope.evaluation.comparison import svg, words
from crackscope.evaluation.comparison.comparison import Comparison, Result
from crackscope.evaluation.comparison.judge import FigureColumn
from crackscope.evaluation.table import interval_text

_STRIP_PX, _STRIP_HEIGHT_PX = 170, 22
_NONE = "–"


def accuracy_table(comparison: Comparison) -> str:
    """Write the figures of every model file, with a strip that shows the main one and its interval."""
    main, *others = comparison.judge.columns
    best = {column.name: _best_value(comparison.results, column) for column in comparison.judge.columns}
    strip = _strip_scale(comparison.results, main)
    rows = []
    for result in comparison.results:
        interval = interval_text(result.judged.figures[main.name].interval, main.decimals)
        to_best = words.to_best_text(result, main)
        cells = [
            _head(comparison, result),
            _figure_cell(result, main, best),
            f'<td class="strip">{_strip(comparison, result, main, strip)}{_small(interval)}</td>',
            f'<td class="verdict">{_chip(result)}{"" if result.is_best else _small(to_best)}</td>',
            *(_figure_cell(result, column, best) for column in others),
        ]
        rows.append("".join(cells))
    header = [
        ("Model file", ""),
        (main.title, "number"),
        ("95 % interval", ""),
        ("Against the best, paired", ""),
        *((column.title, "number") for column in others),
    ]
    return _table(header, rows)


def cost_table(comparison: Comparison) -> str:
    """Write size and latency of every model file, and whether another beats it in both respects."""
    rows = []
    for result in comparison.results:
        cost = result.competitor.cost
        cells = [_head(comparison, result), _number(words.size_text(cost.size_bytes))]
        if comparison.timed:
            cells += map(_number, words.latency_texts(cost.timing))
            front = words.front_text(comparison, result) or ""
            kind = "good" if result.dominated_by is None else "plain"
            cells.append(f'<td><span class="chip {kind}">{svg.escape(front)}</span></td>')
        rows.append("".join(cells))
    header = [("Model file", ""), ("MB", "number")]
    if comparison.timed:
        main = comparison.judge.main.title
        header += [("median ms", "number"), ("95th percentile ms", "number"), (f"{main} against latency", "")]
    return _table(header, rows)


def runs_table(comparison: Comparison) -> str:
    """Write what each run is and how it was trained."""
    rows = []
    for number, run in enumerate(comparison.runs):
        cells = [
            f'<th scope="row">{swatch(number)}{svg.escape(run.name)}</th>',
            f"<td>{svg.escape(run.task)}</td>",
            f"<td>{svg.escape(run.model)}</td>",
            _number(words.parameters_text(run)),
            _number(words.macs_text(run)),
            _number(f"{run.training_pictures:,}"),
            _number(words.epochs_text(run)),
            _number(words.duration_text(run.training_s)),
            _number(str(run.seed)),
        ]
        rows.append("".join(cells))
    header = [
        ("Run", ""),
        ("task", ""),
        ("network", ""),
        ("million parameters", "number"),
        (f"GMAC at {words.counted_size_text(comparison)}", "number"),
        ("training pictures", "number"),
        ("epochs", "number"),
        ("trained for", "number"),
        ("seed", "number"),
    ]
    return _table(header, rows)


def recipes_table(comparison: Comparison) -> str:
    """Write the keys in which the recipes differ; empty where they do not."""
    if not comparison.recipes:
        return ""
    rows = [
        f'<th scope="row"><code>{svg.escape(each.key)}</code></th>'
        + "".join(f"<td>{_NONE if value is None else svg.escape(value)}</td>" for value in each.values)
        for each in comparison.recipes
    ]
    return _table([("Key", ""), *((run.name, "") for run in comparison.runs)], rows)


def swatch(number: int) -> str:
    """Write the little square that shows a run's colour."""
    return f'<i class="swatch" style="background:{svg.colour(number)}"></i>'


def _table(header: Iterable[tuple[str, str]], rows: Sequence[str]) -> str:
    cells = "".join(
        f'<th scope="col"{f" class={kind}" if kind else ""}>{svg.escape(title)}</th>'
        for title, kind in header
    )
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f'<div class="wide"><table><thead><tr>{cells}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>'
    )


def _head(comparison: Comparison, result: Result) -> str:
    number = next(n for n, run in enumerate(comparison.runs) if run.name == result.competitor.run)
    name, precision = svg.escape(result.competitor.run), svg.escape(result.competitor.precision)
    return f'<th scope="row">{swatch(number)}{name} <span class="quiet">{precision}</span></th>'


def _number(text: str | None) -> str:
    return f'<td class="number">{_NONE if text is None else svg.escape(text)}</td>'


def _small(text: str | None) -> str:
    return "" if text is None else f'<div class="small">{svg.escape(text)}</div>'


def _figure_cell(result: Result, column: FigureColumn, best: Mapping[str, str | None]) -> str:
    text = words.figure_text(result, column)
    if text is not None and text == best[column.name]:
        return f'<td class="number"><b>{text}</b></td>'
    return _number(text)


def _best_value(results: Sequence[Result], column: FigureColumn) -> str | None:
    """Return the best value as it is written; all that read the same are set in bold."""
    known = [
        (value, result)
        for result in results
        if (value := result.judged.figures[column.name].value) is not None
    ]
    if not known:
        return None
    choose = max if column.better == "high" else min
    return words.figure_text(choose(known, key=lambda each: each[0])[1], column)


def _chip(result: Result) -> str:
    text = words.verdict(result)
    if text is None:
        return ""
    kind = (
        "good" if result.is_best else "bad" if result.to_best and result.to_best.distinguishable else "plain"
    )
    return f'<span class="chip {kind}">{svg.escape(text)}</span>'


def _strip_scale(results: Sequence[Result], main: FigureColumn) -> svg.Scale | None:
    ends = []
    for result in results:
        figure = result.judged.figures[main.name]
        if figure.value is not None:
            ends.append(figure.value)
        if figure.interval is not None:
            ends += [figure.interval.low, figure.interval.high]
    return svg.linear_scale(ends, start_px=6, end_px=_STRIP_PX - 6) if ends else None


def _strip(comparison: Comparison, result: Result, main: FigureColumn, scale: svg.Scale | None) -> str:
    figure = result.judged.figures[main.name]
    if scale is None or figure.value is None:
        return ""
    number = next(n for n, run in enumerate(comparison.runs) if run.name == result.competitor.run)
    own, middle = svg.colour(number), _STRIP_HEIGHT_PX / 2
    parts = []
    if comparison.best is not None and (best := comparison.best.judged.figures[main.name].value) is not None:
        at = scale(best)
        parts.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="{_STRIP_HEIGHT_PX}"/>')
    if figure.interval is not None:
        low, high = scale(figure.interval.low), scale(figure.interval.high)
        parts.append(
            f'<line class="interval" stroke="{own}" x1="{low:.1f}" x2="{high:.1f}"'
            f' y1="{middle}" y2="{middle}"/>'
        )
    parts.append(f'<circle cx="{scale(figure.value):.1f}" cy="{middle}" r="4" fill="{own}"/>')
    return svg.figure(_STRIP_PX, _STRIP_HEIGHT_PX, "".join(parts), name=f"{main.title} with its interval")
