"""The command ``crackscope inspect`` as a user runs it, on drawn photos with a real model file."""

import csv
import json
import re

import numpy as np
import pytest
from PIL import ExifTags, Image

from crackscope.cli.main import main
from crackscope.imaging.encode import write_jpeg, write_png

FORMATS = "html,csv,overlay,coco,geojson"


def draw_wall(*, cracked):
    """A grey wall, with a dark line of 5 px from left to right or without."""
    pixels = np.full((160, 200, 3), 170, np.uint8)
    if cracked:
        pixels[80:85, 20:180] = 60
    return pixels


@pytest.fixture
def photos(tmp_path):
    """Two cracked photos and a crack-free one, in a folder with umlauts and blanks."""
    folder = tmp_path / "Brücke Nord"
    (folder / "pier 2").mkdir(parents=True)
    write_jpeg(folder / "a.jpg", draw_wall(cracked=True))
    write_png(folder / "pier 2" / "ü b.png", draw_wall(cracked=True))
    write_jpeg(folder / "plain.jpg", draw_wall(cracked=False))
    return folder


@pytest.fixture
def inspect(dark_model_file, tmp_path, capsys):
    """Run the command and return its exit status, standard output and standard error."""

    def run(*arguments, out="out"):
        options = ["--model", str(dark_model_file), "--out", str(tmp_path / out), "--threads", "1"]
        status = main(["inspect", *options, *map(str, arguments)])  # of an option given twice the last counts
        streams = capsys.readouterr()
        return status, streams.out, streams.err

    return run


def test_a_folder_becomes_a_report(inspect, photos, tmp_path):
    status, out, err = inspect(photos, "--format", FORMATS, "--scale", "0.5")
    assert (status, err) == (0, "")
    assert "3 photos inspected: 2 with cracks, 1 crack-free." in out
    assert str(tmp_path / "out" / "report.html") in out
    lines = (tmp_path / "out" / "inspections.jsonl").read_text().splitlines()
    names = [json.loads(line)["photo"]["name"] for line in lines]
    assert names == ["a.jpg", "pier 2/ü b.png", "plain.jpg"]
    for name in ("a.jpg", "pier 2/ü b.png.jpg", "plain.jpg"):
        for folder in ("overlays", "thumbnails"):
            assert (tmp_path / "out" / folder / name).is_file()
    with (tmp_path / "out" / "cracks.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["verdict"] for row in rows] == ["crack", "crack", "no crack"]
    assert float(rows[0]["length_mm"]) == pytest.approx(160 * 0.5, rel=0.1)
    coco = json.loads((tmp_path / "out" / "coco.json").read_text())
    assert (len(coco["images"]), len(coco["annotations"])) == (3, 2)
    assert json.loads((tmp_path / "out" / "photos.geojson").read_text())["features"] == []
    assert list((tmp_path / "out").rglob(".*")) == []


def test_a_rule_judges_every_crack_with_the_uncertainty_of_its_width(inspect, photos, tmp_path):
    rule = "aci-224r-01:seawater"
    status, out, err = inspect(photos, "--scale", "0.03", "--scale-sigma", "0.001", "--rule", rule)
    assert (status, err) == (0, "")
    assert f"Severity by {rule}: 2 within or exceeds." in out
    with (tmp_path / "out" / "cracks.csv").open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.DictReader(file))
    width, sigma_px = float(row["max_width_px"]), float(row["max_width_sigma_px"])
    assert width == pytest.approx(5, abs=0.2)
    assert float(row["max_width_sigma_mm"]) == pytest.approx(
        np.hypot(0.03 * sigma_px, 0.001 * width), abs=1e-4
    )
    assert row["severity"] == "within or exceeds"
    assert re.fullmatch(r"0\.1\d–0\.1\d mm: may exceed 0\.15 mm", row["severity_text"])
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert (row["pattern"], row["branches"], row["scale_origin"]) == ("transverse", "1", "given")
    assert json.dumps("transverse; " + row["severity_text"]) in page
    assert "Severity is by the rule aci-224r-01:seawater" in page
    assert (
        "<dt>Severity by</dt><dd>ACI 224R-01, Table 4.1: guide to reasonable crack widths; Seawater" in page
    )
    assert "0.03 ± 0.001 mm per px" in page
    assert '<span class="label">May exceed</span> <span class="value">2</span>' in page
    assert (row["scale_sigma_mm_per_px"], row["rule"].partition(": ")[0]) == ("0.001", rule)
    assert inspect(photos, "--scale", "0.03", "--resume")[0] == 2
    status, _, err = inspect(photos, "--scale", "0.03", "--scale-sigma", "0.001", "--resume")
    assert (status, "was begun with rule aci-224r-01:seawater" in err) == (2, True)


