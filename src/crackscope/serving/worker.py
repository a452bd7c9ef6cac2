"""What a worker process does: it keeps inspectors, and takes one job after the other."""

from __future__ import annotations

import contextlib
import signal
from collections import OrderedDict
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Literal, TypeAlias

from crackscope.errors import CrackscopeError
from crackscope.imaging.arrays import RgbPixels
from crackscope.imaging.encode import jpeg_bytes, mask_png_bytes, png_bytes
from crackscope.imaging.photo import Photo
from crackscope.inspection.crack_mask import crack_mask
from crackscope.inspection.inspection import Inspection
from crackscope.inspection.inspector import Inspector
from crackscope.measurement.rule_file import choose_rule
from crackscope.measurement.scale import Scale
from crackscope.reports.overlays import draw_inspection

MOST_INSPECTORS = 4
PictureKind = Literal["overlay", "mask"]
MediaType = Literal["image/png", "image/jpeg"]


@dataclass(frozen=True, slots=True)
class InspectJob:
    """A photo to be inspected.

    Parameters
    ----------
    content : bytes
        Of the picture file.
    name : str
        As shown.
    model : str, optional
        One that the server offers.
    scale_mm_per_px, scale_sigma_mm_per_px : float, optional
    rule : str, optional
        ``RULE:CASE`` of a rule that comes with crackscope.
    picture : str, optional
        Media type of the overlay, if it is wanted at once.
    max_pixels : int
    """

    content: bytes = field(repr=False)
    name: str
    model: str | None = None
    scale_mm_per_px: float | None = None
    scale_sigma_mm_per_px: float | None = None
    rule: str | None = None
    picture: MediaType | None = None
    max_pixels: int = 100_000_000


@dataclass(frozen=True, slots=True)
class DrawJob:
    """A picture of an inspection to be drawn; the photo is needed for the overlay alone."""

    kind: PictureKind
    inspection: Inspection = field(repr=False)
    content: bytes | None = field(default=None, repr=False)
    media_type: MediaType = "image/png"
    max_pixels: int = 100_000_000


Job: TypeAlias = InspectJob | DrawJob


@dataclass(frozen=True, slots=True)
class Inspected:
    """What became of an `InspectJob`."""

    inspection: Inspection
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A job that could not be done, and why, in one sentence.

    Parameters
    ----------
    sentence : str
    kind : str
        Name of the error's class.
    is_defect : bool
        Whether it is the code's fault rather than the photo's.
    """

    sentence: str
    kind: str
    is_defect: bool = False


Outcome: TypeAlias = Inspected | bytes | Refused


def work(connection: Connection, model: str | None, engine: str, threads: int) -> None:
    """Take jobs from a connection until None comes or it is closed; the main function of a process.

    The first thing sent back is None when the default model is loaded, or a `Refused`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server says when to stop
    try:
        inspectors = _Inspectors(model, engine, threads)
        inspectors.get(None)
    except Exception as error:
        connection.send(_refusal(error))
        return
    connection.send(None)
    with contextlib.suppress(EOFError, OSError):
        while (job := connection.recv()) is not None:
            connection.send(_outcome(job, inspectors))


class _Inspectors:
    """Inspectors by model, the last few used."""

    def __init__(self, default: str | None, engine: str, threads: int) -> None:
        self._default, self._engine, self._threads = default, engine, threads
        self._ready: OrderedDict[str | None, Inspector] = OrderedDict()

    def get(self, model: str | None) -> Inspector:
        wanted = self._default if model is None else model
        if wanted not in self._ready:
            self._ready[wanted] = Inspector(wanted, engine=self._engine, threads=self._threads)
            if len(self._ready) > MOST_INSPECTORS:
                self._ready.popitem(last=False)
        self._ready.move_to_end(wanted)
        return self._ready[wanted]


def _outcome(job: Job, inspectors: _Inspectors) -> Outcome:
    try:
        return _inspected(job, inspectors) if isinstance(job, InspectJob) else _drawn(job)
    except Exception as error:
        return _refusal(error)


def _inspected(job: InspectJob, inspectors: _Inspectors) -> Inspected:
    scale = None
    if job.scale_mm_per_px is not None:
        scale = Scale(job.scale_mm_per_px, job.scale_sigma_mm_per_px or 0.0)
    rule = None if job.rule is None else choose_rule(job.rule)
    photo = Photo.from_bytes(job.content, name=job.name, max_pixels=job.max_pixels)
    inspection = inspectors.get(job.model).inspect(photo, scale=scale, rule=rule)
    if job.picture is None:
        return Inspected(inspection)
    return Inspected(inspection, _encoded(draw_inspection(photo.pixels, inspection).overlay, job.picture))


def _drawn(job: DrawJob) -> bytes:
    if job.kind == "overlay":
        if job.content is None:
            raise ValueError("an overlay is drawn on its photo")
        photo = Photo.from_bytes(job.content, max_pixels=job.max_pixels)
        return _encoded(draw_inspection(photo.pixels, job.inspection).overlay, job.media_type)
    return mask_png_bytes(crack_mask(job.inspection))


def _encoded(pixels: RgbPixels, media_type: MediaType) -> bytes:
    return jpeg_bytes(pixels) if media_type == "image/jpeg" else png_bytes(pixels)


def _refusal(error: Exception) -> Refused:
    if isinstance(error, CrackscopeError):
        return Refused(str(error), type(error).__name__)
    if isinstance(error, MemoryError):
        return Refused("the photo does not fit into the server's memory; send a smaller one.", "MemoryError")
    return Refused(" ".join(f"{type(error).__name__}: {error}".split()), type(error).__name__, is_defect=True)
