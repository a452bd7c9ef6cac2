import json

from crackscope.reports.geojson import GeoJsonReport
from crackscope.reports.report import write_reports


def test_photos_with_a_position_become_points_longitude_first(tmp_path, inspection_of):
    inspections = [
        inspection_of("a.jpg", latitude_deg=48.1, longitude_deg=11.5, altitude_m=520.0, scale=0.5, cracks=2),
        inspection_of("b.jpg"),
        inspection_of("c.jpg", latitude_deg=-1.0, longitude_deg=-2.0, cracks=0),
    ]
    report = GeoJsonReport(tmp_path / "p.geojson")
    write_reports([report], [(each, None) for each in inspections], [])
    document = json.loads((tmp_path / "p.geojson").read_text())
    first, second = document["features"]
    assert document["type"] == "FeatureCollection"
    assert first["geometry"] == {"type": "Point", "coordinates": [11.5, 48.1, 520.0]}
    assert first["properties"]["total_length_mm"] == (90 + 80) * 0.5
    assert first["properties"]["max_width_px"] == 4
    assert second["geometry"]["coordinates"] == [-2.0, -1.0]
    assert second["properties"]["max_width_mm"] is None
    assert report.located == 2


def test_what_a_classifier_does_not_tell_is_null(tmp_path, classified_of, screened_of):
    place = {"latitude_deg": 1.0, "longitude_deg": 2.0, "scale": 0.5}
    inspections = [classified_of(probability=0.9, **place), screened_of(**place)]
    write_reports([GeoJsonReport(tmp_path / "p.geojson")], [(each, None) for each in inspections], [])
    features = json.loads((tmp_path / "p.geojson").read_text())["features"]
    classified, screened = (feature["properties"] for feature in features)
    assert (classified["verdict"], classified["probability"], classified["screened_out"]) == (
        "crack",
        0.9,
        None,
    )
    unknown = ("cracks", "coverage", "total_length_px", "max_width_px", "total_length_mm", "max_width_mm")
    assert {classified[name] for name in unknown} == {None}
    assert (screened["verdict"], screened["cracks"], screened["screened_out"]) == ("no crack", 0, True)
    assert screened["total_length_mm"] == 0.0