def test_photos_missing_from_a_table_of_scales_are_told(inspect, photos, tmp_path):
    (tmp_path / "scales.csv").write_text("photo,mm_per_px\na.jpg,0.5\n", "utf-8")
    status, out, err = inspect(photos, "--scales", tmp_path / "scales.csv")
    assert (status, err) == (0, "")
    assert (
        "2 photos have no mm, 1 of them with cracks (pier 2/ü b.png, plain.jpg): scales.csv has no line for"
        " this photo." in out
    )
    with (tmp_path / "out" / "cracks.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["scale_origin"] for row in rows] == ["table", "", ""]
    remark = "there are no mm: scales.csv has no line for this photo."
    assert [row["scale_remark"] for row in rows] == ["", remark, remark]
    assert [row["length_mm"] != "" for row in rows] == [True, False, False]
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "0.5 mm per px, from a table, not known for 2 photos" in page
    assert "Not every crack has figures in millimetres" in page


def test_the_rules_are_listed_and_ones_own_checked(tmp_path, capsys):
    assert main(["rules"]) == 0
    printed = capsys.readouterr().out
    assert "aci-224r-01:seawater" in printed
    assert "within up to 0.15 mm, exceeds" in printed
    own = tmp_path / "own.yaml"
    own.write_text("name: own\ntitle: T\nsource: S\nscope: W\ncases: {a: {limit_mm: 0.2}}\n", "utf-8")
    assert main(["rules", "road-cracking", str(own), "--json"]) == 0
    rules = json.loads(capsys.readouterr().out)["rules"]
    assert [each["name"] for each in rules] == ["road-cracking", "own"]
    assert rules[-1]["cases"]["a"]["classes"][0] == {"name": "within", "up_to_mm": 0.2}
    own.write_text("name: own\n", "utf-8")
    assert main(["rules", str(own)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_failures_are_named_with_reason_and_the_rest_is_inspected(inspect, photos, tmp_path):
    (photos / "empty.jpg").write_bytes(b"")
    (photos / "text.png").write_text("no picture")
    status, out, err = inspect(photos)
    assert status == 1
    assert "3 photos inspected: 2 with cracks, 1 crack-free; 2 failed." in out
    assert sorted(line.split(":")[0] for line in err.splitlines()) == ["empty.jpg", "text.png"]
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "2 photos could not be inspected" in page


def test_if_every_photo_fails_nothing_was_done(inspect, tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"")
    status, _, err = inspect(tmp_path / "bad.jpg")
    assert status == 2
    assert err.startswith("bad.jpg: ")


def test_json_prints_an_inspection_per_line_and_nothing_else(inspect, photos):
    status, out, _ = inspect(photos, "--json", "--format", "jsonl")
    documents = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [document["verdict"] for document in documents] == ["crack", "crack", "no crack"]


def test_without_formats_only_the_lines_are_written(inspect, photos, tmp_path):
    inspect(photos, "--format", "json")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["failures.jsonl", "inspections.jsonl", "survey.json"]


def test_resuming_adds_the_new_photos_and_keeps_the_old(inspect, photos, tmp_path):
    inspect(photos / "a.jpg")
    before = (tmp_path / "out" / "inspections.jsonl").read_bytes()
    status, out, _ = inspect(photos, "--resume")
    assert status == 0
    assert "3 photos inspected" in out
    assert (tmp_path / "out" / "inspections.jsonl").read_bytes().startswith(before)


def test_a_report_is_not_overwritten_without_being_asked(inspect, photos):
    inspect(photos)
    status, _, err = inspect(photos)
    assert status == 2
    assert "already holds" in err


def test_the_report_among_the_photos_is_not_inspected(inspect, photos):
    inspect(photos, out="Brücke Nord/report")
    status, out, _ = inspect(photos, "--resume", out="Brücke Nord/report")
    assert status == 0
    assert "3 photos inspected" in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["{empty}"], "no pictures found"),
        (["{empty}/nowhere"], "no such file or folder"),
        (["{photos}", "--format", "pdf"], "unknown format 'pdf'"),
        (["{photos}", "--scale", "-1"], "scale"),
        (["{photos}", "--scale", "nan"], "scale"),
        (["{photos}", "--scale", "0.2", "--scale-sigma", "0.3"], "at least 0 and below the scale"),
        (["{photos}", "--scale-sigma", "0.3"], "--scale-sigma says more of --scale"),
        (["{photos}", "--scale", "0.2", "--marker", "50"], "--scale and --marker each say what the scale is"),
        (["{photos}", "--marker-dictionary", "qr", "--marker", "50"], "no marker dictionary 'qr'"),
        (["{photos}", "--scales", "none.csv"], "none.csv: cannot be read"),
        (["{photos}", "--distance", "0"], "not above 0"),
        (["{photos}", "--scale-sigma", "-0.3"], "below 0"),
        (["{photos}", "--scale", "inf"], "not finite"),
        (
            ["{photos}", "--rule", "aci-224r-01:humidity"],
            "give --scale, --scales, --marker or --distance as well",
        ),
        (["{photos}", "--scale", "0.2", "--rule", "aci-224r-01"], "choose one of aci-224r-01:dry-air"),
        (["{photos}", "--threshold", "1.5"], "threshold"),
        (["{photos}", "--max-pixels", "0"], "max-pixels"),
        (["{photos}", "--engine", "abacus"], "abacus"),
        ([], "PATH"),
    ],
)
def test_wrong_usage_is_one_sentence_and_status_2(inspect, photos, tmp_path, arguments, sentence):
    (tmp_path / "empty").mkdir()
    places = {"empty": tmp_path / "empty", "photos": photos}
    status, out, err = inspect(*(argument.format(**places) for argument in arguments))
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_an_out_folder_that_is_a_file_is_told(inspect, photos, tmp_path):
    (tmp_path / "file").write_text("")
    status, _, err = inspect(photos, out="file")
    assert status == 2
    assert str(tmp_path / "file") in err


