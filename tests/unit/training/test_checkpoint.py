import os
import pickle
from pathlib import Path

import pytest
import torch

from crackscope.errors import CrackscopeError
from crackscope.models import build_segmentation
from crackscope.training.checkpoint import find_checkpoint, load_network
from crackscope.training.recipe import read_recipe, recipe_document


class _Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_a_checkpoint_that_would_run_code_is_refused_and_does_not_run(tmp_path: Path):
    (tmp_path / "bomb.ckpt").write_bytes(pickle.dumps({"state_dict": _Bomb(tmp_path / "ran")}))
    torch.save({"state_dict": _Bomb(tmp_path / "ran")}, tmp_path / "zipped.ckpt")
    for name in ("bomb.ckpt", "zipped.ckpt"):
        with pytest.raises(CrackscopeError, match="is no checkpoint of crackscope"):
            load_network(tmp_path / name)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 not a zip"])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "x.ckpt").write_bytes(content)
    with pytest.raises(CrackscopeError, match=r"x\.ckpt: is no checkpoint"):
        load_network(tmp_path / "x.ckpt")


def test_weights_of_another_architecture_are_refused(tmp_path: Path):
    document = recipe_document(read_recipe("segment-light"))
    torch.save(
        {"hyper_parameters": {"recipe": document}, "state_dict": {"network.a": torch.zeros(1)}},
        tmp_path / "x.ckpt",
    )
    with pytest.raises(CrackscopeError, match="weights do not fit the architecture light"):
        load_network(tmp_path / "x.ckpt")


def test_a_network_comes_back_with_its_weights(tmp_path: Path):
    network = build_segmentation("light")
    weights = {f"network.{name}": value for name, value in network.state_dict().items()}
    document = recipe_document(read_recipe("segment-light"))
    torch.save({"hyper_parameters": {"recipe": document}, "state_dict": weights}, tmp_path / "x.ckpt")
    loaded, recipe = load_network(tmp_path / "x.ckpt")
    assert recipe.name == "segment-light"
    assert not loaded.training
    torch.testing.assert_close(loaded.state_dict(), network.state_dict())


def test_a_folder_without_checkpoints_is_refused(tmp_path: Path):
    with pytest.raises(CrackscopeError, match="holds no checkpoint"):
        find_checkpoint(tmp_path)
