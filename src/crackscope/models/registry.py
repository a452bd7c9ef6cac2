"""Every architecture by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from crackscope.errors import RecipeError
from crackscope.models.light import LightNet
from crackscope.models.mobile import MobileNet
from crackscope.models.resnet import ResNet50

_SEGMENTATION: dict[str, Callable[..., nn.Module]] = {
    "light": LightNet,
    "mobile": MobileNet,
    "resnet50": ResNet50,
}


def segmentation_models() -> tuple[str, ...]:
    """Names of the segmentation architectures."""
    return tuple(sorted(_SEGMENTATION))


def build_segmentation(name: str, options: Mapping[str, Any] | None = None) -> nn.Module:
    """Build a segmentation network with fresh weights.

    Parameters
    ----------
    name : str
        One of `segmentation_models`.
    options : mapping, optional
        Keyword arguments of the architecture.

    Returns
    -------
    torch.nn.Module
        Float32 (N, 3, H, W) → logits (N, 1, H, W); its attribute `stride` says what H and W must be
        multiples of.

    Raises
    ------
    RecipeError
        If the name or an option is unknown; the answer lists the known names.
    """
    maker = _SEGMENTATION.get(name)
    if maker is None:
        raise RecipeError(f"model {name}: unknown; known are {', '.join(segmentation_models())}.")
    try:
        return maker(**dict(options or {}))
    except (TypeError, ValueError) as error:
        raise RecipeError(
            f"model {name}: these options do not fit it ({error}); see docs/train.md."
        ) from error
