import os
import signal
import socket
import subprocess
import sys
import time

import pytest

pytest.importorskip("fastapi", reason="the service is not installed")

import httpx
from starlette.testclient import TestClient

from crackscope.errors import StoreUnavailableError
from crackscope.serving import survey_runner
from crackscope.serving.app import make_app
from crackscope.serving.pool import WorkerLostError
from crackscope.serving.store import Store
from drawn_surveys import ended, handed_over, settings, slowly, wall, walls


@pytest.fixture(scope="module")
def client(dark_model_file, tmp_path_factory):
    app = make_app(settings(dark_model_file, tmp_path_factory.mktemp("store")))
    with TestClient(app) as client:
        yield client


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


def test_a_photo_that_was_handed_out_to_nobody_is_taken_again(client, monkeypatch):
    monkeypatch.setattr(survey_runner, "PAUSE_S", 0.05)
    store = client.app.state.service.store
    next_item, cut = store.next_item, [True]

    def ask(job):
        item = next_item(job)
        if item is not None and cut:
            cut.clear()
            raise StoreUnavailableError("the line was cut after the commit.")
        return item

    monkeypatch.setattr(store, "next_item", ask)
    assert ended(client, handed_over(client, walls(2)))["done"] == 2
    assert not cut


def test_single_photos_go_first(client):
    survey = handed_over(client, walls(8, height=300, width=400))
    for number in range(3):
        assert client.post("/v1/inspections", files={"photo": ("x.png", wall(number))}).status_code == 201
    assert client.get(survey["links"]["self"]).json()["state"] == "running"
    ended(client, survey)


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


def test_a_server_that_is_killed_loses_and_doubles_no_photo(dark_model_file, tmp_path):
    def start():
        options = ("--port", port, "--store", tmp_path, "--model", dark_model_file, "--processes", 1)
        command = [sys.executable, "-m", "crackscope", "serve", *map(str, options)]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60.0
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
            while (before := client.get(survey["links"]["self"]).json()["done"]) < 2:
                time.sleep(0.01)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            process = start()
            done = ended(client, survey)
            kept = client.get("/v1/inspections", params={"limit": 200}).json()["items"]
        finally:
            process.terminate()
            process.wait(20.0)
    assert before < 8
    assert (done["done"], done["failed"]) == (8, 0)
    assert sorted(each["photo"] for each in kept) == [f"wall-{number}.png" for number in range(8)]
