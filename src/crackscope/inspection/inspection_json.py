"""An Inspection as a JSON document and back, without loss."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from crackscope.errors import CrackscopeError
from crackscope.inspection.crack_json import crack_from_document, crack_to_document
from crackscope.inspection.document_fields import DocumentFields
from crackscope.inspection.inspection import (
    CRACK,
    NO_CRACK,
    SCHEMA_VERSION,
    Inspection,
    ModelRecord,
    PhotoRecord,
    Screening,
)


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
        "probability": inspection.probability,
        "screening": _screening_document(inspection.screening),
        "scale_mm_per_px": inspection.scale_mm_per_px,
        "scale_sigma_mm_per_px": inspection.scale_sigma_mm_per_px,
        "scale_origin": inspection.scale_origin,
        "scale_remark": inspection.scale_remark,
        "wall_from_photo": None if inspection.wall_from_photo is None else list(inspection.wall_from_photo),
        "density_m_per_m2": inspection.density_m_per_m2,
        "spacing_mm": inspection.spacing_mm,
        "rule": inspection.rule,
        "cracks": [crack_to_document(crack) for crack in inspection.cracks],
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
    screening = fields.optional_inner("screening")
    timings = fields.inner("timings_ms")
    inspection = Inspection(
        photo=photo,
        model=_model(fields.inner("model")),
        verdict=fields.text("verdict"),
        coverage=fields.number_or_null("coverage", least=0.0, most=1.0),
        cracks=tuple(crack_from_document(entry, photo) for entry in fields.inner_list("cracks")),
        scale_mm_per_px=fields.optional_number("scale_mm_per_px"),
        scale_sigma_mm_per_px=fields.optional_number("scale_sigma_mm_per_px", least=0.0),
        rule=fields.optional_text("rule"),
        scale_origin=fields.optional_text("scale_origin"),
        scale_remark=fields.optional_text("scale_remark"),
        wall_from_photo=fields.optional_numbers("wall_from_photo", count=9) or None,
        density_m_per_m2=fields.optional_number("density_m_per_m2", least=0.0),
        spacing_mm=fields.optional_number("spacing_mm", least=0.0),
        timings_ms={step: timings.number(step) for step in timings.names()},
        crackscope_version=fields.text("crackscope_version"),
        probability=fields.optional_number("probability", least=0.0, most=1.0),
        screening=None if screening is None else _screening(screening),
    )
    _require_agreement(inspection)
    return inspection


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


def _require_agreement(inspection: Inspection) -> None:
    """Refuse a verdict that does not follow from what stands beside it."""
    cracks, probability = len(inspection.cracks), inspection.probability
    beside = f"{cracks} cracks"
    if inspection.is_screened_out:
        is_cracked, beside = False, "a screening that found the photo crack-free"
    elif inspection.coverage is not None:
        is_cracked = cracks > 0
    elif probability is not None and not cracks:
        is_cracked = probability >= inspection.model.threshold
        beside = f"a probability of {probability:.3g} at threshold {inspection.model.threshold:.3g}"
    else:
        raise CrackscopeError(
            f"inspection.coverage: is null beside {beside} and "
            f"{'no' if probability is None else 'a'} probability; inspect the photo again."
        )
    if inspection.verdict != (CRACK if is_cracked else NO_CRACK) or (cracks > 0) > is_cracked:
        raise CrackscopeError(
            f"inspection.verdict: is {inspection.verdict!r} beside {beside}; inspect the photo again."
        )


def _screening_document(screening: Screening | None) -> dict[str, Any] | None:
    return None if screening is None else {**asdict(screening), "passed": screening.passed}


def _screening(fields: DocumentFields) -> Screening:
    return Screening(
        model=_model(fields.inner("model")),
        probability=fields.number("probability", least=0.0, most=1.0),
        sure_below=fields.number("sure_below", least=0.0, most=1.0),
    )


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
        heading_deg=fields.optional_number("heading_deg", least=0.0, most=360.0),
        position_error_m=fields.optional_number("position_error_m", least=0.0),
    )


def _model(fields: DocumentFields) -> ModelRecord:
    return ModelRecord(
        name=fields.text("name"),
        sha256=fields.text("sha256"),
        precision=fields.text("precision"),
        threshold=fields.number("threshold", least=0.0, most=1.0),
        engine=fields.text("engine"),
    )
