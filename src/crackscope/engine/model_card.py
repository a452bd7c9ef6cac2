"""What a model file says of itself: the JSON document under the metadata key `crackscope`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

METADATA_KEY = "crackscope"
SCHEMA_VERSION = 1
TASKS = ("segment", "classify", "detect")


@dataclass(frozen=True, slots=True)
class ModelInput:
    """How a picture becomes the model's input.

    The graph takes float32 of shape (N, 3, H, W): channels in `channel_order`, each `(value / 255 - mean) /
    std`.

    Parameters
    ----------
    channel_order : str
        ``"RGB"`` or ``"BGR"``.
    mean, std : tuple of 3 floats
        Per channel, for values scaled to 0…1, in `channel_order`.
    stride : int
        Height and width must be multiples of this.
    fixed_size : tuple of int, optional
        (H, W) where the graph takes one size only.
    """

    channel_order: str = "RGB"
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.25, 0.25, 0.25)
    stride: int = 32
    fixed_size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class CrackFilter:
    """Which connected crack pixels count as a crack; frozen on validation pictures together with the
    threshold.

    Parameters
    ----------
    min_length_px : float
        Shorter ones are dropped; length is that of the longer side of the rotated bounding box.
    min_peak_probability : float
        Those whose most probable pixel is below this are dropped.
    min_mean_probability : float
        Those whose mean probability is below this are dropped.
    """

    min_length_px: float = 0.0
    min_peak_probability: float = 0.0
    min_mean_probability: float = 0.0


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """One set the model learnt from, and the terms its publisher states; `pictures` is 0 where their number
    is not known.
    """

    name: str
    pictures: int
    terms: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Everything a program needs to run a model file, and a person to judge it.

    Parameters
    ----------
    name : str
        Short name, for example ``crack-light``.
    task : str
        One of `TASKS`.
    input : ModelInput
    threshold : float
        Crack where the probability is at least this; frozen on validation data.
    crack_filter : CrackFilter
    class_names : tuple of str
    precision : str
        ``"fp32"`` or ``"int8"``.
    training_sets : tuple of TrainingSet
    terms : str
        What the terms of the training sets mean for who uses the model, in one sentence.
    figures : mapping
        Measured figures, by name of the test.
    recipe : mapping
        The frozen recipe it was trained with.
    seed : int
    versions : mapping
        Of the packages that made it.
    sure_below : float, optional
        Of a classifier: a photo of smaller probability is surely crack-free, so that a screening can stop
        there. Frozen so that next to none of the cracked validation photos fall below.
    mask_threshold : float, optional
        Of a detector, whose `threshold` is for the score of a crack: a pixel belongs to it from this
        probability of its mask on; 0.5 where none is given.
    """

    name: str
    task: str
    input: ModelInput
    threshold: float
    crack_filter: CrackFilter = field(default_factory=CrackFilter)
    class_names: tuple[str, ...] = ("crack",)
    precision: str = "fp32"
    training_sets: tuple[TrainingSet, ...] = ()
    terms: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    sure_below: float | None = None
    mask_threshold: float | None = None