def test_photos_over_the_pixel_limit_fail_alone(inspect, photos):
    write_png(photos / "large.png", np.zeros((400, 400, 3), np.uint8))
    status, out, err = inspect(photos, "--max-pixels", "40000")
    assert status == 1
    assert "3 photos inspected" in out
    assert err.startswith("large.png: ")


def test_a_resumed_run_names_the_photos_that_failed_before(inspect, photos):
    (photos / "notes.jpg").write_text("no picture")
    assert inspect(photos)[0] == 1
    status, _, err = inspect(photos, "--resume")
    assert status == 1
    assert err.count("notes.jpg: is not a picture but text") == 1
    assert "failed before" in err


def test_a_classifier_says_which_photos_have_cracks(inspect, photos, tmp_path, dark_classifier_file):
    status, out, _ = inspect(photos, "--model", dark_classifier_file, "--format", FORMATS)
    assert status == 0
    assert "3 photos inspected: 2 with cracks (not located), 1 crack-free." in out
    assert re.search(r"^a\.jpg +> 99\.9 %$", out, re.MULTILINE)
    assert "longest" not in out
    with (tmp_path / "out" / "cracks.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["verdict"], row["crack"]) for row in rows] == [
        ("crack", ""),
        ("crack", ""),
        ("no crack", ""),
    ]
    assert (tmp_path / "out" / "overlays" / "a.jpg").is_file()


