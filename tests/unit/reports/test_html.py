import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from crackscope.engine.model_card import CrackFilter, ModelCard, ModelInput, TrainingSet
from crackscope.inspection.records import Failure
from crackscope.reports.html import HtmlReport
from crackscope.reports.report import Pictures, write_reports

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&.jpg"
VOID = {"meta", "input", "img", "br", "hr", "link"}


class Page(HTMLParser):
    """Collects elements, text by element, and checks that every element is closed in its turn."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.texts, self.attributes = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def write_page(folder, inspections, failures=(), *, card=None, title="walls"):
    path = folder / "report.html"
    report = HtmlReport(path, title=title, card=card, written_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
    write_reports([report], [(each, None) for each in inspections], failures)
    return path.read_text("utf-8")


def data_of(text):
    return json.loads(
        re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1]
    )


def test_names_that_try_to_break_out_stay_text(tmp_path, inspection_of):
    inspections = [inspection_of(HOSTILE), inspection_of("plain.jpg", cracks=0, camera=HOSTILE)]
    text = write_page(tmp_path, inspections, [Failure(HOSTILE, f"{HOSTILE}: is {HOSTILE}")], title=HOSTILE)
    page = Page(text)
    clean = Page(
        write_page(tmp_path, [inspection_of("a"), inspection_of("b", cracks=0)], [Failure("c", "d")])
    )
    assert page.elements == clean.elements
    assert "onerror" not in dict(page.attributes)
    assert [row[0] for row in data_of(text)["rows"]] == [HOSTILE, "plain.jpg"]


def test_the_page_loads_nothing_from_elsewhere(tmp_path, inspection_of):
    text = write_page(tmp_path, [inspection_of()])
    assert not re.search(r"(?:https?:)?//(?!\s)[a-z0-9.-]+\.[a-z]{2,}", text)
    assert "default-src 'none'" in text
    assert "{{" not in text


def test_the_summary_tells_counts_longest_and_widest(tmp_path, inspection_of):
    inspections = [inspection_of("a.jpg", cracks=3, scale=0.5), inspection_of("b.jpg", cracks=0, scale=0.5)]
    words = " ".join("".join(Page(write_page(tmp_path, inspections, [Failure("c", "d")])).texts).split())
    assert "Photos inspected 2 3 cracks" in words
    assert "With cracks 1 50 %" in words
    assert "Failed 1 see reasons" in words
    assert "Longest crack 45.0 mm a.jpg" in words
    assert "Widest crack 2.50 mm a.jpg" in words
    assert "0.5 mm per px" in words
    assert "2026-01-02 03:04" in words


def test_pixels_are_not_passed_off_as_millimetres(tmp_path, inspection_of):
    words = "".join(Page(write_page(tmp_path, [inspection_of()])).texts)
    assert "Pixels are not" in words
    assert "not known; figures in px" in words
    assert data_of(write_page(tmp_path, [inspection_of()]))["unit"] == "px"


def test_failures_are_listed_with_their_reasons_once(tmp_path):
    words = "".join(
        Page(write_page(tmp_path, [], [Failure("a.jpg", "a.jpg: is empty; copy it again.")])).texts
    )
    assert "1 photo could not be inspected" in words
    assert words.count("a.jpg") == 1
    assert "is empty; copy it again." in words


def test_without_failures_there_is_no_such_section(tmp_path, inspection_of):
    assert 'id="failures"' not in write_page(tmp_path, [inspection_of()])


def test_the_small_print_says_what_the_model_learnt_from(tmp_path, inspection_of):
    card = ModelCard(
        "light",
        "segment",
        ModelInput(),
        0.5,
        crack_filter=CrackFilter(min_length_px=12),
        training_sets=(TrainingSet("walls", 1200, "non-commercial"),),
        terms="Ask before commercial use.",
        figures={"deepcrack_test": {"f1": 0.8712}},
    )
    words = "".join(Page(write_page(tmp_path, [inspection_of()], card=card)).texts)
    for said in (
        "walls",
        "1,200",
        "non-commercial",
        "Ask before commercial use.",
        "0.8712",
        "shorter than 12 px",
    ):
        assert said in words


def test_a_row_knows_its_picture_and_its_cracks(tmp_path, inspection_of):
    report = HtmlReport(tmp_path / "r.html", title="walls")
    same = Pictures("overlays/a.jpg", "thumbnails/a.jpg")
    other = Pictures("overlays/b.png.jpg", "thumbnails/b.png.jpg")
    results = [
        (inspection_of("a.jpg", scale=0.5), same),
        (inspection_of("b.png", scale=0.5), other),
        (inspection_of("c.jpg", cracks=0, scale=0.5), None),
    ]
    write_reports([report], results, [])
    rows = data_of((tmp_path / "r.html").read_text("utf-8"))["rows"]
    assert [row[1] for row in rows] == [1, "b.png.jpg", 0]
    assert rows[0][7] == [[1, 90, 3, 3, 0, 0.88, 10, 10, 3, 90, 0.25, 0.25, 0, 45, 1.5, 1.5, 0.125, 0.125, 0]]
    assert rows[2][7] == []


def test_a_name_that_is_no_unicode_can_be_written(tmp_path, inspection_of):
    text = write_page(tmp_path, [inspection_of("caf\udce9.jpg")], title="caf\udce9")
    assert data_of(text)["rows"][0][0] == "caf\udce9.jpg"
    assert "caf\\udce9" in Page(text).texts[1:6] or "caf\\udce9" in text


@pytest.mark.parametrize("count", [0, 1])
def test_a_survey_of_few_photos_has_a_page(tmp_path, inspection_of, count):
    assert len(data_of(write_page(tmp_path, [inspection_of()] * count))["rows"]) == count


def test_memory_does_not_grow_with_the_number_of_photos(tmp_path, inspection_of):
    import tracemalloc

    def peak(count):
        inspection = inspection_of()
        tracemalloc.start()
        report = HtmlReport(tmp_path / "r.html", title="walls")
        write_reports([report], ((inspection, None) for _ in range(count)), [])
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(20_000) < peak(200) + 4_000_000  # 20,000 rows take 2.3 MB on the disk; copied by the megabyte


def words_of(text):
    return " ".join("".join(Page(text).texts).split())


def with_crack(inspection, **changes):
    return replace(inspection, cracks=(replace(inspection.cracks[0], **changes),))


def words_line(inspection, tmp_path):
    return data_of(write_page(tmp_path, [inspection]))["rows"][0][7][0][12]


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ({"pattern": "longitudinal", "branches": 1}, "longitudinal"),
        ({"pattern": "branched", "branches": 5}, "branched, 5 branches"),
        ({"pattern": "map", "branches": 1200}, "map, 1,200 branches"),
        ({"pattern": "branched"}, "branched"),
        ({}, 0),
    ],
)
def test_the_pattern_of_a_crack_is_told_in_words(tmp_path, inspection_of, shape, words):
    assert words_line(with_crack(inspection_of(), **shape), tmp_path) == words


def test_the_pattern_stands_before_what_else_is_worth_knowing(tmp_path, inspection_of):
    crack = with_crack(inspection_of(), pattern="diagonal", notes=("cut-off",))
    assert words_line(crack, tmp_path) == "diagonal; reaches the photo's border and may go on beyond it"


def test_a_photo_without_a_scale_says_why(tmp_path, inspection_of, unscaled_of):
    rows = data_of(write_page(tmp_path, [unscaled_of(remark="no marker was found"), inspection_of()]))["rows"]
    assert [row[8] for row in rows] == ["No marker was found", 0]


def test_a_remark_that_tries_to_break_out_stays_text(tmp_path, unscaled_of):
    page, clean = (Page(write_page(tmp_path, [unscaled_of(remark=each)])) for each in (HOSTILE, "dark"))
    assert page.elements == clean.elements


def test_a_cracked_photo_tells_its_scale_density_and_spacing(tmp_path, inspection_of):
    of_markers = {"scale_origin": "markers", "scale_sigma_mm_per_px": 0.00123}
    inspection = replace(
        inspection_of(cracks=2, scale=0.2187543), **of_markers, density_m_per_m2=1.2345, spacing_mm=640.5
    )
    alone = replace(inspection, cracks=inspection.cracks[:1])
    crack_free = replace(inspection, cracks=(), verdict="no crack", density_m_per_m2=0.0, spacing_mm=None)
    rows = data_of(write_page(tmp_path, [inspection, alone, crack_free]))["rows"]
    assert rows[0][9] == [
        ["Scale", "0.2188 ± 0.0012 mm per px"],
        ["Cracks per area", "1.23\u202fm/m²"],
        ["Spacing", "640\u202fmm"],
    ]
    assert rows[1][9] == rows[0][9][:2]
    assert rows[2][9] == 0


def test_scales_that_differ_are_told_as_a_span_with_their_origin(tmp_path, inspection_of, unscaled_of):
    photos = [replace(inspection_of(scale=scale), scale_origin="markers") for scale in (0.19, 0.24)]
    words = words_of(write_page(tmp_path, [*photos, unscaled_of(cracks=0)]))
    assert "Scale0.19 to 0.24 mm per px, from markers in the photos, not known for 1 photo" in words
    assert "Longest crack 21.6 mm" in words


GIVEN, MARKERS, CAMERA, PIXELS, PARTLY = (
    "pixels times the scale that was given",
    "hold on the flat surface that they stick on",
    "camera's focal length and the distance",
    "Pixels are not millimetres",
    "Not every crack has figures in millimetres",
)


@pytest.mark.parametrize(
    ("origin", "said"),
    [(None, GIVEN), ("given", GIVEN), ("table", GIVEN), ("markers", MARKERS), ("camera", CAMERA)],
)
def test_the_small_print_says_where_millimetres_come_from(tmp_path, inspection_of, origin, said):
    words = words_of(write_page(tmp_path, [replace(inspection_of(scale=0.5), scale_origin=origin)]))
    told = {each for each in (GIVEN, MARKERS, CAMERA, PIXELS, PARTLY) if each in words}
    assert told == {said}


def test_the_small_print_says_why_figures_are_in_pixels(tmp_path, inspection_of, unscaled_of):
    assert "No scale was given, so lengths" in words_of(write_page(tmp_path, [inspection_of()]))
    assert "No scale was found in any photo, so" in words_of(write_page(tmp_path, [unscaled_of()]))
    scaled = replace(inspection_of(scale=0.5), scale_origin="markers")
    text = write_page(tmp_path, [scaled, unscaled_of()])
    assert data_of(text)["unit"] == "px"
    for said in (PARTLY, PIXELS, MARKERS):
        assert said in words_of(text)


def test_cracks_too_far_from_the_markers_are_counted_and_keep_the_others_millimetres(tmp_path, partly_scaled):
    text = write_page(tmp_path, [partly_scaled])
    near, far = data_of(text)["rows"][0][7]
    assert near[13:16] == [45, 1.5, 1.5]
    assert far[12:] == ["the scale is too unsure here for figures in mm"]
    assert data_of(text)["unit"] == "px"
    assert "1 crack has no figures in millimetres: the scale is too unsure there." in words_of(text)


def test_a_page_of_classified_photos_promises_no_lengths(tmp_path, classified_of):
    card = ModelCard("glance", "classify", ModelInput(), 0.5)
    inspections = [classified_of("a.jpg", probability=0.97), classified_of("b.jpg", probability=0.0312)]
    text = write_page(tmp_path, inspections, card=card)
    words = words_of(text)
    assert "With cracks 1 50 %" in words
    assert "cracks are not located" in words
    assert "The model is a classifier" in words
    for absent in ("Longest crack", "Widest crack", "Length runs along", "figures in px"):
        assert absent not in words
    assert [row[6:] for row in data_of(text)["rows"]] == [
        [None, [], 0, 0, 1, 0.97, 0],
        [None, [], 0, 0, 0, 0.0312, 0],
    ]


def test_a_page_says_how_many_photos_were_screened_out_and_by_what(tmp_path, screened_of):
    screen = ModelCard("first", "classify", ModelInput(), 0.5, terms="Ask the quarry.", sure_below=0.02)
    report = HtmlReport(tmp_path / "r.html", title="walls", screen_card=screen)
    inspections = [screened_of("a.jpg", cracks=1), *[screened_of(f"{n}.jpg") for n in range(3)]]
    write_reports([report], [(each, None) for each in inspections], [])
    text = (tmp_path / "r.html").read_text("utf-8")
    words = words_of(text)
    assert "4 photos: 3 (75 %) screened out by first as surely crack-free." in words
    assert "first (int8), below 0.02" in words
    assert "first, a classifier, looked first." in words
    assert "Ask the quarry." in words
    assert [row[10:] for row in data_of(text)["rows"]] == [[1, 0.9, 0], *[[0, 0.004, 1]] * 3]


def test_without_a_classifier_a_page_speaks_of_none(tmp_path, inspection_of):
    text = write_page(tmp_path, [inspection_of(), inspection_of(cracks=0)])
    read_by_people = re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.DOTALL)
    assert "screened" not in read_by_people
    assert "classifier" not in read_by_people
    assert all(len(row) == 10 for row in data_of(text)["rows"])


def test_the_name_of_a_screen_stays_text(tmp_path, screened_of):
    hostile = screened_of()
    model = replace(hostile.screening.model, name=HOSTILE)
    hostile = replace(hostile, screening=replace(hostile.screening, model=model))
    page, clean = (Page(write_page(tmp_path, [each])) for each in (hostile, screened_of()))
    assert page.elements == clean.elements


def test_a_page_of_a_detector_says_what_a_crack_is_to_it(tmp_path, inspection_of):
    card = ModelCard("single", "detect", ModelInput(), 0.7)
    words = words_of(write_page(tmp_path, [inspection_of()], card=card))
    assert "what the model took for one crack, with a score of at least 0.5." in words
    assert "Length runs along" in words
