"""The one result of looking at one photo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crackscope.imaging.box import Box
from crackscope.imaging.rle import RunLengthMask
from crackscope.measurement.severity import Severity

SCHEMA_VERSION = 1
CRACK = "crack"
NO_CRACK = "no crack"
PHOTO, MASK = "photo", "mask"
CUT_OFF, WIDTHS_DISAGREE, SCALE_UNSURE, NO_LINE = "cut-off", "widths-disagree", "scale-unsure", "no-line"
NOTES = {
    CUT_OFF: "reaches the photo's border and may go on beyond it",
    WIDTHS_DISAGREE: "photo and mask disagree about its width",
    SCALE_UNSURE: "the scale is too unsure here for figures in mm",
    NO_LINE: "hardly longer than wide, so that it may be no crack, and its length says little",
}
"""What is worth knowing of a crack's measurement, for people."""


@dataclass(frozen=True, slots=True)
class PhotoRecord:
    """Which photo was inspected.

    Parameters
    ----------
    name : str
        As shown to people: the path relative to the folder asked for, with forward slashes.
    height_px, width_px : int
        After the EXIF orientation was applied.
    sha256 : str, optional
        Of the file's bytes.
    taken_at : str, optional
        EXIF time, ISO 8601, without zone where the camera gave none.
    camera : str, optional
    focal_length_mm : float, optional
    latitude_deg, longitude_deg, altitude_m : float, optional
        From EXIF GPS, WGS 84.
    heading_deg : float, optional
        Which way the camera looked, from north over east.
    position_error_m : float, optional
        Of latitude and longitude, as the receiver estimates it.
    """

    name: str
    height_px: int
    width_px: int
    sha256: str | None = None
    taken_at: str | None = None
    camera: str | None = None
    focal_length_mm: float | None = None
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    altitude_m: float | None = None
    heading_deg: float | None = None
    position_error_m: float | None = None


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """Which model looked, and how."""

    name: str
    sha256: str
    precision: str
    threshold: float
    engine: str


@dataclass(frozen=True, slots=True)
class Screening:
    """What a classifier said that looked first.

    Parameters
    ----------
    model : ModelRecord
    probability : float
        That the photo shows a crack, 0…1.
    sure_below : float
        A photo of smaller probability is surely crack-free.
    """

    model: ModelRecord
    probability: float
    sure_below: float

    @property
    def passed(self) -> bool:
        """Whether the main model was asked; if not, the photo is surely crack-free."""
        return self.probability >= self.sure_below


