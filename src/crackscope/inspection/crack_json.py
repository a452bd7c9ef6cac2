"""One crack as a JSON document and back, without loss."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from crackscope.errors import CrackscopeError
from crackscope.imaging.box import Box
from crackscope.imaging.rle import RunLengthMask
from crackscope.inspection.document_fields import DocumentFields
from crackscope.inspection.inspection import MASK, PHOTO, Crack, PhotoRecord
from crackscope.measurement.severity import Severity

_OPTIONAL_MM = ("length_mm", "mean_width_mm", "median_width_mm", "p95_width_mm", "max_width_mm")
_SIGMAS = (
    "length_sigma_px",
    "mean_width_sigma_px",
    "median_width_sigma_px",
    "p95_width_sigma_px",
    "max_width_sigma_px",
)
_SIGMAS_MM = (
    "length_sigma_mm",
    "mean_width_sigma_mm",
    "median_width_sigma_mm",
    "p95_width_sigma_mm",
    "max_width_sigma_mm",
)


def crack_to_document(crack: Crack) -> dict[str, Any]:
    """Turn a crack into plain dicts, lists, numbers and strings."""
    document: dict[str, Any] = {
        "number": crack.number,
        "box": asdict(crack.box),
        "area_px": crack.area_px,
        "length_px": crack.length_px,
        "mean_width_px": crack.mean_width_px,
        "median_width_px": crack.median_width_px,
        "p95_width_px": crack.p95_width_px,
        "max_width_px": crack.max_width_px,
        "max_width_at": list(crack.max_width_at),
        "orientation_deg": crack.orientation_deg,
        "mean_probability": crack.mean_probability,
        "peak_probability": crack.peak_probability,
    }
    document |= {name: getattr(crack, name) for name in (*_OPTIONAL_MM, *_SIGMAS, *_SIGMAS_MM)}
    document["severity"] = None if crack.severity is None else asdict(crack.severity)
    document["width_source"] = crack.width_source
    document["mask_mean_width_px"] = crack.mask_mean_width_px
    document["notes"] = list(crack.notes)
    document |= {name: getattr(crack, name) for name in ("pattern", "branches", "junctions", "tortuosity")}
    document["orientation_histogram"] = list(crack.orientation_histogram)
    document["widths"] = [list(each) for each in crack.widths]
    document["centreline"] = [[list(point) for point in line] for line in crack.centreline]
    document["mask"] = crack.mask.to_coco()
    return document


def crack_from_document(fields: DocumentFields, photo: PhotoRecord) -> Crack:
    """Read a crack of a photo, checking every field.

    Raises
    ------
    CrackscopeError
        If a field is missing, of the wrong kind or out of range, or reaches beyond the photo.
    """
    mm = {name: fields.optional_number(name) for name in _OPTIONAL_MM}
    return Crack(
        number=fields.integer("number", least=1),
        box=_box(fields.inner("box"), photo),
        mask=_mask(fields, photo),
        area_px=fields.integer("area_px", least=1),
        length_px=fields.number("length_px", least=0.0),
        mean_width_px=fields.number("mean_width_px", least=0.0),
        median_width_px=fields.number("median_width_px", least=0.0),
        p95_width_px=fields.number("p95_width_px", least=0.0),
        max_width_px=fields.number("max_width_px", least=0.0),
        max_width_at=fields.point("max_width_at"),
        orientation_deg=fields.number("orientation_deg", least=0.0, most=180.0),
        mean_probability=fields.number("mean_probability", least=0.0, most=1.0),
        peak_probability=fields.number("peak_probability", least=0.0, most=1.0),
        centreline=fields.polylines("centreline"),
        length_mm=mm["length_mm"],
        mean_width_mm=mm["mean_width_mm"],
        median_width_mm=mm["median_width_mm"],
        p95_width_mm=mm["p95_width_mm"],
        max_width_mm=mm["max_width_mm"],
        **{name: fields.optional_number(name, least=0.0) for name in (*_SIGMAS, *_SIGMAS_MM)},
        width_source=_width_source(fields),
        mask_mean_width_px=fields.optional_number("mask_mean_width_px", least=0.0),
        widths=fields.triples("widths"),
        severity=_severity(fields.optional_inner("severity")),
        notes=fields.texts("notes") if "notes" in fields.names() else (),
        pattern=fields.optional_text("pattern"),
        branches=fields.optional_integer("branches", least=0),
        junctions=fields.optional_integer("junctions", least=0),
        tortuosity=fields.optional_number("tortuosity", least=1.0),
        orientation_histogram=fields.optional_numbers("orientation_histogram"),
    )


def _severity(fields: DocumentFields | None) -> Severity | None:
    if fields is None:
        return None
    return Severity(
        name=fields.text("name"),
        possible=fields.texts("possible"),
        low_mm=fields.number("low_mm", least=0.0),
        high_mm=fields.number("high_mm", least=0.0),
        text=fields.text("text"),
    )


def _width_source(fields: DocumentFields) -> str:
    source = fields.optional_text("width_source") or MASK
    if source not in (PHOTO, MASK):
        raise CrackscopeError(f"{fields.where}.width_source: must be {PHOTO} or {MASK}, is {source!r}.")
    return source


def _box(fields: DocumentFields, photo: PhotoRecord) -> Box:
    box = Box(
        row=fields.integer("row", least=0),
        column=fields.integer("column", least=0),
        height=fields.integer("height", least=1),
        width=fields.integer("width", least=1),
    )
    if box.row + box.height > photo.height_px or box.column + box.width > photo.width_px:
        raise CrackscopeError(
            f"{fields.where}: reaches beyond the {photo.width_px}×{photo.height_px} photo; inspect it again."
        )
    return box


def _mask(fields: DocumentFields, photo: PhotoRecord) -> RunLengthMask:
    try:
        mask = RunLengthMask.from_coco(fields.mapping("mask"))
    except ValueError as error:
        raise CrackscopeError(f"{fields.where}.mask: {error}; inspect the photo again.") from error
    if (mask.height, mask.width) != (photo.height_px, photo.width_px):
        raise CrackscopeError(
            f"{fields.where}.mask: is {mask.width}×{mask.height} px, "
            f"the photo {photo.width_px}×{photo.height_px} px; inspect it again."
        )
    return mask
