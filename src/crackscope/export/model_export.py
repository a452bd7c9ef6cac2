"""A trained network becomes a checked model file."""

from __future__ import annotations

import copy
import importlib.metadata
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from torch import nn

from crackscope.engine.model_card import ModelCard
from crackscope.engine.model_file import ModelFile
from crackscope.errors import ModelFileError
from crackscope.export.onnx_export import export_fp32
from crackscope.export.parity import Parity
from crackscope.export.quantise import Calibration, quantise_int8
from crackscope.export.task_export import task_export
from crackscope.imaging.arrays import RgbPixels
from crackscope.version import __version__

COMPARED_PICTURES = 16
PACKAGES = ("torch", "onnx", "onnxruntime", "openvino")


@dataclass(frozen=True, slots=True)
class Export:
    """A model file and how it compares with the network it was made of.

    Parameters
    ----------
    model_file : ModelFile
    parity : Parity, optional
        On the calibration pictures; None where there were none.
    """

    model_file: ModelFile
    parity: Parity | None


def export_module(
    module: nn.Module,
    card: ModelCard,
    out_path: str | Path,
    *,
    precision: str,
    calibration_pictures: Sequence[RgbPixels] = (),
    temperature: float = 1.0,
    calibration: Calibration = "minmax",
    exclude: Sequence[str] = (),
) -> Export:
    """Write a network as a model file and compare the two on real pictures.

    Parameters
    ----------
    module : torch.nn.Module
        From normalised float32 (N, 3, H, W) to logits; it is not changed.
    card : ModelCard
        Its `task` decides how; `precision` and `versions` are filled in here.
    out_path : str or Path
        Written whole or not at all, and not before the comparison.
    precision : str
        ``"fp32"`` or ``"int8"``.
    calibration_pictures : sequence of uint8 arrays, shape (H, W, 3)
        Needed for int8; the first `COMPARED_PICTURES` are what is compared on.
    temperature : float
        Divides the logits before the sigmoid.
    calibration : str
        See `quantise_int8`.
    exclude : sequence of str
        Nodes that stay in float32.

    Returns
    -------
    Export

    Raises
    ------
    ValueError
        If `precision` is unknown, or int8 is asked for without pictures.
    ModelFileError
        If the float32 file does not compute what the network computes.
    """
    if precision not in ("fp32", "int8"):
        raise ValueError(f"precision must be fp32 or int8, not {precision!r}")
    out_path = Path(out_path)
    card = replace(card, precision="fp32", versions={**card.versions, **_versions()})
    with tempfile.TemporaryDirectory(dir=out_path.parent, prefix=f".{out_path.stem}.") as folder:
        draft = export_fp32(module, card, Path(folder) / "fp32.onnx", temperature=temperature)
        pictures = calibration_pictures[:COMPARED_PICTURES]
        reference = copy.deepcopy(module).cpu().float().eval()
        parity = _compare(reference, temperature, draft, pictures)
        if parity is not None and not task_export(card.task).is_faithful(parity):
            raise ModelFileError(
                f"{out_path.name}: the exported graph differs from the network by up to"
                f" {parity.max_difference:.2g}; report this with the run's recipe."
            )
        if precision == "int8":
            draft = quantise_int8(
                draft.path,
                Path(folder) / "int8.onnx",
                calibration_pictures,
                method=calibration,
                exclude=exclude,
            )
            parity = _compare(reference, temperature, draft, pictures)
        draft.path.replace(out_path)
    return Export(replace(draft, path=out_path), parity)


def _compare(
    network: nn.Module, temperature: float, model_file: ModelFile, pictures: Sequence[RgbPixels]
) -> Parity | None:
    if not pictures:
        return None
    return task_export(model_file.card.task).compare(network, temperature, model_file, pictures)


def _versions() -> dict[str, str]:
    return {"crackscope": __version__, **{name: importlib.metadata.version(name) for name in PACKAGES}}
