"""The REST API over HTTP, with real workers and a real store."""

import io
import json

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("fastapi", reason="the service is not installed")

from crackscope.imaging.encode import jpeg_bytes, png_bytes
from crackscope.inspection.inspection_json import from_document
from crackscope.serving.keys import create_key, revoke_key
from crackscope.serving.store import Store

PNG = b"\x89PNG"


def wall(width_px=4, length_px=100):
    pixels = np.full((120, 160, 3), 160, np.uint8)
    pixels[60 : 60 + width_px, 20 : 20 + length_px] = 20
    return pixels


def photo(content=None, name="wall.png"):
    return {"photo": (name, png_bytes(wall()) if content is None else content)}


@pytest.fixture(scope="module")
def client(served):
    return served(max_bytes=2_000_000, max_pixels=100_000)


def problem(answer, status, field=None):
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == status
    assert said.get("field") == field
    assert "Traceback" not in answer.text
    assert said["detail"].endswith(".")
    return said["detail"]


def test_a_photo_comes_back_inspected_and_is_kept(client):
    answer = client.post("/v1/inspections", files=photo(), data={"scale_mm_per_px": "0.5", "asset": "pier 3"})
    assert answer.status_code == 201
    document = answer.json()
    inspection = from_document(document)
    assert inspection.cracks[0].length_mm == pytest.approx(50, rel=0.03)
    assert answer.headers["location"] == document["links"]["self"] == f"/v1/inspections/{document['id']}"
    again = client.get(document["links"]["self"])
    assert again.json() == document
    assert client.get(document["links"]["photo"]).content == png_bytes(wall())
    overlay = client.get(document["links"]["overlay"])
    assert overlay.headers["content-type"] == "image/jpeg"
    with Image.open(io.BytesIO(client.get(document["links"]["mask"]).content)) as mask:
        assert (mask.mode, mask.size) == ("L", (160, 120))
        assert np.asarray(mask)[61, 60] == 255
        assert (np.asarray(mask) > 0).mean() == pytest.approx(inspection.coverage, rel=0.01)


@pytest.mark.parametrize(("accept", "start"), [("image/png", PNG), ("image/jpeg", b"\xff\xd8")])
def test_a_picture_is_sent_where_one_is_wanted(client, accept, start):
    answer = client.post("/v1/inspections?store=false", files=photo(), headers={"Accept": accept})
    assert answer.status_code == 201
    assert answer.content.startswith(start)
    assert answer.headers["x-crackscope-verdict"] == "crack"
    assert answer.headers["x-crackscope-cracks"] == "1"
    assert float(answer.headers["x-crackscope-coverage"]) == pytest.approx(400 / 19200, rel=0.1)


def test_nothing_is_kept_where_that_is_asked(client):
    before = client.get("/v1/inspections?limit=200").json()["items"]
    answer = client.post("/v1/inspections?store=false", files=photo())
    assert answer.json()["id"] is None
    assert "location" not in answer.headers
    assert client.get("/v1/inspections?limit=200").json()["items"] == before


def test_what_is_kept_is_listed_in_pages_newest_first(served):
    client = served()
    ids = [
        client.post(
            "/v1/inspections", files=photo(png_bytes(wall(2 + n))), data={"asset": f"pier {n % 2}"}
        ).json()["id"]
        for n in range(5)
    ]
    first = client.get("/v1/inspections?limit=3").json()
    rest = client.get("/v1/inspections", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None
    only = client.get("/v1/inspections", params={"asset": "pier 1", "verdict": "crack"}).json()["items"]
    assert [item["id"] for item in only] == [ids[3], ids[1]]
    assert client.get("/v1/inspections", params={"verdict": "no crack"}).json()["items"] == []
    history = client.get("/v1/assets/pier 0/history").json()["items"]
    assert [item["id"] for item in history] == [ids[0], ids[2], ids[4]]
    assert history[0]["widest_px"] < history[2]["widest_px"]
    assert client.get("/v1/assets").json()["items"] == ["pier 0", "pier 1"]
    assert client.delete(f"/v1/inspections/{ids[0]}").status_code == 204
    problem(client.get(f"/v1/inspections/{ids[0]}"), 404)
    problem(client.delete(f"/v1/inspections/{ids[0]}"), 404)


def broken_jpeg():
    return jpeg_bytes(wall())[:400]


def huge():
    stream = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("files", "data", "field"),
    [
        ({}, {}, "photo"),
        (photo(b""), {}, "photo"),
        (photo(b"x"), {}, "photo"),
        (photo(b"some text", "wall.jpg"), {}, "photo"),
        (photo(broken_jpeg()), {}, "photo"),
        (photo(huge()), {}, "photo"),
        (photo(), {"scale_mm_per_px": "-1"}, "scale_mm_per_px"),
        (photo(), {"scale_mm_per_px": "nan"}, "scale_mm_per_px"),
        (photo(), {"scale_mm_per_px": "wide"}, "scale_mm_per_px"),
        (photo(), {"scale_mm_per_px": "1e9"}, None),
        (photo(), {"model": "/etc/passwd"}, "model"),
        (photo(), {"rule": "../rule.yaml:x", "scale_mm_per_px": "1"}, "rule"),
        (photo(), {"rule": "aci-224r-01:humidity"}, "scale_mm_per_px"),
        (photo(), {"rule": "aci-224r-01:nowhere", "scale_mm_per_px": "1"}, None),
        (photo(), {"asset": "x" * 300}, "asset"),
    ],
)
def test_what_cannot_be_inspected_is_refused_in_a_sentence(client, files, data, field):
    kept = client.get("/v1/inspections?limit=1").json()["items"]
    answer = client.post("/v1/inspections", files=files or None, data=data)
    problem(answer, 422, field)
    assert client.get("/v1/inspections?limit=1").json()["items"] == kept


