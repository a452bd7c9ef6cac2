"""The pipeline for one photo: probability, regions, measures, Inspection."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from crackscope.engine.model_file import DEFAULT_MODEL, ModelFile
from crackscope.engine.segmentation import Segmenter
from crackscope.engine.session import DEFAULT_ENGINE
from crackscope.errors import CrackscopeError
from crackscope.imaging.arrays import RgbPixels
from crackscope.imaging.photo import Photo
from crackscope.inspection.inspection import (
    CRACK,
    NO_CRACK,
    Crack,
    Inspection,
    ModelRecord,
    PhotoRecord,
)
from crackscope.measurement.filter import keep
from crackscope.measurement.measure import measure
from crackscope.measurement.region import Region
from crackscope.measurement.regions import RegionAssembler
from crackscope.version import __version__


@dataclass(frozen=True, slots=True)
class Sighting:
    """A photo that was looked at and whose cracks are not measured yet; it no longer holds the pixels.

    Parameters
    ----------
    photo : PhotoRecord
    regions : tuple of Region
        Every connected group of crack pixels, before the model's crack filter.
    timings_ms : dict
        So far.
    """

    photo: PhotoRecord
    regions: tuple[Region, ...]
    timings_ms: dict[str, float] = field(default_factory=dict)


class Inspector:
    """Looks at photos with one model.

    Parameters
    ----------
    model : str, Path or ModelFile, optional
        A shipped model's name or a model file; the default model where none is given.
    engine : str
        ``"openvino"`` or ``"onnxruntime"``.
    threads : int, optional
        For prediction; the engine's choice where none is given.
    threshold : float, optional
        Crack where the probability is at least this; the model's own, frozen on validation pictures, where
        none is given.

    Raises
    ------
    CrackscopeError
        If the threshold is not between 0 and 1, the model file cannot be used or its task is not ``segment``,
        or the engine is not installed.
    ValueError
        If there is no such engine, or `threads` is below 1.

    Notes
    -----
    Memory beyond the decoded photo grows with its width and with the pixels of its cracks, not its height.
    `find` is for one thread at a time; `describe` for any number.

    Examples
    --------
    ::

        inspection = Inspector().inspect("wall.jpg", scale_mm_per_px=0.2)
        inspection.verdict, inspection.cracks[0].max_width_mm
    """

    def __init__(
        self,
        model: str | Path | ModelFile | None = None,
        *,
        engine: str = DEFAULT_ENGINE,
        threads: int | None = None,
        threshold: float | None = None,
    ) -> None:
        if threshold is not None:
            check_threshold(threshold)
        if not isinstance(model, ModelFile):
            model = ModelFile.open(DEFAULT_MODEL if model is None else model)
        card = model.card
        self.model_file = model
        self.threshold = float(card.threshold if threshold is None else threshold)
        self._filter = card.crack_filter
        self._segmenter = Segmenter(model, engine=engine, threads=threads)
        self.model = ModelRecord(
            name=card.name,
            sha256=model.sha256,
            precision=card.precision,
            threshold=self.threshold,
            engine=self._segmenter.engine,
        )

    def inspect(
        self, photo: Photo | str | Path | RgbPixels, *, scale_mm_per_px: float | None = None
    ) -> Inspection:
        """Find and measure the cracks of one photo.

        Parameters
        ----------
        photo : Photo, str, Path or uint8 array of shape (H, W, 3)
            A path is decoded first; an array holds red, green, blue and is named ``array``.
        scale_mm_per_px : float, optional
            Size of a pixel on the surface; with it, lengths and widths are there in mm too.

        Returns
        -------
        Inspection

        Raises
        ------
        CrackscopeError
            If the photo cannot be read, or the scale is no finite number above 0.
        """
        if scale_mm_per_px is not None:
            check_scale(scale_mm_per_px)
        if isinstance(photo, str | Path):
            started = time.perf_counter()
            photo = Photo.open(photo)
            return self.describe(
                self.find(photo, decode_ms=_ms_since(started)), scale_mm_per_px=scale_mm_per_px
            )
        if not isinstance(photo, Photo):
            photo = Photo.from_array(photo, name="array")
        return self.describe(self.find(photo), scale_mm_per_px=scale_mm_per_px)

    def find(self, photo: Photo, *, decode_ms: float | None = None) -> Sighting:
        """Predict, and gather the connected crack pixels: the first half of `inspect`.

        Parameters
        ----------
        photo : Photo
        decode_ms : float, optional
            How long decoding took, to be reported among the timings.

        Returns
        -------
        Sighting
        """
        started = time.perf_counter()
        height, width = photo.pixels.shape[:2]
        assembler = RegionAssembler(height, width, self.threshold)
        for row0, strip in self._segmenter.strips(photo.pixels):
            assembler.add(row0, strip)
        regions = tuple(assembler.finish())
        timings = {} if decode_ms is None else {"decode": decode_ms}
        timings["predict"] = _ms_since(started)
        return Sighting(photo=_photo_record(photo), regions=regions, timings_ms=timings)

    def describe(self, sighting: Sighting, *, scale_mm_per_px: float | None = None) -> Inspection:
        """Filter and measure what was found: the second half of `inspect`.

        Parameters
        ----------
        sighting : Sighting
        scale_mm_per_px : float, optional
            As in `inspect`.

        Returns
        -------
        Inspection
        """
        started = time.perf_counter()
        kept = [
            region
            for region in sighting.regions
            if keep(
                region,
                min_length_px=self._filter.min_length_px,
                min_peak_probability=self._filter.min_peak_probability,
                min_mean_probability=self._filter.min_mean_probability,
            )
        ]
        cracks = _numbered([_crack(region, scale_mm_per_px) for region in kept])
        pixels = sighting.photo.height_px * sighting.photo.width_px
        return Inspection(
            photo=sighting.photo,
            model=self.model,
            verdict=CRACK if cracks else NO_CRACK,
            coverage=sum(crack.area_px for crack in cracks) / pixels,
            cracks=cracks,
            scale_mm_per_px=scale_mm_per_px,
            timings_ms={**sighting.timings_ms, "measure": _ms_since(started)},
            crackscope_version=__version__,
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


def check_scale(scale_mm_per_px: float) -> None:
    """Refuse a scale that is no finite number above 0.

    Raises
    ------
    CrackscopeError

    Examples
    --------
    >>> check_scale(0.2)
    """
    if not (math.isfinite(scale_mm_per_px) and scale_mm_per_px > 0.0):
        raise CrackscopeError(
            f"scale {scale_mm_per_px}: must be a finite number of mm per px above 0; "
            "measure something of known size in the photo, and divide its mm by its px."
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
    )


def _crack(region: Region, scale_mm_per_px: float | None) -> Crack:
    found = measure(region)
    mm = (
        {}
        if scale_mm_per_px is None
        else {
            "length_mm": found.length_px * scale_mm_per_px,
            "mean_width_mm": found.mean_width_px * scale_mm_per_px,
            "median_width_mm": found.median_width_px * scale_mm_per_px,
            "p95_width_mm": found.p95_width_px * scale_mm_per_px,
            "max_width_mm": found.max_width_px * scale_mm_per_px,
        }
    )
    return Crack(
        number=1,
        box=region.box,
        mask=region.mask,
        area_px=region.area_px,
        length_px=found.length_px,
        mean_width_px=found.mean_width_px,
        median_width_px=found.median_width_px,
        p95_width_px=found.p95_width_px,
        max_width_px=found.max_width_px,
        max_width_at=found.max_width_at,
        orientation_deg=found.orientation_deg,
        mean_probability=region.mean_probability,
        peak_probability=region.peak_probability,
        # 0.01 px is finer than any photo tells, and takes a third of the JSON that all digits would.
        centreline=tuple(
            tuple((round(row, 2), round(column, 2)) for row, column in line) for line in found.centreline
        ),
        **mm,
    )


def _numbered(cracks: list[Crack]) -> tuple[Crack, ...]:
    # Ties go by place, so that the order never depends on how the photo was cut into strips.
    ordered = sorted(
        cracks, key=lambda crack: (-crack.length_px, crack.box.row, crack.box.column, -crack.area_px)
    )
    return tuple(replace(crack, number=number) for number, crack in enumerate(ordered, start=1))


def _ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000.0, 3)
