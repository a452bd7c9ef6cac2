"""Processes that keep inspections are really killed, at moments nobody chose."""

import multiprocessing
import random
import sys
import time

import pytest

from crackscope.serving.store import Store
from kept import keep_many

KILLS = 10


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
def test_after_kills_every_acknowledged_inspection_is_there_and_the_rest_can_be_mended(store_place):
    Store.open(*store_place).close()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["kept", "crackscope.serving.store", "psycopg"])
    acknowledged = []
    for run in range(KILLS):
        receiver, said = context.Pipe(duplex=False)
        process = context.Process(target=keep_many, args=(*store_place, run, said), daemon=True)
        process.start()
        said.close()
        for _ in range(random.randint(1, 8)):
            acknowledged.append(receiver.recv_bytes().decode())
        time.sleep(random.random() * 0.02)
        process.kill()
        process.join()
        try:
            while True:
                acknowledged.append(receiver.recv_bytes().decode())
        except (EOFError, OSError):  # nothing more, or half a message
            receiver.close()

    store = Store.open(*store_place)
    first = store.check(repair=True)
    assert first.is_mended
    assert {finding.kind for finding in first.findings} <= {"orphan", "leftover"}
    assert store.check(repair=False).is_clean
    for id in acknowledged:
        stored = store.get(id, owner=None)
        assert store.inspection(stored).photo.name == stored.photo_name
        assert store.photo(stored)
    store.close()
