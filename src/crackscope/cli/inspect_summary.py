"""What ``crackscope inspect`` shows on the terminal when it is done."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from crackscope.cli.table import text_table
from crackscope.inspection.inspection import Inspection
from crackscope.inspection.records import Failure
from crackscope.reports.figures import length_text, probability_text, share_text, width_text
from crackscope.reports.tally import Extreme, Summary, Tally

MOST_SHOWN = 10
_THIN = "\N{NARROW NO-BREAK SPACE}"


class TerminalSummary:
    """Keeps the figures of a survey and its foremost photos.

    These are the photos with the widest cracks or, of a classifier, those most probably cracked.
    """

    def __init__(self) -> None:
        self._tally = Tally()
        self._foremost: list[tuple[float, int, Inspection]] = []

    def add(self, inspection: Inspection) -> None:
        """Take an inspected photo."""
        self._tally.add(inspection)
        if inspection.cracks:
            rank = max(crack.max_width_mm or crack.max_width_px for crack in inspection.cracks)
        elif not inspection.is_located:
            rank = inspection.probability or 0.0
        else:
            return
        entry = (rank, -self._tally.summary().inspected, inspection)
        if len(self._foremost) < MOST_SHOWN:
            heapq.heappush(self._foremost, entry)
        else:
            heapq.heappushpop(self._foremost, entry)

    def add_failure(self, failure: Failure) -> None:
        """Take a photo that could not be inspected."""
        self._tally.add_failure(failure)

    @property
    def figures(self) -> Summary:
        """The figures so far."""
        return self._tally.summary()

    def text(self) -> str:
        """Write the table of the foremost photos and the totals."""
        return "\n".join(self._lines()).replace(_THIN, " ")

    def _lines(self) -> Iterator[str]:
        summary = self.figures
        if self._foremost:
            shown = [
                inspection
                for _, _, inspection in sorted(self._foremost, key=lambda entry: entry[:2], reverse=True)
            ]
            yield _table(shown, summary)
            if summary.cracked > len(shown):
                yield f"… and {summary.cracked - len(shown):,} more photos with cracks"
            yield ""
        failed = f"; {summary.failed:,} failed" if summary.failed else ""
        unlocated = " (not located)" if summary.not_located else ""
        yield (
            f"{_count(summary.inspected, 'photo')} inspected: {summary.cracked:,} with cracks{unlocated}, "
            f"{summary.crack_free:,} crack-free{failed}."
        )
        if summary.screeners:
            names = ", ".join(dict.fromkeys(screener.model.name for screener in summary.screeners))
            share = share_text(summary.screened_out, summary.inspected)
            yield f"{summary.screened_out:,} ({share}) screened out by {names} as surely crack-free."
        if summary.longest is not None and summary.widest is not None:
            longest = _named(length_text(summary.longest.value, summary.unit), summary.longest)
            widest = _named(width_text(summary.widest.value, summary.unit), summary.widest)
            yield f"{_count(summary.cracks, 'crack')}: longest {longest}, widest {widest}."
        if summary.severities:
            counts = ", ".join(f"{count:,} {kind}" for kind, count in summary.severities.items())
            names = ", ".join(rule.partition(": ")[0] for rule in summary.rules)
            yield f"Severity by {names}: {counts}."


def _table(shown: list[Inspection], summary: Summary) -> str:
    if not summary.tells_places:
        rows: list[list[str | int]] = [
            [each.photo.name, probability_text(each.probability or 0.0)] for each in shown
        ]
        return text_table(["photo", "probability"], rows, right=["probability"])
    header = ["photo", "cracks", "coverage", "total length", "max width"]
    return text_table(header, [_row(each, summary.unit) for each in shown], right=header[2:])


def _row(inspection: Inspection, unit: str) -> list[str | int]:
    cracks = inspection.cracks
    if unit == "mm":
        length = sum(crack.length_mm or 0.0 for crack in cracks)
        width = max(crack.max_width_mm or 0.0 for crack in cracks)
    else:
        length = sum(crack.length_px for crack in cracks)
        width = max(crack.max_width_px for crack in cracks)
    return [
        inspection.photo.name,
        len(cracks),
        f"{100 * (inspection.coverage or 0.0):.2f} %",
        length_text(length, unit),
        width_text(width, unit),
    ]


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _named(figure: str, extreme: Extreme) -> str:
    return f"{figure} ({extreme.photo}, crack {extreme.number})"
