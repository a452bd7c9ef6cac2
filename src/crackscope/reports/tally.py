"""The summary figures of a survey, gathered photo by photo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from crackscope.inspection.inspection import CRACK, SCALE_UNSURE, Crack, Inspection, ModelRecord
from crackscope.inspection.records import Failure
from crackscope.reports.scales import Scales, ScaleTally

Unit: TypeAlias = Literal["px", "mm"]


@dataclass(frozen=True, slots=True)
class Extreme:
    """A crack that stands out, and where it is.

    Parameters
    ----------
    value : float
        Length or width, in the unit of the summary.
    photo : str
    number : int
        Of the crack in its photo.
    """

    value: float
    photo: str
    number: int


@dataclass(frozen=True, slots=True)
class Screener:
    """A classifier that looked first, and the probability below which it spared the main model the look."""

    model: ModelRecord
    sure_below: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What a whole survey found.

    Parameters
    ----------
    inspected, cracked, failed : int
        Photos.
    cracks : int
        In all photos.
    unit : str
        ``"mm"`` if there is a scale and every crack has its figures in mm, else ``"px"``: never some of the
        cracks in one and some in the other. Photos without cracks need no scale.
    longest, widest : Extreme, optional
        By length, and by maximum width; None where there are no cracks.
    total_length : float
        Of all cracks, in `unit`.
    models : tuple of ModelRecord
        That looked; more than one only if a survey was put together by hand.
    scales : Scales
        Of all photos.
    unsure_of_scale : int
        Cracks without figures in mm in photos that have a scale, because it is not sure where they are.
    first_taken, last_taken : str, optional
        EXIF times, ISO 8601.
    not_located : int
        Photos of a verdict `CRACK` whose model, a classifier, does not say where.
    classified : int
        Photos that only a classifier looked at, as the main model.
    screened_out : int
        Photos that a classifier found crack-free before the main model was asked.
    screeners : tuple of Screener
        That looked first, at most `MANY`.
    rules : tuple of str
        By which cracks were judged, at most `MANY`.
    severities : mapping of str to int
        Cracks by what the rule says of them, ``"within or exceeds"`` where the width's interval reaches over
        a limit; at most `MANY` kinds.
    """

    inspected: int
    cracked: int
    failed: int
    cracks: int
    unit: Unit
    longest: Extreme | None
    widest: Extreme | None
    total_length: float
    models: tuple[ModelRecord, ...]
    scales: Scales
    first_taken: str | None
    last_taken: str | None
    unsure_of_scale: int = 0
    not_located: int = 0
    classified: int = 0
    screened_out: int = 0
    screeners: tuple[Screener, ...] = ()
    rules: tuple[str, ...] = ()
    severities: Mapping[str, int] = field(default_factory=dict)

    @property
    def tells_places(self) -> bool:
        """Whether any photo was looked at by a model that says where cracks are, and not only whether."""
        return self.classified < self.inspected or self.inspected == 0

    @property
    def crack_free(self) -> int:
        """Photos inspected without finding a crack."""
        return self.inspected - self.cracked


MANY = 8
"""Different models or rules of one survey that are told apart."""


class Tally:
    """Counts what passes by; memory does not grow.

    Examples
    --------
    >>> Tally().summary().inspected
    0
    """

    def __init__(self) -> None:
        self._inspected = 0
        self._cracked = 0
        self._failed = 0
        self._cracks = 0
        self._not_located = 0
        self._classified = 0
        self._screened_out = 0
        self._screeners: dict[Screener, None] = {}
        self._rules: dict[str, None] = {}
        self._severities: dict[str, int] = {}
        self._unsure_of_scale = 0
        self._all_in_mm = True
        self._px = _Totals()
        self._mm = _Totals()
        self._models: dict[ModelRecord, None] = {}
        self._scales = ScaleTally()
        self._first_taken: str | None = None
        self._last_taken: str | None = None

    def add(self, inspection: Inspection) -> None:
        """Count an inspected photo."""
        self._inspected += 1
        self._cracked += inspection.verdict == CRACK
        self._cracks += len(inspection.cracks)
        self._not_located += not inspection.is_located
        self._classified += inspection.coverage is None
        self._screened_out += inspection.is_screened_out
        screening = inspection.screening
        if screening is not None and len(self._screeners) < MANY:
            self._screeners[Screener(screening.model, screening.sure_below)] = None
        self._scales.add(inspection)
        if len(self._models) < MANY:
            self._models[inspection.model] = None
        if inspection.rule is not None and len(self._rules) < MANY:
            self._rules[inspection.rule] = None
        for crack in inspection.cracks:
            self._judge(crack)
            self._unsure_of_scale += SCALE_UNSURE in crack.notes
            self._px.add(inspection.photo.name, crack.number, crack.length_px, crack.max_width_px)
            if crack.length_mm is None or crack.max_width_mm is None:
                self._all_in_mm = False
            else:
                self._mm.add(inspection.photo.name, crack.number, crack.length_mm, crack.max_width_mm)
        taken = inspection.photo.taken_at
        if taken is not None:
            self._first_taken = min(taken, self._first_taken or taken)
            self._last_taken = max(taken, self._last_taken or taken)

    def _judge(self, crack: Crack) -> None:
        if crack.severity is not None:
            kind = crack.severity.possible_words
            if kind in self._severities or len(self._severities) < MANY:
                self._severities[kind] = self._severities.get(kind, 0) + 1

    def add_failure(self, failure: Failure) -> None:
        """Count a photo that could not be inspected."""
        self._failed += 1

    @property
    def is_empty(self) -> bool:
        """Whether no inspected photo was counted yet."""
        return self._inspected == 0

    def summary(self) -> Summary:
        """Return the figures so far."""
        scales = self._scales.scales()
        unit: Unit = "mm" if self._all_in_mm and scales.least is not None else "px"
        totals = self._mm if unit == "mm" else self._px
        return Summary(
            inspected=self._inspected,
            cracked=self._cracked,
            failed=self._failed,
            cracks=self._cracks,
            unit=unit,
            longest=totals.longest,
            widest=totals.widest,
            total_length=totals.length,
            models=tuple(self._models),
            scales=scales,
            first_taken=self._first_taken,
            last_taken=self._last_taken,
            unsure_of_scale=self._unsure_of_scale,
            not_located=self._not_located,
            classified=self._classified,
            screened_out=self._screened_out,
            screeners=tuple(self._screeners),
            rules=tuple(self._rules),
            severities=dict(self._severities),
        )


class _Totals:
    """Length and extremes in one unit."""

    def __init__(self) -> None:
        self.length = 0.0
        self.longest: Extreme | None = None
        self.widest: Extreme | None = None

    def add(self, photo: str, number: int, length: float, width: float) -> None:
        self.length += length
        if self.longest is None or length > self.longest.value:
            self.longest = Extreme(length, photo, number)
        if self.widest is None or width > self.widest.value:
            self.widest = Extreme(width, photo, number)
