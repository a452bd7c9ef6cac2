"""An Inspection as a JSON document and back, without loss."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from crackscope.errors import CrackscopeError
from crackscope.imaging.box import Box
from crackscope.imaging.rle import RunLengthMask
from crackscope.inspection.document_fields import DocumentFields
from crackscope.inspection.inspection import (
    CRACK,
    NO_CRACK,
    SCHEMA_VERSION,
    Crack,
    Inspection,
    ModelRecord,
    PhotoRecord,
)

_OPTIONAL_MM = ("length_mm", "mean_width_mm", "median_width_mm", "p95_width_mm", "max_width_mm")


def to_document(inspection: Inspection) -> dict[str, Any]:
    """Turn an Inspection into plain dicts, lists, numbers and strings.

    Parameters
    ----------
    inspection : Inspection

    Returns
    -------
    dict
        Ready for `json.dumps`. Masks are COCO run-length strings of the whole photo's size, boxes
        ``{"row", "column", "height", "width"}``. What is not known is absent or null.

    Examples
    --------
    >>> photo = PhotoRecord(name="wall.jpg", height_px=2, width_px=3)
    >>> model = ModelRecord(name="m", sha256="0", precision="fp32", threshold=0.5, engine="openvino")
    >>> nothing = Inspection(photo, model, verdict=NO_CRACK, coverage=0.0, cracks=())
    >>> from_document(to_document(nothing)) == nothing
    True
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "photo": asdict(inspection.photo),
        "verdict": inspection.verdict,
        "coverage": inspection.coverage,
        "scale_mm_per_px": inspection.scale_mm_per_px,
        "cracks": [_crack_document(crack) for crack in inspection.cracks],
        "model": asdict(inspection.model),
        "timings_ms": dict(inspection.timings_ms),
        "crackscope_version": inspection.crackscope_version,
    }


def from_document(document: Mapping[str, Any]) -> Inspection:
    """Read an Inspection from its JSON document, checking every field.

    Parameters
    ----------
    document : mapping
        As `to_document` makes it. Keys it does not know are passed over.

    Returns
    -------
    Inspection

    Raises
    ------
    CrackscopeError
        If a field is missing, of the wrong kind or out of range, or the schema is newer than this one.
    """
    fields = DocumentFields(document, "inspection")
    schema = fields.integer("schema_version", least=1)
    if schema > SCHEMA_VERSION:
        raise CrackscopeError(
            f"inspection: has schema {schema}, this crackscope reads up to {SCHEMA_VERSION}; upgrade it."
        )
    photo = _photo(fields.inner("photo"))
    verdict = fields.text("verdict")
    cracks = tuple(_crack(entry, photo) for entry in fields.inner_list("cracks"))
    if verdict != (CRACK if cracks else NO_CRACK):
        raise CrackscopeError(
            f"inspection.verdict: is {verdict!r} beside {len(cracks)} cracks; inspect the photo again."
        )
    timings = fields.inner("timings_ms")
    return Inspection(
        photo=photo,
        model=_model(fields.inner("model")),
        verdict=verdict,
        coverage=fields.number("coverage", least=0.0, most=1.0),
        cracks=cracks,
        scale_mm_per_px=fields.optional_number("scale_mm_per_px"),
        timings_ms={step: timings.number(step) for step in timings.names()},
        crackscope_version=fields.text("crackscope_version"),
    )


def to_line(inspection: Inspection) -> bytes:
    """Write an Inspection as one line of JSON, ASCII, ending in a newline."""
    return document_line(to_document(inspection))


def document_line(document: Mapping[str, Any]) -> bytes:
    """Write any document as one line of JSON.

    ASCII with escapes, because a photo's name may hold bytes that are no text on this file system, and they
    must come back as they were.

    Raises
    ------
    ValueError
        If a number is not finite; JSON has no word for it.
    """
    return json.dumps(document, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"


def _crack_document(crack: Crack) -> dict[str, Any]:
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
    document |= {name: getattr(crack, name) for name in _OPTIONAL_MM}
    document["centreline"] = [[list(point) for point in line] for line in crack.centreline]
    document["mask"] = crack.mask.to_coco()
    return document


def _photo(fields: DocumentFields) -> PhotoRecord:
    return PhotoRecord(
        name=fields.text("name"),
        height_px=fields.integer("height_px", least=1),
        width_px=fields.integer("width_px", least=1),
        sha256=fields.optional_text("sha256"),
        taken_at=fields.optional_text("taken_at"),
        camera=fields.optional_text("camera"),
        focal_length_mm=fields.optional_number("focal_length_mm"),
        latitude_deg=fields.optional_number("latitude_deg"),
        longitude_deg=fields.optional_number("longitude_deg"),
        altitude_m=fields.optional_number("altitude_m"),
    )


def _model(fields: DocumentFields) -> ModelRecord:
    return ModelRecord(
        name=fields.text("name"),
        sha256=fields.text("sha256"),
        precision=fields.text("precision"),
        threshold=fields.number("threshold", least=0.0, most=1.0),
        engine=fields.text("engine"),
    )


def _crack(fields: DocumentFields, photo: PhotoRecord) -> Crack:
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
    )


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
