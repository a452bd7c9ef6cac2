"""Many photos: overlapped, appended as they come, resumable after a kill."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from crackscope.imaging.folder import FoundPhoto
from crackscope.imaging.photo import MAX_PIXELS
from crackscope.inspection.inspection import Inspection
from crackscope.inspection.inspector import Inspector, Sighting
from crackscope.inspection.interrupt import StopRequest, stop_on_interrupt
from crackscope.inspection.records import Failure
from crackscope.inspection.scale_source import AnyScale, source_of
from crackscope.inspection.survey_log import SurveyLog
from crackscope.inspection.survey_settings import SurveySettings
from crackscope.inspection.survey_stages import DecodeAhead, Decoded, MeasureBehind, failure_of
from crackscope.measurement.severity import ChosenRule
from crackscope.measurement.shape import UP_DEG

AHEAD_BUDGET_PX = 120_000_000
"""Decoded pixels in memory at once, 360 MB, unless a single photo has more."""


@dataclass(frozen=True, slots=True)
class SurveyOutcome:
    """How a run of a survey went.

    Parameters
    ----------
    inspected : int
        Photos inspected in this run.
    cracked : int
        Of these, how many have a crack.
    failed : int
        Photos of this run that could not be inspected; ``failures.jsonl`` says why.
    skipped : int
        Photos that were done before: by an earlier run, or earlier in this one.
    interrupted : bool
        Whether Ctrl-C ended the run before its last photo.
    failed_earlier : int
        Photos that failed in the runs this one resumed.
    """

    inspected: int
    cracked: int
    failed: int
    skipped: int
    interrupted: bool
    failed_earlier: int = 0


class Survey:
    """Inspects many photos into a folder.

    The folder receives ``inspections.jsonl`` (an inspection per line, see `read_inspections`),
    ``failures.jsonl`` (``{"photo", "reason"}`` per line), both in the order of the photos, and
    ``survey.json`` (the settings). Decoding, prediction and measuring overlap. Memory does not grow with the
    number of photos, but for their names.

    Parameters
    ----------
    inspector : Inspector
    out_dir : str or Path
        Created where it is missing.
    resume : bool
        Go on where an earlier run into the same folder stopped; on an empty folder, begin.
    scale : float, Scale or ScaleSource, optional
        See `Inspector.inspect`.
    rule : ChosenRule, optional
        Says how severe each crack is.
    axis_deg : float
        See `Inspector.inspect`.
    max_pixels : int
        Larger photos fail before they are decoded.
    decode_threads : int

    Raises
    ------
    CrackscopeError
        If the scale is none; see `Scale`.

    Examples
    --------
    ::

        survey = Survey(Inspector(), "report", resume=True)
        outcome = survey.run(find_photos(["bridge/"]))
    """

    def __init__(
        self,
        inspector: Inspector,
        out_dir: str | Path,
        *,
        resume: bool = False,
        scale: AnyScale = None,
        rule: ChosenRule | None = None,
        axis_deg: float = UP_DEG,
        max_pixels: int = MAX_PIXELS,
        decode_threads: int = 2,
    ) -> None:
        self.inspector = inspector
        self.out_dir = Path(out_dir)
        self.resume = resume
        self.rule = rule
        self.axis_deg = axis_deg
        self.scale = source_of(scale)
        self.max_pixels = max_pixels
        self.decode_threads = max(1, decode_threads)

    def run(
        self,
        found_photos: Iterable[FoundPhoto],
        *,
        on_result: Callable[[Inspection | Failure], None] | None = None,
    ) -> SurveyOutcome:
        """Inspect the photos that were not done yet.

        A photo that fails, for whatever reason, is noted with the reason, and the others go on. Killed at any
        moment the run loses the photos in flight and no other; Ctrl-C finishes these and returns.

        Parameters
        ----------
        found_photos : iterable of FoundPhoto
            Photos are told apart by name.
        on_result : function, optional
            Called with each result after it was written, in order, in the calling thread.

        Returns
        -------
        SurveyOutcome

        Raises
        ------
        CrackscopeError
            If the folder has results and `resume` is False, was begun with another model, screen, threshold,
            scale, rule or axis, is in use by another survey, or cannot be written to. What was written before
            stays valid.
        """
        with ExitStack() as stack:
            log = stack.enter_context(SurveyLog(self.out_dir, self._settings(), resume=self.resume))
            todo = _NotDone(found_photos, log.done)
            stop = stack.enter_context(stop_on_interrupt())
            with MeasureBehind(self._describe, log) as behind:
                interrupted = self._predict_all(todo, behind, stop, on_result)
            if on_result is not None:
                for result in behind.results():
                    on_result(result)
        return SurveyOutcome(
            inspected=behind.inspected,
            cracked=behind.cracked,
            failed=behind.failed,
            skipped=todo.skipped,
            interrupted=interrupted,
            failed_earlier=log.failed_earlier,
        )

    def _predict_all(
        self,
        todo: _NotDone,
        behind: MeasureBehind,
        stop: StopRequest,
        on_result: Callable[[Inspection | Failure], None] | None,
    ) -> bool:
        """Predict one photo after the other; return whether a stop was asked for before the last."""
        ahead = DecodeAhead(
            iter(todo),
            max_pixels=self.max_pixels,
            threads=self.decode_threads,
            budget_px=AHEAD_BUDGET_PX,
        )
        with closing(ahead):
            while (item := ahead.next()) is not None:
                if stop.made:
                    return True
                found = self._found(item)
                del item  # the next photo is decoded without this one in memory
                behind.put(found)
                for result in behind.results():
                    if on_result is not None:
                        on_result(result)
        return False

    def _found(self, item: Decoded | Failure) -> Sighting | Failure:
        if isinstance(item, Failure):
            return item
        try:
            return self.inspector.find(item.photo, decode_ms=item.decode_ms, scale=self.scale)
        except Exception as error:
            return failure_of(item.photo.name, error)

    def _describe(self, sighting: Sighting) -> Inspection:
        return self.inspector.describe(sighting, rule=self.rule, axis_deg=self.axis_deg)

    def _settings(self) -> SurveySettings:
        screen = self.inspector.screen_model
        return SurveySettings(
            model_name=self.inspector.model.name,
            model_sha256=self.inspector.model.sha256,
            threshold=self.inspector.threshold,
            scale=None if self.scale is None else self.scale.description,
            axis_deg=self.axis_deg,
            screen_name=None if screen is None else screen.name,
            screen_sha256=None if screen is None else screen.sha256,
            rule=None if self.rule is None else self.rule.description,
        )


class _NotDone:
    """Passes on the photos whose names have not come up yet, and counts the others."""

    def __init__(self, found_photos: Iterable[FoundPhoto], done: set[str]) -> None:
        self._found_photos = found_photos
        self._seen = done
        self.skipped = 0

    def __iter__(self) -> Iterator[FoundPhoto]:
        for found in self._found_photos:
            if found.name in self._seen:
                self.skipped += 1
            else:
                self._seen.add(found.name)
                yield found
