"""What ``crackscope inspect`` shows on the terminal when it is done."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from crackscope.cli.table import text_table
from crackscope.inspection.inspection import Inspection
from crackscope.inspection.records import Failure
from crackscope.reports.figures import length_text, probability_text, share_text, width_text
from crackscope.reports.scales import Unscaled
from crackscope.reports.tally import Extreme, Summary, Tally

MOST_SHOWN = 10
_NO_MM = "there are no mm: "
_THIN = "\N{NARROW NO-BREAK SPACE}"


class TerminalSummary:
    """Keeps the figures of a survey and its foremost photos.

    These are the photos with the widest cracks or, of a classifier, those most probably cracked.
    """

    def __init__(self) -> None:
        self._tally = Tally()
        # Which unit the summary comes in is known at the end; widths in px and mm are never compared.
        self._foremost = _Foremost()
        self._foremost_mm = _Foremost()

    def add(self, inspection: Inspection) -> None:
        """Take an inspected photo."""
        self._tally.add(inspection)
        if inspection.cracks:
            self._foremost.add(max(crack.max_width_px for crack in inspection.cracks), inspection)
            self._foremost_mm.add(max(crack.max_width_mm or 0.0 for crack in inspection.cracks), inspection)
        elif not inspection.is_located:
            self._foremost.add(inspection.probability or 0.0, inspection)
            self._foremost_mm.add(inspection.probability or 0.0, inspection)

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
        shown = (self._foremost_mm if summary.unit == "mm" else self._foremost).inspections()
        if shown:
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
        if summary.tells_places:
            if summary.scales.unscaled is not None:
                yield _unscaled(summary.scales.unscaled)
            if summary.unsure_of_scale:
                cracks = _count(summary.unsure_of_scale, "crack")
                yield f"{cracks} without figures in mm, for the scale is too unsure there."


class _Foremost:
    """Keeps the inspections of highest rank, of equals the first."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Inspection]] = []
        self._seen = 0

    def add(self, rank: float, inspection: Inspection) -> None:
        self._seen += 1
        entry = (rank, -self._seen, inspection)
        if len(self._heap) < MOST_SHOWN:
            heapq.heappush(self._heap, entry)
        else:
            heapq.heappushpop(self._heap, entry)

    def inspections(self) -> list[Inspection]:
        """Return them, the foremost first."""
        return [each for _, _, each in sorted(self._heap, key=lambda entry: entry[:2], reverse=True)]


def _unscaled(unscaled: Unscaled) -> str:
    """Say how many photos have no mm, which, and why the first of them has none."""
    count, more = unscaled.photos, unscaled.photos - len(unscaled.names)
    names = f"{', '.join(unscaled.names)}{f' and {more:,} more' if more else ''}"
    with_cracks = f", {unscaled.cracked:,} of them with cracks" if count > 1 else ""
    others = f" Other reasons for {unscaled.otherwise:,} of them." if unscaled.otherwise else ""
    have = "has" if count == 1 else "have"
    remark = unscaled.remark.removeprefix(_NO_MM)
    return f"{_count(count, 'photo')} {have} no mm{with_cracks} ({names}): {remark}{others}"


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