def test_a_detector_finds_and_measures_cracks(inspect, photos, dark_halves_file):
    status, out, _ = inspect(photos, "--model", dark_halves_file, "--json", "--scale", "0.5")
    assert status == 0
    documents = [json.loads(line) for line in out.splitlines()]
    assert [len(document["cracks"]) for document in documents] == [2, 2, 0]
    assert sum(crack["length_mm"] for crack in documents[0]["cracks"]) == pytest.approx(160 * 0.5, rel=0.1)


def test_a_screen_spares_the_model_the_crack_free_photos(inspect, photos, tmp_path, dark_classifier_file):
    status, out, _ = inspect(photos, "--screen", dark_classifier_file, "--format", FORMATS)
    assert status == 0
    assert "3 photos inspected: 2 with cracks, 1 crack-free." in out
    assert "1 (33 %) screened out by dark-classifier as surely crack-free." in out
    assert "3 photos: 1 (33" in (tmp_path / "out" / "report.html").read_text("utf-8")
    status, _, err = inspect(photos, "--resume")
    assert status == 2
    assert "begun with screen dark-classifier, not none" in err


def test_a_screen_that_is_no_classifier_is_one_sentence_and_status_2(inspect, photos, dark_model_file):
    status, out, err = inspect(photos, "--screen", dark_model_file)
    assert (status, out) == (2, "")
    assert (
        "dark.onnx: a model for the task 'segment' cannot screen photos; give a classification model." in err
    )
    assert err.count("\n") == 1


@pytest.mark.parametrize(("facing", "placed"), [((), "ground"), (("--facing", "wall"), "wall")])
def test_cracks_of_a_photo_with_position_heading_and_scale_are_on_the_map(inspect, tmp_path, facing, placed):
    exif = Image.Exif()
    exif[ExifTags.IFD.GPSInfo] = {
        ExifTags.GPS.GPSLatitudeRef: "N",
        ExifTags.GPS.GPSLatitude: (60.0, 0.0, 0.0),
        ExifTags.GPS.GPSLongitudeRef: "E",
        ExifTags.GPS.GPSLongitude: (10.0, 0.0, 0.0),
        ExifTags.GPS.GPSAltitudeRef: b"\x00",
        ExifTags.GPS.GPSAltitude: 500.0,
        ExifTags.GPS.GPSImgDirection: 90.0,
    }
    Image.fromarray(draw_wall(cracked=True)).save(tmp_path / "a.jpg", exif=exif, quality=95)
    status, _, err = inspect(tmp_path / "a.jpg", "--format", "geojson", "--scale", "10", *facing)
    assert (status, err) == (0, "")
    photo, crack = json.loads((tmp_path / "out" / "photos.geojson").read_text())["features"]
    assert (photo["properties"]["kind"], photo["geometry"]["coordinates"]) == ("photo", [10.0, 60.0, 500.0])
    assert (crack["properties"]["kind"], crack["properties"]["placed"]) == ("crack", placed)
    # Across the photo is from north to south; 160 px are 1.6 m, and a degree there is 111.4 km.
    (line,) = crack["geometry"]["coordinates"]
    assert line[0][1] - line[-1][1] == pytest.approx(1.6 / 111_412, rel=0.05)
    assert abs(line[0][0] - 10.0) * 55_800 < 0.05
    assert abs((crack["properties"]["bearing_deg"] + 90.0) % 180.0 - 90.0) < 1.0
    assert [len(position) for position in line] == [3 if placed == "wall" else 2] * len(line)
