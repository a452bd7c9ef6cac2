"""Surveys of drawn photos, handed over to a server and watched until they end."""

import asyncio
import io
import time
import zipfile

import numpy as np

from crackscope.imaging.encode import png_bytes
from crackscope.serving.pool import WorkerPool
from crackscope.serving.settings import ServiceSettings

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


def ended(client, survey, *, within_s=40.0, **given):
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


def slowly(monkeypatch, seconds=0.15):
    """Let every photo take its time."""
    run = WorkerPool.run

    async def slow(pool, job):
        await asyncio.sleep(seconds)
        return await run(pool, job)

    monkeypatch.setattr(WorkerPool, "run", slow)
