import json
import threading
import time
from contextlib import contextmanager

import pytest

pytest.importorskip("fastapi", reason="the service is not installed")

import httpx
import uvicorn

from crackscope.serving import survey_events
from crackscope.serving.app import make_app
from drawn_surveys import handed_over, settings, slowly, walls


@contextmanager
def running(app):
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
    with running(app) as client:
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
    with running(app) as client:
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
