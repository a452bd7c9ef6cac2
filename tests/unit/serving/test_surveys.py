import csv
import io
import json
import zipfile

import pytest

pytest.importorskip("fastapi", reason="the service is not installed")

from starlette.testclient import TestClient

from crackscope.serving.app import make_app
from crackscope.serving.keys import create_key
from crackscope.serving.store import Store
from drawn_surveys import ended, handed_over, packed, problem, settings, slowly, wall, walls

FORMATS = ("html", "csv", "jsonl", "coco", "geojson")


@pytest.fixture(scope="module")
def client(dark_model_file, tmp_path_factory):
    app = make_app(settings(dark_model_file, tmp_path_factory.mktemp("store"), max_bytes=2_000_000))
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="module")
def mixed(client):
    """A survey that is done: two good photos, one in a folder, and two entries that are none."""
    archive = packed(
        ("north/wall.png", wall(1)), ("north/notes.txt", b"dry"), ("wall.png", wall(2)), ("one.jpg", b"x")
    )
    data = {"name": "Pier 3", "scale_mm_per_px": "0.5", "asset": "pier", "rule": "aci-224r-01:humidity"}
    return ended(client, handed_over(client, {"archive": ("pier.zip", archive)}, data))


def test_a_survey_is_taken_in_inspected_and_kept(client):
    survey = handed_over(client, walls(3), {"name": "North", "scale_mm_per_px": "0.5", "asset": "north"})
    assert (survey["name"], survey["total"], survey["done"]) == ("North", 3, 0)
    assert survey["state"] in ("waiting", "running")
    done = ended(client, survey)
    assert (done["state"], done["done"], done["failed"]) == ("done", 3, 0)
    assert [each["photo"] for each in done["inspections"]] == ["wall-0.png", "wall-1.png", "wall-2.png"]
    first = client.get(f"/v1/inspections/{done['inspections'][0]['id']}").json()
    assert first["asset"] == "north"
    assert first["cracks"][0]["length_mm"] == pytest.approx(50, rel=0.03)
    assert len(client.get("/v1/assets/north/history").json()["items"]) == 3
    assert client.get(first["links"]["photo"]).content == wall(0)
    assert survey["id"] in [each["id"] for each in client.get("/v1/surveys").json()["items"]]


def test_entries_that_are_no_pictures_are_failures_with_a_reason(mixed):
    assert (mixed["state"], mixed["total"], mixed["done"], mixed["failed"]) == ("done", 4, 2, 2)
    assert [each["photo"] for each in mixed["failures"]] == ["north/notes.txt", "one.jpg"]
    assert all(each["reason"].startswith(each["photo"]) for each in mixed["failures"])


def test_a_picture_that_is_cut_off_fails_alone(client):
    files = [("photos", ("cut.png", wall()[:200])), ("photos", ("C:\\photos\\whole.png", wall(7)))]
    done = ended(client, handed_over(client, files))
    assert [each["photo"] for each in done["inspections"]] == ["whole.png"]
    assert "cut.png" in done["failures"][0]["reason"]


def test_a_survey_where_all_fails_is_failed(client):
    done = ended(client, handed_over(client, [("photos", ("cut.png", wall()[:200]))]))
    assert done["state"] == "failed"
    assert "failed" in client.get(done["links"]["report"], params={"format": "csv"}).text


