"""Checkpoints that are there whole or not at all, and that know the best one wherever their folder lies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.plugins.io import TorchCheckpointIO

from crackscope.whole_file import make_folder, whole_file


class WholeCheckpoints(TorchCheckpointIO):
    """Write a checkpoint beside its place, and move it there when it is complete."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:  # noqa: ANN401 - as overridden
        """Write one checkpoint.

        Raises
        ------
        CrackscopeError
            If the disk refuses.
        """
        place = Path(path)
        make_folder(place.parent, of=place)
        with whole_file(place) as temporary, temporary.open("wb") as file:
            torch.save(checkpoint, file)


class MovableCheckpoint(ModelCheckpoint):
    """Remember the best figure when a run goes on in a folder that was moved or renamed.

    Lightning forgets it there, and the next checkpoint, however poor, would take the best one's place.
    """

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up the state, with the paths in the folder as it is now."""
        folder = Path(str(self.dirpath))

        def here(path: str) -> str:
            return str(folder / Path(path).name) if path else path

        paths = ("best_model_path", "kth_best_model_path", "last_model_path")
        kept = state_dict.get("best_k_models", {})
        super().load_state_dict(
            {
                **state_dict,
                **{name: here(state_dict.get(name, "")) for name in paths},
                "best_k_models": {here(path): figure for path, figure in kept.items()},
                "dirpath": self.dirpath,
            }
        )
