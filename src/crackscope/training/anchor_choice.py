"""Say how well a detector's anchors suit the cracks it learns from, and choose others where that is asked."""

from __future__ import annotations

import sys
from pathlib import Path

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Callback

from crackscope.imaging.arrays import FloatArray
from crackscope.models.instances.anchor_fit import AnchorShapes, cover, fit_anchors
from crackscope.models.instances.mask_rcnn import MaskRcnn
from crackscope.training.run_files import write_json


class AnchorChoice(Callback):
    """Before training, fit the anchors where the recipe says ``anchors: fit``, and note how well they suit.

    Parameters
    ----------
    path : Path
        Receives the shapes as JSON.
    sizes : float64 array, shape (cracks, 2)
        Heights and widths of the training cracks, in px.
    """

    def __init__(self, path: Path, sizes: FloatArray) -> None:
        self._path = path
        self._sizes = sizes

    def setup(self, trainer: pl.Trainer, module: pl.LightningModule, stage: str) -> None:
        """Choose, before weights are copied for averaging."""
        network = module.network
        assert isinstance(network, MaskRcnn)
        if len(self._sizes) == 0:
            return
        if network.fits_anchors:
            network.anchors.set_shapes(fit_anchors(self._sizes))
        shapes = network.anchors.shapes()
        if trainer.is_global_zero:
            self._tell(shapes, fitted=network.fits_anchors)

    def _tell(self, shapes: AnchorShapes, *, fitted: bool) -> None:
        suits = cover(shapes, self._sizes)
        document = {
            "sizes_px": shapes.sizes_px,
            "ratios": shapes.ratios,
            "fitted": fitted,
            "cracks": len(self._sizes),
            "mean_iou": suits.mean_iou,
            "half_share": suits.half_share,
        }
        write_json(self._path, document)
        sizes, ratios = (", ".join(f"{each:.3g}" for each in own) for own in (shapes.sizes_px, shapes.ratios))
        sys.stderr.write(
            f"anchors of {sizes} px, height by width {ratios}: mean IoU {suits.mean_iou:.2f} with"
            f" {len(self._sizes)} cracks, at least one half for {suits.half_share:.0%}"
            f"{'' if fitted else '; model.options.anchors=fit chooses others'}\n"
        )
