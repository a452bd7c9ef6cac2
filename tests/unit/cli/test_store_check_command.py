import json

import pytest

from crackscope.cli.main import main
from kept import keep

pytest.importorskip("sqlalchemy", reason="the extra [serve] is not installed")


def check(store_place, *arguments):
    url, blobs = store_place
    return main(["store", "check", "--store", url, "--blobs", blobs, *arguments])


def test_a_clean_store_is_status_0(store, store_place, capsys):
    keep(store)
    assert check(store_place) == 0
    assert capsys.readouterr().out == "1 inspection, 2 files: nothing is wrong.\n"


def test_what_is_wrong_is_status_1_until_it_is_mended(store, store_place, capsys):
    stored = keep(store)
    store.blobs.delete(stored.document_sha256)
    orphan = store.blobs.put(b"nobody's")
    assert check(store_place) == 1
    lost, left, summary = capsys.readouterr().out.splitlines()
    assert lost == f"{stored.id}: lost its document (photo 'wall.jpg')."
    assert left == f"{orphan}: belongs to nothing."
    assert summary == "1 inspection, 2 files: 2 findings."
    assert check(store_place, "--repair") == 0
    assert f"{stored.id}: lost its document (photo 'wall.jpg'); the inspection was deleted." in (
        capsys.readouterr().out
    )
    assert check(store_place) == 0
    assert store.audit()[0].action == "repair store"


def test_json_has_every_finding(store, store_place, capsys):
    orphan = store.blobs.put(b"nobody's")
    assert check(store_place, "--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["inspections"], document["blobs"], document["is_clean"]) == (0, 1, False)
    assert [(each["kind"], each["name"]) for each in document["findings"]] == [("orphan", orphan)]
