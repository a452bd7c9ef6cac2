"""Every architecture by task and name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from crackscope.errors import RecipeError
from crackscope.models.architecture import Architecture
from crackscope.models.classification_table import CLASSIFICATION
from crackscope.models.instance_table import INSTANCES
from crackscope.models.segmentation_table import SEGMENTATION

if TYPE_CHECKING:
    from torch import nn

_TABLE: tuple[Architecture, ...] = (*SEGMENTATION, *CLASSIFICATION, *INSTANCES)
"""One tuple of rows per task, each in a module that imports no network library."""


def architectures(task: str) -> tuple[Architecture, ...]:
    """List the architectures for a task (``segment``, ``classify`` or ``detect``), by name.

    Examples
    --------
    >>> [each.name for each in architectures("segment") if each.name.startswith("light")]
    ['light']
    """
    return tuple(sorted((each for each in _TABLE if each.task == task), key=lambda each: each.name))


def segmentation_models() -> tuple[str, ...]:
    """Names of the segmentation architectures."""
    return tuple(each.name for each in architectures("segment"))


def build(
    task: str,
    name: str,
    options: Mapping[str, Any] | None = None,
    *,
    pretrained: str | None = None,
) -> nn.Module:
    """Build a network.

    Parameters
    ----------
    task : str
        ``segment``, ``classify`` or ``detect``.
    name : str
        One of `architectures`.
    options : mapping, optional
        Keyword arguments of the architecture.
    pretrained : str, optional
        Published weights to start the encoder from, such as ``imagenet``; the library that publishes them
        fetches them. They take the normalisation of every other network of the project.

    Returns
    -------
    torch.nn.Module
        Its attribute `stride` says what height and width must be multiples of, `encoder_parts` which of its
        modules are the encoder.

    Raises
    ------
    RecipeError
        If the name or an option is unknown, or the weights are not published or cannot be fetched.
    """
    row, extra = _find(task, name)
    if pretrained is not None and pretrained not in row.pretrained:
        known = f"known are {', '.join(row.pretrained)}" if row.pretrained else "nobody publishes any for it"
        raise RecipeError(
            f"model {name}: no {pretrained} weights to fetch ({known}); name a file of your own with"
            " model.encoder_weights=FILE, or start without: model.pretrained=null."
        )
    if row.pretrained:
        extra["pretrained"] = pretrained
    module, _, attribute = row.build.partition(":")
    maker: Callable[..., nn.Module] = getattr(import_module(module), attribute)
    try:
        return maker(**row.preset, **extra, **dict(options or {}))
    except (TypeError, ValueError) as error:
        raise RecipeError(
            f"model {name}: these options do not fit it ({error}); see docs/train.md."
        ) from error


def build_segmentation(
    name: str, options: Mapping[str, Any] | None = None, *, pretrained: str | None = None
) -> nn.Module:
    """Build a segmentation network: float32 (N, 3, H, W) → logits (N, 1, H, W); see `build`."""
    return build("segment", name, options, pretrained=pretrained)


def _find(task: str, name: str) -> tuple[Architecture, dict[str, Any]]:
    """Find a row, and what its maker needs to know of the name."""
    rows = architectures(task)
    for row in rows:
        if row.name == name:
            return row, {}
        family = row.name.removesuffix("*")
        if row.name.endswith("/*") and name.startswith(family) and name != family:
            return row, {"variant": name.removeprefix(family)}
    raise RecipeError(f"model {name}: unknown; known are {', '.join(row.name for row in rows)}.")