@dataclass(frozen=True, slots=True)
class Crack:
    """One crack of a photo: connected pixels, or what a detection model took for one crack.

    Lengths and widths in px are always there; those in mm where a scale is known. Rows and columns count from
    the photo's upper left pixel.

    Parameters
    ----------
    number : int
        From 1, longest first.
    box : Box
    mask : RunLengthMask
        Of the whole photo's size.
    area_px : int
    length_px : float
        Along the centreline, all branches.
    length_sigma_px, length_sigma_mm : float, optional
        Standard deviation, of the line that the mask shows.
    mean_width_px, median_width_px, p95_width_px, max_width_px : float
    mean_width_sigma_px, median_width_sigma_px, p95_width_sigma_px, max_width_sigma_px : float, optional
        Standard deviations: in two cases of three the true width is no further away.
    width_source : str
        ``"photo"`` if widths were measured on grey values, ``"mask"`` if only on the model's mask, which is
        far less sure.
    mask_mean_width_px : float, optional
        Mean width of the mask, as a check.
    widths : tuple of (row, column, width)
        Along the centreline, in px.
    max_width_at : (row, column)
        Where the crack is widest; on the wall, where it has figures in mm.
    orientation_deg : float
        Main direction, 0 = horizontal, counter-clockwise as seen, in [0, 180).
    mean_probability, peak_probability : float
        Over the crack's pixels; of a detection model both are the crack's score.
    centreline : tuple of polylines
        Each a tuple of (row, column) points.
    length_mm, mean_width_mm, median_width_mm, p95_width_mm, max_width_mm : float, optional
    mean_width_sigma_mm, median_width_sigma_mm, p95_width_sigma_mm, max_width_sigma_mm : float, optional
        With what the scale adds.
    notes : tuple of str
        Keys of `NOTES`.
    severity : Severity, optional
        By the inspection's rule, where there is one and the scale is known.
    pattern : str, optional
        ``"longitudinal"``, ``"transverse"``, ``"diagonal"``, ``"branched"`` or ``"map"``; see `crack_shape`.
    branches, junctions : int, optional
        Lines between ends and junctions, and places where three or more meet.
    tortuosity : float, optional
        Length of the longest way through the crack, from end to end, over the distance of its ends.
    orientation_histogram : tuple of 12 floats
        Share of length by direction, in steps of 15° from 0 on; empty where it is not known.
    """

    number: int
    box: Box
    mask: RunLengthMask
    area_px: int
    length_px: float
    mean_width_px: float
    median_width_px: float
    p95_width_px: float
    max_width_px: float
    max_width_at: tuple[float, float]
    orientation_deg: float
    mean_probability: float
    peak_probability: float
    centreline: tuple[tuple[tuple[float, float], ...], ...]
    length_mm: float | None = None
    mean_width_mm: float | None = None
    median_width_mm: float | None = None
    p95_width_mm: float | None = None
    max_width_mm: float | None = None
    mean_width_sigma_px: float | None = None
    median_width_sigma_px: float | None = None
    p95_width_sigma_px: float | None = None
    max_width_sigma_px: float | None = None
    width_source: str = MASK
    mask_mean_width_px: float | None = None
    widths: tuple[tuple[float, float, float], ...] = ()
    mean_width_sigma_mm: float | None = None
    median_width_sigma_mm: float | None = None
    p95_width_sigma_mm: float | None = None
    max_width_sigma_mm: float | None = None
    severity: Severity | None = None
    notes: tuple[str, ...] = ()
    pattern: str | None = None
    branches: int | None = None
    junctions: int | None = None
    tortuosity: float | None = None
    orientation_histogram: tuple[float, ...] = ()
    length_sigma_px: float | None = None
    length_sigma_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """What one look at one photo found.

    Parameters
    ----------
    photo : PhotoRecord
    model : ModelRecord
        The main model, also where a screening spared it the look.
    verdict : str
        `CRACK` or `NO_CRACK`.
    coverage : float, optional
        Crack pixels / all pixels, 0…1; None where the model is a classifier, which does not say where cracks
        are: then a verdict of `CRACK` comes without `cracks`.
    cracks : tuple of Crack
        Longest first.
    scale_mm_per_px, scale_sigma_mm_per_px : float, optional
        Size of a pixel on the surface, and its standard deviation; in an oblique photo, of its middle.
    timings_ms : mapping
        Milliseconds by step, of those that were taken: ``decode``, ``scale``, ``screen``, ``predict``,
        ``measure``.
    crackscope_version : str
    probability : float, optional
        That the photo shows a crack at all, 0…1, from a classifier, be it the main model or the one that
        screens; None where none looked.
    screening : Screening, optional
        Where a classifier looked first.
    rule : str, optional
        By which cracks were judged, see `ChosenRule.description`.
    scale_origin : str, optional
        Where the scale comes from: ``"given"``, ``"table"``, ``"markers"`` or ``"camera"``.
    scale_remark : str, optional
        Why there is no scale, where one was looked for.
    wall_from_photo : tuple of 9 floats, optional
        Of an oblique photo: the homography, row by row, from (column, row, 1) in px to mm on the wall.
    density_m_per_m2 : float, optional
        Length of cracks per area of the wall that the photo shows.
    spacing_mm : float, optional
        Mean distance between cracks, square to their main direction; None where there is none.
    """

    photo: PhotoRecord
    model: ModelRecord
    verdict: str
    coverage: float | None
    cracks: tuple[Crack, ...]
    scale_mm_per_px: float | None = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    crackscope_version: str = ""
    probability: float | None = None
    screening: Screening | None = None
    scale_sigma_mm_per_px: float | None = None
    rule: str | None = None
    scale_origin: str | None = None
    scale_remark: str | None = None
    wall_from_photo: tuple[float, ...] | None = None
    density_m_per_m2: float | None = None
    spacing_mm: float | None = None

    @property
    def is_screened_out(self) -> bool:
        """Whether a classifier was so sure that the photo is crack-free that the main model was not asked."""
        return self.screening is not None and not self.screening.passed

    @property
    def is_located(self) -> bool:
        """Whether it is known where the photo's cracks are, or that there are none."""
        return self.coverage is not None or self.verdict == NO_CRACK
