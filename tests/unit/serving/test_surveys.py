import asyncio
import csv
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import contextmanager

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the service is not installed")

import httpx
import uvicorn
from starlette.testclient import TestClient

from crackscope.errors import StoreUnavailableError
from crackscope.imaging.encode import png_bytes
from crackscope.serving import survey_events, survey_runner
from crackscope.serving.app import make_app
from crackscope.serving.keys import create_key
from crackscope.serving.pool import WorkerLostError, WorkerPool
from crackscope.serving.settings import ServiceSettings
from crackscope.serving.store import Store

FORMATS = ("html", "csv", "jsonl", "coco", "geojson")
OVER = ("done", "failed")


def wall(number=0, *, height=120, width=160):
    """A photo with a crack 4 px wide, and a few px that differ from those of other numbers."""
    pixels = np.full((height, width, 3), 160, np.uint8)
    pixels[60:64, 20:120] = 20
    pixels[:2, :2] = 100 + number
    return png_bytes(pixels)


def walls(count, **size):
    return [("photos", (f"wall-{number}.png", wall(number, **size))) for number in range(count)]


def packed(*entries):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def settings(model, folder, **given):
    return ServiceSettings(
        store_url=f"sqlite:///{folder}/store.sqlite3",
        blobs_url=f"{folder}/blobs",
        model=str(model),
        engine="openvino",
        **({"processes": 1} | given),
    )


def ended(client, survey, *, within_s=15.0, **given):
    """Wait for the end of a survey."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        document = client.get(survey["links"]["self"], **given).json()
        if document["state"] in OVER:
            return document
        time.sleep(0.03)
    raise AssertionError(f"not done in time: {document}")


def handed_over(client, files, data=None, **given):
    answer = client.post("/v1/surveys", files=files, data=data, **given)
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == answer.json()["links"]["self"]
    return answer.json()


def problem(answer, status, field=None):
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert document.get("field") == field
    assert document["detail"].endswith(".")
    return document["detail"]


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


def slowly(monkeypatch, seconds=0.15):
    """Let every photo take its time."""
    run = WorkerPool.run

    async def slow(pool, job):
        await asyncio.sleep(seconds)
        return await run(pool, job)

    monkeypatch.setattr(WorkerPool, "run", slow)


@contextmanager
def served(app):
    """Serve an app on a port, for what `TestClient` cannot do: answers that go on and clients that leave."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=5))
    app.state.is_ending = lambda: server.should_exit
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20.0) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(20.0)
        assert not thread.is_alive()


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


def test_unknown_surveys_and_formats_are_problems(client, mixed):
    for path in ("", "/events", "/report"):
        problem(client.get(f"/v1/surveys/{'0' * 32}{path}"), 404)
    problem(client.get(mixed["links"]["report"], params={"format": "docx"}), 422, "format")


def test_a_worker_that_is_lost_once_costs_nothing_and_twice_the_photo(client, monkeypatch):
    pool = client.app.state.service.pool
    run, lost = pool.run, {"once.png": 1, "twice.png": 2}

    async def shaky(job):
        if lost.get(job.name, 0):
            lost[job.name] -= 1
            raise WorkerLostError("the photo could not be inspected: a worker process ended; try again.")
        return await run(job)

    monkeypatch.setattr(pool, "run", shaky)
    files = [("photos", (name, wall())) for name in ("once.png", "twice.png", "good.png")]
    done = ended(client, handed_over(client, files))
    assert [each["photo"] for each in done["inspections"]] == ["once.png", "good.png"]
    assert "a worker process ended" in done["failures"][0]["reason"]


def test_while_the_store_is_away_the_survey_waits(client, monkeypatch):
    monkeypatch.setattr(survey_runner, "PAUSE_S", 0.05)
    store, away = client.app.state.service.store, {"next_item": 2, "item_photo": 2, "add": 3}

    def sometimes(name):
        there = getattr(store, name)

        def ask(*given, **named):
            if away[name]:
                away[name] -= 1
                raise StoreUnavailableError("the database does not answer.")
            return there(*given, **named)

        return ask

    for name in away:
        monkeypatch.setattr(store, name, sometimes(name))
    done = ended(client, handed_over(client, walls(2)))
    assert done["done"] == 2
    assert not any(away.values())


def test_single_photos_go_first(client):
    survey = handed_over(client, walls(8, height=300, width=400))
    for number in range(3):
        assert client.post("/v1/inspections", files={"photo": ("x.png", wall(number))}).status_code == 201
    assert client.get(survey["links"]["self"]).json()["state"] == "running"
    ended(client, survey)


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


