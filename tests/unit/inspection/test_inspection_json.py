import json
import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crackscope.errors import CrackscopeError
from crackscope.imaging.rle import RunLengthMask
from crackscope.inspection.inspection import (
    CRACK,
    NO_CRACK,
    Crack,
    Inspection,
    ModelRecord,
    PhotoRecord,
    Screening,
)
from crackscope.inspection.inspection_json import from_document, to_document, to_line
from crackscope.measurement.severity import Severity

MODEL = ModelRecord(name="dark", sha256="ab" * 32, precision="fp32", threshold=0.37, engine="openvino")
SCREEN = ModelRecord(name="first", sha256="cd" * 32, precision="int8", threshold=0.5, engine="openvino")
finite = st.floats(allow_nan=False, allow_infinity=False)
size = st.floats(0, 1e6)
share = st.floats(0, 1)


severities = st.builds(
    Severity,
    name=st.text(),
    possible=st.lists(st.text(), max_size=3).map(tuple),
    low_mm=size,
    high_mm=size,
    text=st.text(),
)


@st.composite
def cracks(draw, height, width):
    pixels = draw(st.lists(st.tuples(st.integers(0, height - 1), st.integers(0, width - 1)), min_size=1))
    rows, columns = np.array(pixels).T
    mask = RunLengthMask.from_pixels(rows, columns, height=height, width=width)
    box = mask.bounding_box()
    assert box is not None
    point = st.tuples(finite, finite)
    line = st.lists(point, min_size=2, max_size=4).map(tuple)
    return Crack(
        number=draw(st.integers(1, 9)),
        box=box,
        mask=mask,
        area_px=mask.area,
        length_px=draw(size),
        mean_width_px=draw(size),
        median_width_px=draw(size),
        p95_width_px=draw(size),
        max_width_px=draw(size),
        max_width_at=draw(point),
        orientation_deg=draw(st.floats(0, 180)),
        mean_probability=draw(share),
        peak_probability=draw(share),
        centreline=draw(st.lists(line, max_size=3).map(tuple)),
        length_mm=draw(st.none() | size),
        max_width_mm=draw(st.none() | size),
        mean_width_sigma_px=draw(st.none() | size),
        max_width_sigma_px=draw(st.none() | size),
        width_source=draw(st.sampled_from(["photo", "mask"])),
        mask_mean_width_px=draw(st.none() | size),
        widths=draw(st.lists(st.tuples(finite, finite, size), max_size=3).map(tuple)),
        median_width_sigma_mm=draw(st.none() | size),
        severity=draw(st.none() | severities),
        notes=draw(st.lists(st.text(), max_size=2).map(tuple)),
        pattern=draw(st.none() | st.text()),
        branches=draw(st.none() | st.integers(0, 9)),
        junctions=draw(st.none() | st.integers(0, 9)),
        tortuosity=draw(st.none() | st.floats(1, 9)),
        orientation_histogram=draw(st.lists(share, max_size=12).map(tuple)),
    )


@st.composite
def inspections(draw):
    height, width = draw(st.integers(1, 30)), draw(st.integers(1, 30))
    found = tuple(draw(st.lists(cracks(height, width), max_size=3)))
    photo = PhotoRecord(
        name=draw(st.text()),
        height_px=height,
        width_px=width,
        sha256=draw(st.none() | st.text(string.hexdigits)),
        taken_at=draw(st.none() | st.text()),
        camera=draw(st.none() | st.text()),
        focal_length_mm=draw(st.none() | finite),
        latitude_deg=draw(st.none() | finite),
        longitude_deg=draw(st.none() | finite),
        altitude_m=draw(st.none() | finite),
        heading_deg=draw(st.none() | st.floats(0, 360)),
        position_error_m=draw(st.none() | size),
    )
    coverage, probability, screening = draw(share), None, None
    verdict = CRACK if found else NO_CRACK
    kind = draw(st.sampled_from(["located", "classified", "screened"]))
    if kind != "located":
        probability = draw(share)
    if kind == "classified":
        coverage, found, verdict = None, (), CRACK if probability >= MODEL.threshold else NO_CRACK
    elif kind == "screened":
        screening = Screening(SCREEN, probability, sure_below=draw(share))
        if not screening.passed:
            coverage, found, verdict = 0.0, (), NO_CRACK
    return Inspection(
        photo=photo,
        model=MODEL,
        verdict=verdict,
        coverage=coverage,
        cracks=found,
        scale_mm_per_px=draw(st.none() | size),
        scale_sigma_mm_per_px=draw(st.none() | size),
        rule=draw(st.none() | st.text()),
        scale_origin=draw(st.none() | st.text()),
        scale_remark=draw(st.none() | st.text()),
        wall_from_photo=draw(st.none() | st.tuples(*[finite] * 9)),
        density_m_per_m2=draw(st.none() | size),
        spacing_mm=draw(st.none() | size),
        timings_ms=draw(st.dictionaries(st.text(), finite, max_size=3)),
        crackscope_version="1.2.3",
        probability=probability,
        screening=screening,
    )


