"""What is known of an architecture before it is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Task = Literal["segment", "classify", "detect"]


@dataclass(frozen=True, slots=True)
class Architecture:
    """One row of the registry; plain values, so that listing the rows imports no network library.

    Parameters
    ----------
    name : str
        As recipes say it. A name that ends in ``/*`` stands for a family, of which recipes name one member:
        ``timm/*`` takes ``timm/resnet26d``, and the maker gets ``variant="resnet26d"``.
    task : str
    build : str
        ``"module:callable"``, imported when the network is built. The callable takes the recipe's options as
        keyword arguments and returns the network; where `pretrained` names any, it takes the keyword
        `pretrained` (one of them, or None) as well.
    summary : str
        One line for people who choose.
    reference : str
        The paper.
    preset : mapping
        Keyword arguments that make this row out of a callable that makes several; options cannot change them.
    pretrained : tuple of str
        Names of the published weights that the callable can fetch.
    """

    name: str
    task: Task
    build: str
    summary: str
    reference: str
    preset: Mapping[str, Any] = field(default_factory=dict)
    pretrained: tuple[str, ...] = ()