def test_a_survey_goes_on_after_a_restart(dark_model_file, tmp_path, monkeypatch):
    slowly(monkeypatch)
    given = settings(dark_model_file, tmp_path)
    with TestClient(make_app(given)) as client:
        survey = handed_over(client, walls(6))
        while client.get(survey["links"]["self"]).json()["done"] < 1:
            time.sleep(0.02)
    store = Store.open(given.store_url, given.blobs_url)
    stopped = store.job(survey["id"], owner=None)
    states = {item.state for item in store.items(stopped)}
    store.close()
    assert stopped.state == "running"
    assert states == {"done", "waiting"}  # what was in flight was finished
    with TestClient(make_app(given)) as client:
        assert ended(client, survey)["done"] == 6
        assert len(client.get("/v1/inspections").json()["items"]) == 6


def events_of(answer):
    """The events of a stream: name, id, data."""
    event = {}
    for line in answer.iter_lines():
        field, _, value = line.partition(": ")
        if line:
            event[field] = value
        elif event:
            yield event.get("event", "comment"), event.get("id"), json.loads(event.get("data", "null"))
            event = {}


def test_events_tell_every_change_and_the_end(dark_model_file, tmp_path, monkeypatch):
    monkeypatch.setattr(survey_events, "HEARTBEAT_S", 0.02)
    slowly(monkeypatch)
    app = make_app(settings(dark_model_file, tmp_path))
    with served(app) as client:
        survey = handed_over(client, walls(4))
        with client.stream("GET", survey["links"]["events"]) as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            seen = list(events_of(answer))
        progress = [data["done"] for name, _, data in seen if name == "progress"]
        assert progress == sorted(progress)
        assert {1, 2, 3, 4} <= set(progress)
        assert any(name == "comment" for name, _, _ in seen)
        assert seen[-1][:2] == ("done", "done")
        assert seen[-1][2] == {"id": survey["id"], "state": "done", "total": 4, "done": 4, "failed": 0}
        for last in ({}, {"Last-Event-ID": "1"}):
            with client.stream("GET", survey["links"]["events"], headers=last) as answer:
                assert [name for name, _, _ in events_of(answer)] == ["progress", "done"]
        answer = client.get(survey["links"]["events"], headers={"Last-Event-ID": "done"})
        assert answer.status_code == 204


def test_events_end_when_the_client_leaves_and_when_the_server_stops(dark_model_file, tmp_path, monkeypatch):
    slowly(monkeypatch)
    left = []
    events = survey_events.survey_events

    async def watched(*given, **named):
        try:
            async for event in events(*given, **named):
                yield event
        finally:
            left.append(True)

    monkeypatch.setattr("crackscope.serving.routes.surveys.survey_events", watched)
    app = make_app(settings(dark_model_file, tmp_path))
    with served(app) as client:
        survey = handed_over(client, walls(30))
        with client.stream("GET", survey["links"]["events"]) as answer:
            next(events_of(answer))
        until = time.monotonic() + 5.0
        while not left and time.monotonic() < until:
            time.sleep(0.02)
        assert left == [True]
        stream = client.stream("GET", survey["links"]["events"])
        next(events_of(stream.__enter__()))
        begun = time.monotonic()
    assert time.monotonic() - begun < 5.0
    assert left == [True, True]


def test_a_server_that_is_killed_loses_and_doubles_no_photo(dark_model_file, tmp_path):
    def start():
        process = subprocess.Popen(
            [sys.executable, "-m", "crackscope", "serve", "--port", str(port), "--store", str(tmp_path)]
            + f"--model {dark_model_file} --processes 1".split(),
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 20.0
        while time.monotonic() < until:
            try:
                client.get("/readyz").raise_for_status()
            except httpx.HTTPError:
                time.sleep(0.05)
            else:
                return process
        raise AssertionError("the server does not start")

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20.0) as client:
        process = start()
        try:
            survey = handed_over(client, walls(8, height=480, width=640))
            while client.get(survey["links"]["self"]).json()["done"] < 2:
                time.sleep(0.01)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            process = start()
            done = ended(client, survey)
            kept = client.get("/v1/inspections", params={"limit": 200}).json()["items"]
        finally:
            process.terminate()
            process.wait(20.0)
    assert (done["done"], done["failed"]) == (8, 0)
    assert sorted(each["photo"] for each in kept) == [f"wall-{number}.png" for number in range(8)]