def one_crack() -> Inspection:
    mask = RunLengthMask.from_pixels([1, 2, 3], [2, 2, 2], height=6, width=5)
    box = mask.bounding_box()
    assert box is not None
    crack = Crack(
        1, box, mask, 3, 3.0, 1.0, 1.0, 1.0, 1.0, (2.0, 2.0), 90.0, 0.8, 0.9, (((1.0, 2.0), (3.0, 2.0)),)
    )
    return Inspection(PhotoRecord("a.jpg", 6, 5), MODEL, CRACK, 0.1, (crack,))


@settings(deadline=None, max_examples=60)
@given(inspections())
def test_an_inspection_comes_back_from_json_unchanged(inspection):
    assert from_document(json.loads(to_line(inspection))) == inspection


def classified(probability: float = 0.5, verdict: str = CRACK) -> Inspection:
    return Inspection(PhotoRecord("a.jpg", 6, 5), MODEL, verdict, None, (), probability=probability)


def screened_out() -> Inspection:
    screening = Screening(SCREEN, 0.01, sure_below=0.02)
    return Inspection(
        PhotoRecord("a.jpg", 6, 5), MODEL, NO_CRACK, 0.0, (), probability=0.01, screening=screening
    )


def test_a_document_of_before_there_were_classifiers_is_read():
    document = to_document(one_crack())
    del document["probability"], document["screening"]
    assert from_document(document) == one_crack()


def test_a_document_of_before_widths_were_measured_on_photos_is_read():
    document = to_document(one_crack())
    del document["scale_sigma_mm_per_px"], document["rule"]
    (crack,) = document["cracks"]
    for name in list(crack):
        if "sigma" in name or name in {"width_source", "mask_mean_width_px", "widths", "severity", "notes"}:
            del crack[name]
    assert from_document(document) == one_crack()
    assert one_crack().cracks[0].width_source == "mask"


def test_a_screening_says_in_its_document_whether_the_photo_passed():
    assert to_document(screened_out())["screening"]["passed"] is False


def test_a_photo_just_at_the_threshold_is_cracked_in_its_document_too():
    assert from_document(to_document(classified(MODEL.threshold))) == classified(MODEL.threshold)


@pytest.mark.parametrize(
    ("inspection", "changes", "message"),
    [
        (
            classified(),
            {"verdict": NO_CRACK},
            "verdict: is 'no crack' beside a probability of 0.5 at threshold 0.37",
        ),
        (classified(0.1), {}, "verdict: is 'crack' beside a probability of 0.1"),
        (classified(), {"probability": None}, "coverage: is null beside 0 cracks and no probability"),
        (one_crack(), {"coverage": None}, "coverage: is null beside 1 cracks and no probability"),
        (
            one_crack(),
            {"coverage": None, "probability": 0.9},
            "coverage: is null beside 1 cracks and a probability",
        ),
        (classified(), {"probability": 1.5}, "probability: must be within 0.0 and 1.0"),
        (screened_out(), {"verdict": CRACK}, "'crack' beside a screening that found the photo crack-free"),
        (screened_out(), {"screening": 3}, r"inspection\.screening: must be an object"),
        (screened_out(), {"screening": {}}, r"inspection\.screening\.model: is missing"),
        (
            screened_out(),
            {"cracks": to_document(one_crack())["cracks"]},
            "beside a screening that found the photo crack-free",
        ),
    ],
)
def test_a_verdict_that_does_not_follow_is_refused(inspection, changes, message):
    with pytest.raises(CrackscopeError, match=message):
        from_document(json.loads(to_line(inspection)) | changes)


