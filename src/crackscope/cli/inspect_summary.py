"""What ``crackscope inspect`` shows on the terminal when it is done."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from crackscope.cli.table import text_table
from crackscope.inspection.inspection import Inspection
from crackscope.inspection.records import Failure
from crackscope.reports.figures import length_text, width_text
from crackscope.reports.tally import Extreme, Summary, Tally

MOST_SHOWN = 10
_THIN = "\N{NARROW NO-BREAK SPACE}"


class TerminalSummary:
    """Keeps the figures of a survey and its photos with the widest cracks."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._widest: list[tuple[float, int, Inspection]] = []

    def add(self, inspection: Inspection) -> None:
        """Take an inspected photo."""
        self._tally.add(inspection)
        if inspection.cracks:
            width = max(crack.max_width_mm or crack.max_width_px for crack in inspection.cracks)
            entry = (width, -self._tally.summary().inspected, inspection)
            if len(self._widest) < MOST_SHOWN:
                heapq.heappush(self._widest, entry)
            else:
                heapq.heappushpop(self._widest, entry)

    def add_failure(self, failure: Failure) -> None:
        """Take a photo that could not be inspected."""
        self._tally.add_failure(failure)

    @property
    def figures(self) -> Summary:
        """The figures so far."""
        return self._tally.summary()

    def text(self) -> str:
        """Write the table of the widest cracks and the totals."""
        return "\n".join(self._lines()).replace(_THIN, " ")

    def _lines(self) -> Iterator[str]:
        summary = self.figures
        if self._widest:
            shown = [
                inspection
                for _, _, inspection in sorted(self._widest, key=lambda entry: entry[:2], reverse=True)
            ]
            header = ["photo", "cracks", "coverage", "total length", "max width"]
            yield text_table(header, [_row(each, summary.unit) for each in shown], right=header[2:])
            if summary.cracked > len(shown):
                yield f"… and {summary.cracked - len(shown):,} more photos with cracks"
            yield ""
        failed = f"; {summary.failed:,} failed" if summary.failed else ""
        yield (
            f"{_count(summary.inspected, 'photo')} inspected: {summary.cracked:,} with cracks, "
            f"{summary.crack_free:,} crack-free{failed}."
        )
        if summary.longest is not None and summary.widest is not None:
            longest = _named(length_text(summary.longest.value, summary.unit), summary.longest)
            widest = _named(width_text(summary.widest.value, summary.unit), summary.widest)
            yield f"{_count(summary.cracks, 'crack')}: longest {longest}, widest {widest}."


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
        f"{100 * inspection.coverage:.2f} %",
        length_text(length, unit),
        width_text(width, unit),
    ]


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _named(figure: str, extreme: Extreme) -> str:
    return f"{figure} ({extreme.photo}, crack {extreme.number})"
