import csv
from dataclasses import replace

import pytest

from crackscope.inspection.records import Failure
from crackscope.reports.report import Pictures, write_reports
from crackscope.reports.table_csv import COLUMNS, CsvReport


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_crack_has_a_row_and_every_other_photo_one(tmp_path, inspection_of):
    inspections = [(inspection_of("a.jpg", cracks=2), None), (inspection_of("b.jpg", cracks=0), None)]
    write_reports([CsvReport(tmp_path / "c.csv")], inspections, [Failure("c.jpg", "c.jpg: is empty.")])
    rows = rows_of(tmp_path / "c.csv")
    assert [(row["photo"], row["verdict"], row["crack"]) for row in rows] == [
        ("a.jpg", "crack", "1"),
        ("a.jpg", "crack", "2"),
        ("b.jpg", "no crack", ""),
        ("c.jpg", "failed", ""),
    ]
    assert rows[0]["length_px"] == "90"
    assert rows[0]["max_width_px"] == "3"
    assert rows[0]["length_mm"] == ""
    assert rows[3]["reason"] == "c.jpg: is empty."
    assert tuple(rows[0]) == COLUMNS


def test_a_scale_fills_the_columns_in_millimetres(tmp_path, inspection_of):
    inspections = [(inspection_of(scale=0.5), Pictures("overlays/wall.jpg", "thumbnails/wall.jpg"))]
    write_reports([CsvReport(tmp_path / "c.csv")], inspections, [])
    (row,) = rows_of(tmp_path / "c.csv")
    assert (row["length_mm"], row["max_width_mm"], row["scale_mm_per_px"]) == ("45", "1.5", "0.5")
    assert row["overlay"] == "overlays/wall.jpg"


def test_the_table_tells_the_shape_of_each_crack(tmp_path, inspection_of):
    inspection = inspection_of()
    shape = {"pattern": "branched", "branches": 5, "junctions": 2, "tortuosity": 1.0625}
    inspection = replace(inspection, cracks=(replace(inspection.cracks[0], **shape),))
    write_reports([CsvReport(tmp_path / "c.csv")], [(inspection, None), (inspection_of(), None)], [])
    known, unknown = rows_of(tmp_path / "c.csv")
    assert {name: known[name] for name in shape} == {name: str(value) for name, value in shape.items()}
    assert {unknown[name] for name in shape} == {""}
    assert COLUMNS.index("pattern") == COLUMNS.index("orientation_deg") + 1


def test_the_table_tells_density_spacing_and_where_the_scale_is_from(tmp_path, inspection_of, unscaled_of):
    wall = {"scale_origin": "markers", "density_m_per_m2": 1.25, "spacing_mm": 640.5}
    inspections = [
        replace(inspection_of(scale=0.5), **wall),
        unscaled_of(remark="=no marker"),
        replace(inspection_of(cracks=0, scale=0.5), scale_origin="markers", density_m_per_m2=0.0),
    ]
    write_reports([CsvReport(tmp_path / "c.csv")], [(each, None) for each in inspections], [])
    known, unknown, crack_free = rows_of(tmp_path / "c.csv")
    assert {name: known[name] for name in wall} == {name: str(value) for name, value in wall.items()}
    assert known["scale_remark"] == ""
    assert {unknown[name] for name in wall} == {""}
    assert unknown["scale_remark"] == "'=no marker"
    assert (crack_free["density_m_per_m2"], crack_free["spacing_mm"]) == ("0", "")


@pytest.mark.parametrize("name", ["=cmd|'/C calc'!A0.jpg", "+1.jpg", "-1.jpg", "@x.jpg", "|x.jpg", "\tx.jpg"])
def test_a_name_that_a_spreadsheet_would_run_is_led_by_an_apostrophe(tmp_path, inspection_of, name):
    write_reports([CsvReport(tmp_path / "c.csv")], [(inspection_of(name), None)], [Failure(name, "=1")])
    rows = rows_of(tmp_path / "c.csv")
    assert [row["photo"] for row in rows] == ["'" + name, "'" + name]
    assert rows[1]["reason"] == "'=1"


def test_a_southern_latitude_stays_a_number(tmp_path, inspection_of):
    inspection = inspection_of(latitude_deg=-33.87, longitude_deg=151.2, altitude_m=-2.0)
    write_reports([CsvReport(tmp_path / "c.csv")], [(inspection, None)], [])
    (row,) = rows_of(tmp_path / "c.csv")
    assert (row["latitude_deg"], row["altitude_m"]) == ("-33.87", "-2.0")


def test_names_with_commas_quotes_line_ends_and_broken_bytes_survive(tmp_path, inspection_of):
    names = ['a,"b".jpg', "Brücke\nNord.jpg", "caf\udce9.jpg"]
    write_reports([CsvReport(tmp_path / "c.csv")], [(inspection_of(name), None) for name in names], [])
    assert [row["photo"] for row in rows_of(tmp_path / "c.csv")] == [*names[:2], "caf\\udce9.jpg"]


def test_a_classified_photo_has_a_row_with_its_probability_and_no_figures(tmp_path, classified_of):
    inspections = [(classified_of("a.jpg", probability=0.97), None), (classified_of(probability=0.031), None)]
    write_reports([CsvReport(tmp_path / "c.csv")], inspections, [])
    cracked, free = rows_of(tmp_path / "c.csv")
    assert (cracked["verdict"], cracked["probability"]) == ("crack", "0.970000")
    assert (free["verdict"], free["probability"]) == ("no crack", "0.031000")
    assert {cracked[column] for column in ("crack", "length_px", "coverage", "screened")} == {""}


def test_the_table_says_which_photos_were_screened_out(tmp_path, screened_of, inspection_of):
    inspections = [screened_of("a.jpg", cracks=2), screened_of("b.jpg"), inspection_of("c.jpg")]
    write_reports([CsvReport(tmp_path / "c.csv")], [(each, None) for each in inspections], [])
    rows = rows_of(tmp_path / "c.csv")
    assert [row["screened"] for row in rows] == ["passed", "passed", "out", ""]
    assert [row["probability"] for row in rows] == ["0.900000", "0.900000", "0.004000", ""]
    assert rows[2]["coverage"] == "0.000000"