def test_two_photos_at_once_are_refused(client):
    two = [("photo", ("a.png", png_bytes(wall()))), ("photo", ("b.png", png_bytes(wall())))]
    assert "one at a time" in problem(client.post("/v1/inspections", files=two), 422, "photo")


def test_a_body_beyond_the_limit_is_refused_whatever_its_length_is_said_to_be(client):
    assert "2 MB" in problem(client.post("/v1/inspections", files=photo(b"\0" * 2_100_000)), 413)

    def pieces():
        head = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n'
        yield head
        for _ in range(30):
            yield b"\0" * 100_000

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    problem(client.post("/v1/inspections", content=pieces(), headers=headers), 413)


def test_unknown_places_and_methods_are_problems(client):
    problem(client.get("/v1/nothing"), 404)
    problem(client.get("/v1/inspections/../../etc/passwd"), 404)
    problem(client.get("/v1/inspections/xyz/overlay"), 404)
    problem(client.put("/v1/inspections"), 405)
    problem(client.get("/v1/assets/none/history"), 404)
    problem(client.get("/v1/inspections?cursor=nonsense"), 422)
    problem(client.get("/v1/inspections?limit=0"), 422, "limit")
    problem(client.post("/v1/inspections", files=photo(), headers={"Accept": "text/html"}), 406, "Accept")


def test_a_client_s_file_name_never_becomes_a_path(client, tmp_path):
    answer = client.post("/v1/inspections", files=photo(name="..\\../../etc/cron.d/x.png"))
    assert answer.json()["photo"]["name"] == "x.png"
    assert list(tmp_path.iterdir()) == []


def test_every_answer_carries_headers_for_safety(client):
    for answer in (client.get("/healthz"), client.get("/nothing"), client.get("/v1/models")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers


def test_health_models_rules_and_metrics(client):
    assert client.get("/healthz").json()["status"] == "ok"
    assert client.get("/readyz").json() == {"status": "ready"}
    (model,) = client.get("/v1/models").json()["items"]
    assert model["task"] == "segment"
    assert "aci-224r-01:humidity" in [rule["name"] for rule in client.get("/v1/rules").json()["items"]]
    client.get("/v1/inspections/abc")
    text = client.get("/metrics").text
    assert (
        'crackscope_requests_total{method="GET",route="/v1/inspections/{inspection_id}",status="404"}' in text
    )
    assert "crackscope_queue_waiting 0.0" in text
    assert 'crackscope_inspection_seconds_count{step="predict"}' in text


def test_the_documents_of_the_api_come_from_this_server_alone(client):
    page = client.get("/docs").text
    assert "http" not in page.replace("http-equiv", "").replace("https://json-schema", "")
    assert client.get("/openapi.json").json()["paths"]["/v1/inspections"]["post"]


# Keys


@pytest.fixture
def keyed(served, tmp_path):
    client = served(tmp_path, require_keys=True)
    store = Store.open(f"sqlite:///{tmp_path}/crackscope.sqlite3", f"{tmp_path}/blobs")
    yield client, store
    store.close()


def test_a_server_that_needs_keys_answers_nobody_else(keyed):
    client, store = keyed
    key, secret = create_key(store, "phone")
    for headers in ({}, {"Authorization": "Bearer cs_wrong"}, {"X-API-Key": secret[:-1] + "?"}):
        answer = client.post("/v1/inspections", files=photo(), headers=headers)
        assert "key" in problem(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
    with_key = {"Authorization": f"Bearer {secret}"}
    assert client.post("/v1/inspections", files=photo(), headers=with_key).status_code == 201
    assert client.get("/healthz").status_code == 200
    revoke_key(store, key.id)
    problem(client.get("/v1/inspections", headers=with_key), 401)


def test_another_key_s_inspection_is_not_known(keyed):
    client, store = keyed
    mine, theirs = ({"X-API-Key": create_key(store, name)[1]} for name in ("mine", "theirs"))
    own = client.post("/v1/inspections", files=photo(), headers=mine, data={"asset": "pier"}).json()["id"]
    for path in ("", "/photo", "/overlay", "/mask"):
        problem(client.get(f"/v1/inspections/{own}{path}", headers=theirs), 404)
    problem(client.delete(f"/v1/inspections/{own}", headers=theirs), 404)
    problem(client.get("/v1/assets/pier/history", headers=theirs), 404)
    assert client.get("/v1/inspections", headers=theirs).json()["items"] == []
    assert client.get(f"/v1/inspections/{own}", headers=mine).status_code == 200


def test_a_key_that_asks_too_often_is_told_to_wait(keyed):
    client, store = keyed
    headers = {"X-API-Key": create_key(store, "script", rate_per_minute=3)[1]}
    answers = [client.get("/v1/models", headers=headers) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_the_openapi_document_is_json_without_surprises(client):
    document = client.get("/openapi.json")
    assert json.loads(document.text)["info"]["title"] == "crackscope"
