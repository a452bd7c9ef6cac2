"""TensorBoard: event files in the run folder."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from crackscope.training.tracking.tracker import Identity, Status, TrackedRun

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

FOLDER = "tensorboard"


class TensorboardTracker:
    """Writes event files to ``tensorboard/`` of the run folder, flushed in every epoch.

    Curves and pictures lie over the epochs, the recipe and its surroundings are texts. TensorBoard takes no
    files: of those a JSON document is a text, too, and a checkpoint is passed over.
    """

    def __init__(self) -> None:
        self._writer: SummaryWriter

    def begin(self, run: TrackedRun, earlier: Identity) -> Identity:
        """Write the recipe, or append another event file to those of an earlier session."""
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415  loads PyTorch

        folder = run.folder / FOLDER
        if earlier and any(folder.glob("events.*")):
            self._writer = SummaryWriter(str(folder))
            return earlier
        # An older start in this folder that left no checkpoint may have left events: step 0 hides them.
        self._writer = SummaryWriter(str(folder), purge_step=0)
        self._writer.add_text("recipe", _verbatim(run.recipe), 0)
        data = {name: value for name, value in run.parameters.items() if name.startswith("run.")}
        self._writer.add_text("data", _table(data), 0)
        self._writer.add_text("environment", _table(run.environment), 0)
        self._writer.flush()
        return {"record": uuid.uuid4().hex}

    def figures(self, figures: Mapping[str, float], *, epoch: int, step: int) -> None:
        """Add a point to each curve."""
        for name, value in figures.items():
            self._writer.add_scalar(name, value, epoch)
        self._writer.flush()

    def picture(self, path: Path, *, epoch: int) -> None:
        """Add a sheet to the images."""
        from crackscope.imaging.photo import Photo  # noqa: PLC0415  loads OpenCV

        self._writer.add_image("validation", Photo.open(path).pixels, epoch, dataformats="HWC")
        self._writer.flush()

    def file(self, path: Path) -> None:
        """Add a JSON document to the texts."""
        if path.suffix == ".json":
            self._writer.add_text(path.stem, _verbatim(path.read_text("utf-8")), 0)

    def end(self, status: Status) -> None:
        """Note how the run ended, and close the event file."""
        self._writer.add_text("status", status, 0)
        self._writer.close()


def _verbatim(text: str) -> str:
    """Indent by four, which is verbatim text in Markdown."""
    return "\n".join(f"    {line}" for line in text.splitlines())


def _table(values: Mapping[str, str]) -> str:
    rows = [f"| {name} | {value.replace('|', '&#124;')} |" for name, value in values.items()]
    return "\n".join(["| name | value |", "|---|---|", *rows])