def test_a_line_is_one_line_of_ascii_whatever_the_name():
    photo = PhotoRecord("Brücke\n\u2028\udcff.jpg", 1, 1)
    line = to_line(Inspection(photo, MODEL, NO_CRACK, 0.0, ()))
    assert line.isascii()
    assert line.splitlines(keepends=True) == [line]
    assert from_document(json.loads(line)).photo == photo


def test_a_mask_is_written_as_a_coco_string_of_the_whole_photo():
    mask = to_document(one_crack())["cracks"][0]["mask"]
    assert mask["size"] == [6, 5]
    assert isinstance(mask["counts"], str)


def test_a_number_that_is_not_finite_is_never_written():
    inspection = Inspection(PhotoRecord("a.jpg", 1, 1), MODEL, NO_CRACK, float("nan"), ())
    with pytest.raises(ValueError, match="JSON"):
        to_line(inspection)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("photo", "name"), 3, r"inspection\.photo\.name: must be text, is 3"),
        (("photo", "height_px"), 0, "height_px: must be at least 1"),
        (("photo", "height_px"), True, "height_px: must be a whole number"),
        (("photo",), [], r"inspection\.photo: must be an object"),
        (("coverage",), 1.5, "coverage: must be within"),
        (("coverage",), float("nan"), "coverage: must be a finite number"),
        (("coverage",), 10**400, "coverage: must be a finite number"),
        (("verdict",), "perhaps", "verdict: is 'perhaps' beside 1 cracks"),
        (("verdict",), NO_CRACK, "verdict: is 'no crack' beside 1 cracks"),
        (("cracks",), {}, "cracks: must be a list"),
        (("cracks", 0, "box", "row"), 5, r"cracks\[0\]\.box: reaches beyond the 5×6 photo"),
        (("cracks", 0, "mask", "size"), [30, 1], "mask: is 1×30 px, the photo 5×6 px"),
        (("cracks", 0, "mask", "counts"), "~~~", r"cracks\[0\]\.mask"),
        (("cracks", 0, "mask"), 3, r"cracks\[0\]\.mask: must be an object"),
        (("cracks", 0, "max_width_at"), [1], "max_width_at: must be a pair"),
        (("cracks", 0, "centreline"), [3], "centreline: must be a list of lists"),
        (("cracks", 0, "width_source"), "guess", "width_source: must be photo or mask, is 'guess'"),
        (("cracks", 0, "severity"), "bad", r"severity: must be an object"),
        (("cracks", 0, "widths"), [[1, 2]], r"widths\[0\]: must be three numbers"),
        (("cracks", 0, "max_width_sigma_px"), -1, "max_width_sigma_px: must be"),
        (("scale_sigma_mm_per_px",), -1, "scale_sigma_mm_per_px: must be"),
        (("timings_ms",), {"decode": "fast"}, r"timings_ms\.decode: must be a number"),
        (("schema_version",), 2, "upgrade"),
    ],
)
def test_a_wrong_field_is_named(place, value, message):
    document = json.loads(to_line(one_crack()))
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    with pytest.raises(CrackscopeError, match=message):
        from_document(document)


@pytest.mark.parametrize("name", ["schema_version", "photo", "model", "verdict", "coverage", "cracks"])
def test_a_missing_field_is_named(name):
    document = to_document(one_crack())
    del document[name]
    with pytest.raises(CrackscopeError, match=rf"inspection\.{name}: is missing"):
        from_document(document)


def test_fields_that_a_later_version_adds_are_passed_over():
    document = json.loads(to_line(one_crack())) | {"severity": "slight"}
    assert from_document(document) == one_crack()
