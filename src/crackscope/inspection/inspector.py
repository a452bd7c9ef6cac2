"""The pipeline for one photo: screened, seen, measured, written down as an Inspection."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from crackscope.engine.model_file import DEFAULT_MODEL, ModelFile
from crackscope.engine.session import DEFAULT_ENGINE
from crackscope.errors import CrackscopeError
from crackscope.imaging.arrays import GreyPixels, RgbPixels
from crackscope.imaging.colour import to_grey
from crackscope.imaging.photo import Photo
from crackscope.inspection.coverage import covered_px
from crackscope.inspection.eye import NOTHING, Seen
from crackscope.inspection.eyes import open_eye
from crackscope.inspection.inspection import (
    CRACK,
    NO_CRACK,
    Crack,
    Inspection,
    ModelRecord,
    PhotoRecord,
    Screening,
)
from crackscope.inspection.measured_cracks import measured_cracks
from crackscope.inspection.model_record import record_of
from crackscope.inspection.scale_source import NO_SCALE, AnyScale, FoundScale, ScaleSource, source_of
from crackscope.inspection.screen import Screen
from crackscope.inspection.spread import UNKNOWN, spread_of
from crackscope.inspection.uncovered import uncovered
from crackscope.measurement.severity import ChosenRule
from crackscope.measurement.shape import UP_DEG
from crackscope.measurement.wall_view import WallView
from crackscope.version import __version__


@dataclass(frozen=True, slots=True)
class Sighting:
    """A photo that was looked at and whose cracks are not measured yet.

    Parameters
    ----------
    photo : PhotoRecord
    seen : Seen
        By the main model; `NOTHING` where the screening spared it the look.
    screening : Screening, optional
        Where a classifier looked first.
    timings_ms : dict
        So far.
    grey : uint8 array, shape (H, W), optional
        The photo in shades of grey, a third of its size, where there is something to measure on it.
    scale : FoundScale
    """

    photo: PhotoRecord
    seen: Seen
    screening: Screening | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)
    grey: GreyPixels | None = field(default=None, repr=False, compare=False)
    scale: FoundScale = NO_SCALE


class Inspector:
    """Looks at photos with one model, which may be for any task, and perhaps with a classifier first.

    Parameters
    ----------
    model : str, Path or ModelFile, optional
        A shipped model's name or a model file; the default model where none is given. A segmentation model
        finds connected cracks, a detection model single ones, a classifier says only whether there are any.
    engine : str
        ``"openvino"`` or ``"onnxruntime"``.
    threads : int, optional
        For prediction; the engine's choice where none is given.
    threshold : float, optional
        Crack where the probability is at least this; the model's own, frozen on validation pictures, where
        none is given.
    screen : str, Path or ModelFile, optional
        A classifier that looks first: a photo whose probability is below the classifier's ``sure_below`` is
        crack-free without `model` being asked.

    Raises
    ------
    CrackscopeError
        If the threshold is not between 0 and 1, a model file cannot be used, `screen` cannot screen for
        `model`, or the engine is not installed.
    ValueError
        If there is no such engine, or `threads` is below 1.

    Notes
    -----
    Memory beyond the decoded photo grows with its width and with the pixels of its cracks, not its height.
    `find` is for one thread at a time; `describe` for any number.

    Examples
    --------
    ::

        inspection = Inspector().inspect("wall.jpg", scale=0.2)
        inspection.verdict, inspection.cracks[0].max_width_mm
    """

    def __init__(
        self,
        model: str | Path | ModelFile | None = None,
        *,
        engine: str = DEFAULT_ENGINE,
        threads: int | None = None,
        threshold: float | None = None,
        screen: str | Path | ModelFile | None = None,
    ) -> None:
        if threshold is not None:
            check_threshold(threshold)
        if not isinstance(model, ModelFile):
            model = ModelFile.open(DEFAULT_MODEL if model is None else model)
        card = model.card
        self.model_file = model
        self.threshold = float(card.threshold if threshold is None else threshold)
        self._screen = None if screen is None else Screen(screen, main=model, engine=engine, threads=threads)
        self._eye = open_eye(model, threshold=self.threshold, engine=engine, threads=threads)
        self.model = record_of(model, threshold=self.threshold, engine=self._eye.engine)

    @property
    def screen_file(self) -> ModelFile | None:
        """The model file of the classifier that looks first, if any."""
        return None if self._screen is None else self._screen.model_file

    @property
    def screen_model(self) -> ModelRecord | None:
        """The classifier that looks first, if any."""
        return None if self._screen is None else self._screen.model

    def inspect(
        self,
        photo: Photo | str | Path | RgbPixels,
        *,
        scale: AnyScale = None,
        rule: ChosenRule | None = None,
        axis_deg: float = UP_DEG,
    ) -> Inspection:
        """Find and measure the cracks of one photo.

        Parameters
        ----------
        photo : Photo, str, Path or uint8 array of shape (H, W, 3)
            A path is decoded first; an array holds red, green, blue and is named ``array``.
        scale : float, Scale or ScaleSource, optional
            Size of a pixel on the surface in mm; a `Scale` with its standard deviation, which adds to those
            of widths in mm; or where to take it from: `MarkerScale`, `CameraScale`, `ScaleTable`. With it,
            lengths and widths are there in mm too.
        rule : ChosenRule, optional
            Says how severe each crack is, where there is a scale; see `choose_rule`.
        axis_deg : float
            Direction of travel, or of the member, against which cracks are longitudinal or transverse: 0 is
            horizontal, counter-clockwise as seen.

        Returns
        -------
        Inspection

        Raises
        ------
        CrackscopeError
            If the photo cannot be read, or the scale is none; see `Scale`.
        """
        source, decode_ms = source_of(scale), None
        if isinstance(photo, str | Path):
            started = time.perf_counter()
            photo = Photo.open(photo)
            decode_ms = _ms_since(started)
        elif not isinstance(photo, Photo):
            photo = Photo.from_array(photo, name="array")
        sighting = self.find(photo, decode_ms=decode_ms, scale=source)
        return self.describe(sighting, rule=rule, axis_deg=axis_deg)

    def find(
        self, photo: Photo, *, decode_ms: float | None = None, scale: ScaleSource | None = None
    ) -> Sighting:
        """Screen, let the model look, and find the scale: the first half of `inspect`.

        Parameters
        ----------
        photo : Photo
        decode_ms : float, optional
            How long decoding took, to be reported among the timings.
        scale : ScaleSource, optional

        Returns
        -------
        Sighting
        """
        record = _photo_record(photo)
        timings = {} if decode_ms is None else {"decode": decode_ms}
        found = NO_SCALE
        if scale is not None:
            started = time.perf_counter()
            found = scale.find(photo)
            if found.origin != "given":
                timings["scale"] = _ms_since(started)
        screening = None
        if self._screen is not None:
            started = time.perf_counter()
            screening = self._screen.look(photo.pixels)
            timings["screen"] = _ms_since(started)
            if not screening.passed:
                return Sighting(record, NOTHING, screening, timings, scale=found)
        started = time.perf_counter()
        seen = self._eye.look(photo.pixels)
        timings["predict"] = _ms_since(started)
        grey = to_grey(photo.pixels) if seen.regions else None
        return Sighting(record, seen, screening, timings, grey, found)

    def describe(
        self, sighting: Sighting, *, rule: ChosenRule | None = None, axis_deg: float = UP_DEG
    ) -> Inspection:
        """Judge, filter and measure what was seen: the second half of `inspect`.

        Parameters
        ----------
        sighting : Sighting
        rule : ChosenRule, optional
        axis_deg : float
            See `inspect`.

        Returns
        -------
        Inspection
        """
        seen, screening, scale = sighting.seen, sighting.screening, sighting.scale.scale
        timings = dict(sighting.timings_ms)
        coverage: float | None = None
        cracks: tuple[Crack, ...] = ()
        spread = UNKNOWN
        if seen.regions is None:
            is_cracked = seen.probability is not None and seen.probability >= self.threshold
        else:
            started = time.perf_counter()
            card = self.model_file.card
            cracks = measured_cracks(
                uncovered(seen.regions, sighting.scale.covered),
                card.crack_filter,
                scale=scale,
                photo=sighting.grey,
                rule=rule,
                axis_deg=axis_deg,
            )
            pixels = sighting.photo.height_px * sighting.photo.width_px
            coverage = covered_px([crack.mask for crack in cracks]) / pixels
            is_cracked = bool(cracks)
            spread = spread_of(cracks, scale, sighting.photo)
            timings["measure"] = _ms_since(started)
        return Inspection(
            photo=sighting.photo,
            model=self.model,
            verdict=CRACK if is_cracked else NO_CRACK,
            coverage=coverage,
            cracks=cracks,
            scale_mm_per_px=None if scale is None else scale.mm_per_px,
            scale_sigma_mm_per_px=None if scale is None else scale.sigma_mm_per_px,
            scale_origin=sighting.scale.origin,
            scale_remark=sighting.scale.remark,
            wall_from_photo=None if not isinstance(scale, WallView) else scale.entries,
            **spread,
            timings_ms=timings,
            crackscope_version=__version__,
            probability=seen.probability if screening is None else screening.probability,
            screening=screening,
            rule=None if rule is None else rule.description,
        )


def check_threshold(threshold: float) -> None:
    """Refuse a threshold that is not between 0 and 1.

    Raises
    ------
    CrackscopeError

    Examples
    --------
    >>> check_threshold(0.4)
    """
    if not 0.0 < threshold < 1.0:  # not-a-number is refused too: it compares as False
        raise CrackscopeError(
            f"threshold {threshold}: must lie between 0 and 1, without the ends; "
            "leave it out to use the one frozen with the model."
        )


def _photo_record(photo: Photo) -> PhotoRecord:
    height, width = photo.pixels.shape[:2]
    return PhotoRecord(
        name=photo.name,
        height_px=height,
        width_px=width,
        sha256=photo.sha256,
        taken_at=photo.metadata.taken_at,
        camera=photo.metadata.camera,
        focal_length_mm=photo.metadata.focal_length_mm,
        latitude_deg=photo.metadata.latitude_deg,
        longitude_deg=photo.metadata.longitude_deg,
        altitude_m=photo.metadata.altitude_m,
        heading_deg=photo.metadata.heading_deg,
        position_error_m=photo.metadata.position_error_m,
    )


def _ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000.0, 3)
