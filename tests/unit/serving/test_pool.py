import asyncio
import os
import signal
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the service is not installed")

from crackscope.errors import CrackscopeError
from crackscope.imaging.encode import png_bytes
from crackscope.serving.pool import BusyError, TimeLimitError, WorkerLostError, WorkerPool
from crackscope.serving.worker import DrawJob, Inspected, InspectJob, Refused


def wall(height=120, width=160):
    pixels = np.full((height, width, 3), 160, np.uint8)
    pixels[60:64, 20:120] = 20
    return png_bytes(pixels)


def pool(model, **given):
    settings = {"engine": "openvino", "processes": 1, "threads": 1, "queue_size": 4, "time_limit_s": 30.0}
    return WorkerPool(model=str(model), **(settings | given))


def run(model, story, **given):
    """Open a pool, live the story, close the pool."""

    async def whole():
        workers = pool(model, **given)
        await workers.open()
        try:
            return await story(workers)
        finally:
            await workers.close()

    return asyncio.run(whole())


def test_photos_are_inspected_and_drawn(dark_model_file):
    async def story(workers):
        job = InspectJob(wall(), "wall.png", scale_mm_per_px=0.5, picture="image/png")
        found = await workers.run(job)
        overlay = await workers.run(DrawJob("overlay", found.inspection, wall(), "image/jpeg"))
        mask = await workers.run(DrawJob("mask", found.inspection))
        return found, overlay, mask

    found, overlay, mask = run(dark_model_file, story)
    assert isinstance(found, Inspected)
    assert found.inspection.cracks[0].length_mm == pytest.approx(50, rel=0.03)
    assert found.picture.startswith(b"\x89PNG")
    assert overlay.startswith(b"\xff\xd8")
    assert mask.startswith(b"\x89PNG")


def test_what_is_no_photo_is_refused_in_a_sentence_and_others_go_on(dark_model_file):
    async def story(workers):
        jobs = [InspectJob(b"text", "a.jpg"), InspectJob(wall(), "b.png"), InspectJob(wall()[:200], "c.png")]
        return await asyncio.gather(*(workers.run(job) for job in jobs))

    text, good, cut = run(dark_model_file, story)
    assert isinstance(text, Refused)
    assert not text.is_defect
    assert text.kind == "PhotoError"
    assert text.sentence.startswith("a.jpg:")
    assert isinstance(good, Inspected)
    assert isinstance(cut, Refused)


def test_more_than_may_wait_are_told_to_come_back(dark_model_file):
    async def story(workers):
        jobs = [workers.run(InspectJob(wall(), "w.png")) for _ in range(12)]
        return await asyncio.gather(*jobs, return_exceptions=True)

    done = run(dark_model_file, story, queue_size=3)
    assert 3 <= sum(isinstance(each, Inspected) for each in done) <= 5
    assert sum(isinstance(each, BusyError) for each in done) == 12 - sum(
        isinstance(each, Inspected) for each in done
    )


def test_a_photo_that_takes_too_long_costs_itself_alone(dark_model_file):
    async def story(workers):
        slow = workers.run(InspectJob(wall(3000, 4000), "slow.png"))
        waiting = workers.run(InspectJob(wall(), "next.png"))
        return await asyncio.gather(slow, waiting, return_exceptions=True), workers.state.restarts

    (slow, waiting), restarts = run(dark_model_file, story, time_limit_s=0.12)
    assert isinstance(slow, TimeLimitError)
    assert isinstance(waiting, Inspected)
    assert restarts == 1


def test_a_process_that_dies_is_replaced(dark_model_file):
    async def story(workers):
        big = asyncio.create_task(workers.run(InspectJob(wall(3000, 4000), "big.png")))
        await asyncio.sleep(0.05)
        for child in _children():
            os.kill(child, signal.SIGKILL)
        lost = (await asyncio.gather(big, return_exceptions=True))[0]
        return lost, await workers.run(InspectJob(wall(), "after.png"))

    lost, after = run(dark_model_file, story)
    assert isinstance(lost, WorkerLostError)
    assert isinstance(after, Inspected)


def test_closing_finishes_what_was_accepted(dark_model_file):
    async def whole():
        workers = pool(dark_model_file)
        await workers.open()
        jobs = [asyncio.create_task(workers.run(InspectJob(wall(), f"{n}.png"))) for n in range(4)]
        await asyncio.sleep(0)
        await workers.close()
        done = await asyncio.gather(*jobs)
        with pytest.raises(BusyError):
            await workers.run(InspectJob(wall(), "late.png"))
        return done

    assert all(isinstance(each, Inspected) for each in asyncio.run(whole()))


def test_a_pool_without_a_model_does_not_open(tmp_path):
    async def whole():
        await pool(tmp_path / "none.onnx").open()

    with pytest.raises(CrackscopeError, match=r"none\.onnx"):
        asyncio.run(whole())


def _children():
    """Worker processes of this one, by their command line; the resource tracker is another child."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                command = (entry / "cmdline").read_text()
            except OSError:
                continue
            if parent == os.getpid() and "spawn_main" in command:
                found.append(int(entry.name))
    return found
