"""The parts of the report's page that are words: facts, summary, failures, small print."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from crackscope.engine.model_card import ModelCard
from crackscope.inspection.records import Failure
from crackscope.measurement.severity import EXCEEDS, WITHIN, either
from crackscope.reports.figures import length_text, share_text, width_text
from crackscope.reports.tally import Extreme, Summary
from crackscope.version import __version__

MOST_FIGURES = 24
"""Measured figures of a model card that the page shows."""


def escape(text: str) -> str:
    """Make any text safe inside an element or a quoted attribute."""
    return html.escape(text.encode("utf-8", "backslashreplace").decode("utf-8"), quote=True)


MOST_SEVERITIES = 4
"""Tiles for what a rule says, the most frequent answers first."""


def facts(summary: Summary, written_at: datetime) -> str:
    """Write when, with which model and at which scale was looked, as entries of a list of terms."""
    entries = [("Inspected", f"{written_at:%Y-%m-%d %H:%M}")]
    if summary.first_taken is not None and summary.last_taken is not None:
        first, last = summary.first_taken[:10], summary.last_taken[:10]
        entries.append(("Photos taken", first if first == last else f"{first} – {last}"))
    if summary.models:
        models = dict.fromkeys(f"{model.name} ({model.precision})" for model in summary.models)
        entries.append(("Model", ", ".join(models)))
        thresholds = dict.fromkeys(f"{model.threshold:.3g}" for model in summary.models)
        entries.append(("Threshold", ", ".join(thresholds)))
    for screener in summary.screeners:
        name = f"{screener.model.name} ({screener.model.precision})"
        entries.append(("Screened by", f"{name}, below {screener.sure_below:.3g}"))
    if summary.tells_places:
        entries.append(("Scale", summary.scales.text or "not known; figures in px"))
    entries += [("Severity by", rule.partition(": ")[2]) for rule in summary.rules]
    return "\n".join(
        f"    <div><dt>{escape(term)}</dt><dd>{escape(value)}</dd></div>" for term, value in entries
    )


def tiles(summary: Summary) -> str:
    """Write the summary figures as items of a list."""
    failed_hint = '<a href="#failures">see reasons</a>' if summary.failed else "none"
    entries = [
        ("", "Photos inspected", f"{summary.inspected:,}", _cracks_hint(summary)),
        (
            ' class="crack"',
            "With cracks",
            f"{summary.cracked:,}",
            share_text(summary.cracked, summary.inspected),
        ),
        (
            ' class="free"',
            "Crack-free",
            f"{summary.crack_free:,}",
            share_text(summary.crack_free, summary.inspected),
        ),
        (' class="failed"' if summary.failed else "", "Failed", f"{summary.failed:,}", failed_hint),
    ]
    if summary.tells_places:
        entries += [
            ("", "Longest crack", *_extreme(summary.longest, length_text, summary.unit)),
            ("", "Widest crack", *_extreme(summary.widest, width_text, summary.unit)),
        ]
    for words, count in sorted(summary.severities.items(), key=lambda each: -each[1])[:MOST_SEVERITIES]:
        entries.append(("", escape(_severity_words(words)), f"{count:,}", f"of {_cracks_hint(summary)}"))
    return "\n".join(
        f'      <li{kind}><span class="label">{label}</span> '
        f'<span class="value">{value}</span> <span class="hint">{hint}</span></li>'
        for kind, label, value, hint in entries
    )


def _severity_words(kind: str) -> str:
    """Name a tile: ``May exceed`` for an interval over the only limit, else the class or classes."""
    words = "may exceed" if kind == either((WITHIN, EXCEEDS)) else kind
    return words[:1].upper() + words[1:]


def share(summary: Summary) -> str:
    """Write the strip that shows how many photos have cracks, have none, or failed."""
    parts = (
        ("crack", summary.cracked),
        ("free", summary.crack_free - summary.screened_out),
        ("screened", summary.screened_out),
        ("failed", summary.failed),
    )
    spans = "".join(
        f'<span class="{kind}" style="flex-grow:{count}"></span>' for kind, count in parts if count
    )
    return f'    <div class="share" aria-hidden="true">{spans}</div>' if spans else ""


def screening(summary: Summary) -> str:
    """Write how many photos a classifier screened out; nothing where none looked first."""
    if not summary.screeners:
        return ""
    names = ", ".join(dict.fromkeys(screener.model.name for screener in summary.screeners))
    photos = "photo" if summary.inspected == 1 else "photos"
    share = share_text(summary.screened_out, summary.inspected)
    return (
        f'    <p class="screening quiet">{summary.inspected:,} {photos}: {summary.screened_out:,}'
        f"{f' ({share})' if share else ''} screened out by {escape(names)} as surely crack-free.</p>"
    )


def failures_frame(count: int) -> tuple[str, str]:
    """Return what stands before and after the rows of the failures."""
    photos = "photo" if count == 1 else "photos"
    head = (
        '  <section id="failures" aria-labelledby="failures-heading">\n'
        f'    <h2 id="failures-heading">{count:,} {photos} could not be inspected</h2>\n'
        '    <table class="plain">\n'
        '      <thead><tr><th scope="col">Photo</th>'
        '<th scope="col">What is wrong, and what to do</th></tr></thead>\n'
        "      <tbody>\n"
    )
    return head, "      </tbody>\n    </table>\n  </section>\n"


def failure_row(failure: Failure) -> str:
    """Write a failed photo as a row, without naming it twice."""
    reason = failure.reason.removeprefix(f"{failure.photo}:").strip()
    return f"        <tr><td>{escape(failure.photo)}</td><td>{escape(reason)}</td></tr>\n"


def model_section(card: ModelCard) -> str:
    """Write what the model learnt from and under which terms, and what was measured of it."""
    parts = [f"    <h3>The model {escape(card.name)}</h3>"]
    if card.terms:
        parts.append(f"    <p>{escape(card.terms)}</p>")
    if card.training_sets:
        rows = [
            f'        <tr><td>{escape(learnt.name)}</td><td class="number">{_count(learnt.pictures)}</td>'
            f"<td>{escape(learnt.terms)}</td></tr>"
            for learnt in card.training_sets
        ]
        parts.append(_table(("Learnt from", "Pictures", "Terms, as its publisher states them"), rows))
    else:
        parts.append("    <p>What it learnt from is not stated in the model file.</p>")
    figures = list(_flat(card.figures))[:MOST_FIGURES]
    if figures:
        rows = [
            f'        <tr><td>{escape(name)}</td><td class="number">{escape(value)}</td></tr>'
            for name, value in figures
        ]
        parts.append(_table(("Measured on pictures it had not seen", "Value"), rows))
    return "\n".join(parts)


def _count(pictures: int) -> str:
    return f"{pictures:,}" if pictures else "unknown"


def footer(written_at: datetime) -> str:
    """Write what made the page, and when."""
    return (
        f"Written by crackscope {escape(__version__)} on {written_at:%Y-%m-%d at %H:%M} ({written_at:UTC%z})."
    )


def _table(header: tuple[str, ...], rows: list[str]) -> str:
    numeric = {"Pictures", "Value"}
    cells = "".join(
        f'<th scope="col" class="number">{name}</th>' if name in numeric else f'<th scope="col">{name}</th>'
        for name in header
    )
    body = "\n".join(rows)
    return (
        f'    <table class="plain">\n      <thead><tr>{cells}</tr></thead>\n      <tbody>\n{body}\n'
        "      </tbody>\n    </table>"
    )


def _extreme(extreme: Extreme | None, text: Callable[[float, str], str], unit: str) -> tuple[str, str]:
    if extreme is None:
        return "–", ""
    name = escape(extreme.photo)
    place = f'data-open="{name}" data-crack="{extreme.number}"'
    hint = f'<button type="button" {place} title="{name}">{name}</button>'
    return text(extreme.value, unit), hint


def _cracks_hint(summary: Summary) -> str:
    if not summary.tells_places:
        return "cracks are not located"
    return f"{summary.cracks:,} crack{'' if summary.cracks == 1 else 's'}"


def _flat(figures: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Give nested figures as names and values; what is no figure or word is left out."""
    for key, value in figures.items():
        name = f"{path}{key}".replace("_", " ")
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name} · ")
        elif isinstance(value, bool):
            yield name, "yes" if value else "no"
        elif isinstance(value, int | float):
            yield name, f"{value:.4g}" if isinstance(value, float) else f"{value:,}"
        elif isinstance(value, str):
            yield name, value
        elif isinstance(value, list | tuple) and all(isinstance(each, int | float) for each in value):
            yield name, " – ".join(f"{each:.4g}" for each in value)
