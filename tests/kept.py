"""Inspections to keep in a store, and a process that keeps many."""

from crackscope.imaging.box import Box
from crackscope.imaging.rle import RunLengthMask
from crackscope.inspection.inspection import CRACK, NO_CRACK, Crack, Inspection, ModelRecord, PhotoRecord
from crackscope.measurement.severity import Severity

MODEL = ModelRecord(name="dark", sha256="ab" * 32, precision="fp32", threshold=0.5, engine="openvino")
EXCEEDS = Severity("exceeds", ("exceeds",), 0.4, 0.5, "exceeds 0.30 mm")
WITHIN = Severity("within", ("within",), 0.1, 0.2, "within 0.30 mm")


def a_crack(number=1, *, length_px=20.0, width_px=2.0, scale=None, severity=None):
    return Crack(
        number=number,
        box=Box(row=number, column=2, height=1, width=5),
        mask=RunLengthMask.from_pixels([number] * 5, [2, 3, 4, 5, 6], height=30, width=40),
        area_px=5,
        length_px=length_px,
        mean_width_px=width_px,
        median_width_px=width_px,
        p95_width_px=width_px,
        max_width_px=width_px,
        max_width_at=(float(number), 3.0),
        orientation_deg=0.0,
        mean_probability=0.9,
        peak_probability=0.95,
        centreline=(((float(number), 2.0), (float(number), 6.0)),),
        length_mm=None if scale is None else length_px * scale,
        max_width_mm=None if scale is None else width_px * scale,
        severity=severity,
    )


def an_inspection(name="wall.jpg", *, cracks=(), scale=None):
    return Inspection(
        photo=PhotoRecord(name=name, height_px=30, width_px=40, taken_at="2026-03-01T10:00:00"),
        model=MODEL,
        verdict=CRACK if cracks else NO_CRACK,
        coverage=0.01 if cracks else 0.0,
        cracks=tuple(cracks),
        scale_mm_per_px=scale,
        crackscope_version="1.0",
    )


def keep(store, inspection=None, *, photo=b"photo", asset=None, owner=None, **further):
    return store.add(
        inspection or an_inspection(),
        photo=photo,
        media_type=None if photo is None else "image/jpeg",
        asset=asset,
        owner=owner,
        **further,
    )


def keep_many(url, blobs, run, said):
    """Add inspections until killed, saying each id that was acknowledged."""
    from crackscope.serving.store import Store

    store = Store.open(url, blobs)
    number = 0
    while True:
        number += 1
        # Every third photo is one that other processes keep, and delete, too.
        photo = b"shared" if number % 3 == 0 else f"{run} {number}".encode() * 5000
        stored = keep(store, an_inspection(f"{run}-{number}.jpg"), photo=photo)
        said.send_bytes(stored.id.encode())
        if number % 6 == 0:
            extra = keep(store, an_inspection("gone.jpg"), photo=b"shared")
            store.delete(extra.id, owner=None)
