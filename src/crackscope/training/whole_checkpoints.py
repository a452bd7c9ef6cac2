"""Checkpoints that are there whole or not at all: a full disk leaves the last good one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
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
