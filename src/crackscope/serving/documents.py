"""What the service says of an inspection that it keeps."""

from __future__ import annotations

from typing import Any

from crackscope.inspection.inspection import Inspection
from crackscope.inspection.inspection_json import to_document
from crackscope.serving.store import Stored

PREFIX = "/v1/inspections"


def links_of(stored: Stored) -> dict[str, str]:
    """Where an inspection and its pictures are; without those that need the photo where it was not kept."""
    own = f"{PREFIX}/{stored.id}"
    links = {"self": own, "mask": f"{own}/mask"}
    if stored.photo_sha256 is not None:
        links |= {"photo": f"{own}/photo", "overlay": f"{own}/overlay"}
    return links


def full_document(inspection: Inspection, stored: Stored | None) -> dict[str, Any]:
    """The Inspection as JSON, with its id and links where it is kept."""
    document = to_document(inspection)
    if stored is None:
        return {"id": None, **document}
    return {
        "id": stored.id,
        "created_at": stored.created_at.isoformat(),
        "asset": stored.asset,
        "links": links_of(stored),
        **document,
    }


def short_document(stored: Stored) -> dict[str, Any]:
    """An inspection as a row of a list."""
    return {
        "id": stored.id,
        "created_at": stored.created_at.isoformat(),
        "asset": stored.asset,
        "photo": stored.photo_name,
        "taken_at": stored.taken_at,
        "verdict": stored.verdict,
        "coverage": stored.coverage,
        "cracks": stored.crack_count,
        "longest_px": stored.longest_px,
        "widest_px": stored.widest_px,
        "total_length_px": stored.total_length_px,
        "longest_mm": stored.longest_mm,
        "widest_mm": stored.widest_mm,
        "total_length_mm": stored.total_length_mm,
        "severity": stored.severity,
        "scale_mm_per_px": stored.scale_mm_per_px,
        "model": stored.model_name,
        "links": links_of(stored),
    }
