import hashlib
import os

import onnx
import pytest

from crackscope.engine import model_file as model_file_room
from crackscope.engine.model_file import ModelFile, shipped_models
from crackscope.errors import ModelFileError


def refused(path, match):
    with pytest.raises(ModelFileError, match=match) as caught:
        ModelFile.open(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith((".", ")."))


def test_a_model_file_says_what_it_is(dark_model_file, dark_model):
    opened = ModelFile.open(dark_model_file)
    assert opened.card == dark_model.DARK_CARD
    assert opened.size_bytes == dark_model_file.stat().st_size
    assert opened.sha256 == hashlib.sha256(dark_model_file.read_bytes()).hexdigest()


def test_a_model_may_be_given_by_its_shipped_name(dark_model_file, tmp_path, monkeypatch):
    (tmp_path / "night.onnx").write_bytes(dark_model_file.read_bytes())
    monkeypatch.setattr(model_file_room, "WEIGHTS_FOLDER", tmp_path)
    assert ModelFile.open("night").path == tmp_path / "night.onnx"
    assert [shipped.path.stem for shipped in shipped_models()] == ["night"]


def test_an_unknown_name_lists_the_known_ones(dark_model_file, tmp_path, monkeypatch):
    (tmp_path / "night.onnx").write_bytes(dark_model_file.read_bytes())
    monkeypatch.setattr(model_file_room, "WEIGHTS_FOLDER", tmp_path)
    refused("day", r"^day: no such model; .*\(night\)\.$")


def test_a_missing_file_is_named(tmp_path):
    refused(tmp_path / "no.onnx", "no such model")


def test_a_folder_is_refused(tmp_path):
    refused(tmp_path, "is a folder; give an .onnx file")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_named(dark_model_file, tmp_path):
    path = tmp_path / "locked.onnx"
    path.write_bytes(dark_model_file.read_bytes())
    path.chmod(0)
    refused(path, r"locked\.onnx: cannot be read \(permission denied\)")


@pytest.mark.parametrize("content", [b"", b"just some text", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" * 50])
def test_a_file_that_is_not_onnx_is_refused(tmp_path, content):
    path = tmp_path / "photo.onnx"
    path.write_bytes(content)
    refused(path, r"^photo\.onnx: not an ONNX file, or only a part of one")


def test_a_truncated_model_is_refused(dark_model_file, tmp_path):
    path = tmp_path / "half.onnx"
    path.write_bytes(dark_model_file.read_bytes()[:300])
    refused(path, "only a part of one")


def test_a_model_without_card_is_refused(dark_model, tmp_path):
    model = dark_model.dark_model()
    del model.metadata_props[:]
    path = tmp_path / "foreign.onnx"
    path.write_bytes(model.SerializeToString())
    refused(path, "without a crackscope model card")


def test_a_model_of_a_newer_schema_asks_to_upgrade(dark_model, tmp_path):
    refused(dark_model.write_dark_model_saying(tmp_path / "new.onnx", schema=99), "upgrade crackscope")


@pytest.mark.parametrize("end", ["input", "output"])
def test_a_graph_without_our_names_is_refused(dark_model, tmp_path, end):
    model = dark_model.dark_model()
    getattr(model.graph, end)[0].name = "other"
    path = tmp_path / "names.onnx"
    path.write_bytes(model.SerializeToString())
    refused(path, "no input 'photo' or no output 'probability'")


def test_a_model_with_weights_in_other_files_is_refused(dark_model, tmp_path):
    model = dark_model.dark_model()
    onnx.external_data_helper.set_external_data(model.graph.initializer[0], "/etc/hostname")
    path = tmp_path / "apart.onnx"
    path.write_bytes(model.SerializeToString())
    refused(path, "weights in other files")


def test_a_huge_file_is_refused_unread(tmp_path):
    path = tmp_path / "huge.onnx"
    with path.open("wb") as file:
        file.truncate(300 * 1024 * 1024)  # sparse: takes no space
    refused(path, r"huge\.onnx: 315 MB, where a model file has at most 268 MB")


def test_a_file_changed_since_it_was_opened_is_not_run(dark_model_file, tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(dark_model_file.read_bytes())
    opened = ModelFile.open(path)
    path.write_bytes(b"else")
    with pytest.raises(ModelFileError, match="changed since it was opened"):
        opened.read()