@pytest.mark.parametrize("kind", FORMATS)
def test_reports_come_in_every_format(client, mixed, kind, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    answer = client.get(mixed["links"]["report"], params={"format": kind})
    assert answer.status_code == 200
    assert "Pier" in answer.headers["Content-Disposition"]
    if kind == "html":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.testzip() is None
            assert sorted(archive.namelist()) == [
                "overlays/north/wall.png.jpg",
                "overlays/wall.png.jpg",
                "report.html",
                "thumbnails/north/wall.png.jpg",
                "thumbnails/wall.png.jpg",
            ]
            page = archive.read("report.html").decode()
        assert "Pier 3" in page
        assert "notes.txt" in page
        assert "dark" in page
    elif kind == "csv":
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert [row["verdict"] for row in rows] == ["crack", "crack", "failed", "failed"]
        assert float(rows[0]["length_mm"]) == pytest.approx(50, rel=0.03)
        assert rows[0]["severity"]
    elif kind == "jsonl":
        names = [json.loads(line)["photo"]["name"] for line in answer.text.splitlines()]
        assert names == ["north/wall.png", "wall.png"]
    elif kind == "coco":
        assert len(answer.json()["annotations"]) == 2
    else:
        assert answer.json()["type"] == "FeatureCollection"
    assert list(tmp_path.iterdir()) == []


def test_a_report_names_photos_whose_inspection_was_deleted(client):
    done = ended(client, handed_over(client, walls(2)))
    client.delete(f"/v1/inspections/{done['inspections'][0]['id']}")
    rows = client.get(done["links"]["report"], params={"format": "csv"}).text.splitlines()
    assert "wall-1.png,crack" in rows[1]
    assert "wall-0.png,failed" in rows[2]
    assert "deleted" in rows[2]


def test_a_report_cannot_be_had_before_the_end(client, monkeypatch):
    slowly(monkeypatch)
    survey = handed_over(client, walls(4))
    detail = problem(client.get(survey["links"]["report"]), 409)
    assert "of 4 photos" in detail
    ended(client, survey)
    assert client.get(survey["links"]["report"], params={"format": "csv"}).status_code == 200


@pytest.mark.parametrize(
    ("files", "data", "status", "field"),
    [
        ({}, {"name": "x"}, 422, "photos"),
        ({"photos": ("a.png", wall()), "archive": ("a.zip", packed(("b.png", wall())))}, {}, 422, "photos"),
        ({"photos": ("a.txt", b"text")}, {}, 422, "photos"),
        ({"archive": ("a.zip", packed(("a.txt", b"text")))}, {}, 422, "archive"),
        ({"archive": ("a.zip", b"no zip")}, {}, 422, "archive"),
        ({"archive": ("a.zip", packed(("../a.png", wall())))}, {}, 422, "archive"),
        ({"archive": ("a.zip", packed(("a.zip", packed(("b.png", wall())))))}, {}, 422, "archive"),
        ({"photos": ("a.png", wall())}, {"model": "other"}, 422, "model"),
        ({"photos": ("a.png", wall())}, {"scale_mm_per_px": "-1"}, 422, "scale_mm_per_px"),
        ({"photos": ("a.png", wall())}, {"scale_mm_per_px": "1e9"}, 422, "scale_mm_per_px"),
        ({"photos": ("a.png", wall())}, {"rule": "aci-224r-01:humidity"}, 422, "scale_mm_per_px"),
        ({"photos": ("a.png", wall())}, {"rule": "/etc/passwd:x", "scale_mm_per_px": "1"}, 422, "rule"),
        ({"photos": ("a.png", wall())}, {"rule": "aci-224r-01:no", "scale_mm_per_px": "1"}, 422, "rule"),
        ({"photos": ("a.png", wall())}, {"name": " a"}, 422, "name"),
        ({"photos": ("a.png", wall())}, {"asset": "a\nb"}, 422, "asset"),
    ],
)
def test_what_cannot_be_taken_in_is_refused_with_the_field(client, files, data, status, field):
    before = len(client.get("/v1/surveys").json()["items"])
    problem(client.post("/v1/surveys", files=files or {"x": b""}, data=data), status, field)
    assert len(client.get("/v1/surveys").json()["items"]) == before


def test_too_many_photos_and_too_many_bytes_are_refused(client, monkeypatch):
    answer = client.post("/v1/surveys", files=[("photos", ("a.png", b"x"))] * 2001)
    assert "2,000" in problem(answer, 413, "photos")
    monkeypatch.setattr(client.app.state.service.runner, "_max_pixels", 1)
    large = ended(client, handed_over(client, [*walls(1), ("photos", ("b.png", wall() + bytes(2_000_000)))]))
    assert {each["photo"] for each in large["failures"]} == {"wall-0.png", "b.png"}


def test_an_archive_that_turns_out_to_be_a_bomb_leaves_nothing_behind(client):
    store = client.app.state.service.store
    before = set(store.blobs.names())
    archive = packed(("a.png", wall(90)), ("b.png", wall()[:8] + bytes(8_000_000)))
    assert "100-fold" in problem(
        client.post("/v1/surveys", files={"archive": ("a.zip", archive)}), 422, "archive"
    )
    assert set(store.blobs.names()) == before


def test_unknown_surveys_and_formats_are_problems(client, mixed):
    for path in ("", "/events", "/report"):
        problem(client.get(f"/v1/surveys/{'0' * 32}{path}"), 404)
    problem(client.get(mixed["links"]["report"], params={"format": "docx"}), 422, "format")


def test_other_owners_do_not_see_a_survey_and_keys_are_asked_for_first(dark_model_file, tmp_path):
    given = settings(dark_model_file, tmp_path, require_keys=True, max_survey_bytes=100_000)
    store = Store.open(given.store_url, given.blobs_url)
    mine, other = ({"X-API-Key": create_key(store, name)[1]} for name in ("mine", "other"))
    store.close()
    with TestClient(make_app(given)) as client:
        problem(client.post("/v1/surveys", files=walls(1)), 401)
        problem(client.post("/v1/surveys", files=walls(1) * 400, headers=mine), 413)
        survey = handed_over(client, walls(1), headers=mine)
        ended(client, survey, headers=mine)
        for link in survey["links"].values():
            problem(client.get(link, headers=other), 404)
            assert client.get(link, headers=mine).status_code == 200
        assert client.get("/v1/surveys", headers=other).json()["items"] == []
        kept = client.get("/v1/inspections", headers=mine).json()["items"]
        assert len(kept) == 1
        assert client.get("/v1/inspections", headers=other).json()["items"] == []
