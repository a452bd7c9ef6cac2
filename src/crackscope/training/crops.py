"""Draw training crops from decoded pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crackscope.datasets.cache import DecodedCache
from crackscope.datasets.sample import Sample
from crackscope.errors import DatasetError
from crackscope.training.recipe import DataRecipe, SetRecipe


@dataclass(frozen=True, slots=True)
class CropPlan:
    """Where a training crop lies, before it is cut.

    Parameters
    ----------
    position : int
        Of the picture in the cache.
    to_crop : float64 array, shape (2, 3)
        From the crop's (x, y, 1) to the picture's (x, y), in px.
    scale : float
        Pixels of the crop per pixel of the picture.
    loss_weight : float
    mask_margin_px : int
        How far the mask reaches beyond the crack, at the crop's scale.
    """

    position: int
    to_crop: NDArray[np.float64]
    scale: float
    loss_weight: float
    mask_margin_px: int


@dataclass(frozen=True, slots=True)
class Crop:
    """One training crop.

    Parameters
    ----------
    pixels : uint8 array, shape (S, S, 3)
    mask : uint8 array, shape (S, S)
        0 or 1.
    teacher : uint8 array, shape (S, S), optional
        A teacher's probabilities, 255 for 1.
    """

    pixels: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    teacher: NDArray[np.uint8] | None = None


class SetDraw:
    """Draws a set by its share, and knows which samples are its.

    Parameters
    ----------
    samples : sequence of Sample
    sets : mapping of SetRecipe
        By name.

    Raises
    ------
    DatasetError
        If no set has a share of the crops.
    """

    def __init__(self, samples: Sequence[Sample], sets: Mapping[str, SetRecipe]) -> None:
        self.positions: dict[str, NDArray[np.int64]] = {}
        names = np.array([sample.set_name for sample in samples])
        for name in np.unique(names):
            if set_recipe(sets, name).draw > 0:
                self.positions[str(name)] = np.flatnonzero(names == name)
        if not self.positions:
            raise DatasetError(
                "no pictures to train on; give --data folders whose sets have draw > 0 in the recipe."
            )
        shares = np.array([set_recipe(sets, name).draw for name in self.positions])
        self._shares = shares / shares.sum()

    def draw(self, rng: np.random.Generator) -> tuple[str, NDArray[np.int64]]:
        """Draw a set's name; its samples' positions come with it."""
        name = str(rng.choice(list(self.positions), p=self._shares))
        return name, self.positions[name]


class CropSource:
    """Crops by number: the same seed, epoch and number give the same crop, whatever was drawn before.

    Parameters
    ----------
    cache : DecodedCache
    recipe : DataRecipe
    seed : int
    teacher : callable, optional
        From a sample's position in the cache to a teacher's map of it, uint8 (H, W), 255 for 1.

    Raises
    ------
    DatasetError
        If no set has a share of the crops.
    """

    def __init__(
        self,
        cache: DecodedCache,
        recipe: DataRecipe,
        *,
        seed: int,
        teacher: Callable[[int], NDArray[np.uint8]] | None = None,
    ) -> None:
        self._cache = cache
        self._teacher = teacher
        self._recipe = recipe
        self._seed = seed
        self._sets = SetDraw(cache.samples, recipe.sets)

    def plan(self, epoch: int, number: int) -> CropPlan:
        """Choose where crop `number` of `epoch` lies."""
        rng = np.random.default_rng((self._seed, epoch, number))
        name, positions = self._sets.draw(rng)
        position = int(rng.choice(positions))
        _, mask = self._cache.read(position)
        scale = math.exp(rng.uniform(*np.log(self._recipe.scale_range)))
        own = set_recipe(self._recipe.sets, name)
        return CropPlan(
            position,
            window(rng, mask, scale=scale, recipe=self._recipe),
            scale,
            own.loss,
            round(own.mask_margin_px * scale) if mask.any() else 0,
        )

    def cut(self, plan: CropPlan) -> Crop:
        """Cut a planned crop."""
        pixels, mask = self._cache.read(plan.position)
        teacher = None if self._teacher is None else self._teacher(plan.position)
        side_px = self._recipe.crop_px
        return Crop(
            cut(pixels, plan.to_crop, side_px=side_px),
            (cut(mask * np.uint8(255), plan.to_crop, side_px=side_px) >= 128).astype(np.uint8),
            None if teacher is None else cut(teacher, plan.to_crop, side_px=side_px),
        )


def cut(picture: NDArray[np.uint8], to_crop: NDArray[np.float64], *, side_px: int) -> NDArray[np.uint8]:
    """Cut a square out of a picture: bilinear, mirrored about the border's pixels.

    Parameters
    ----------
    picture : uint8 array, shape (H, W) or (H, W, 3)
    to_crop : float64 array, shape (2, 3)
        As in `CropPlan`.
    side_px : int

    Returns
    -------
    uint8 array, shape (S, S) or (S, S, 3)
    """
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (side_px, side_px)
    return np.asarray(
        cv2.warpAffine(picture, to_crop, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101), np.uint8
    )


def set_recipe(sets: Mapping[str, SetRecipe], name: str) -> SetRecipe:
    """Say how a set takes part, whether the recipe names it or not."""
    return sets.get(name) or SetRecipe()


def window(
    rng: np.random.Generator, mask: NDArray[np.uint8], *, scale: float, recipe: DataRecipe
) -> NDArray[np.float64]:
    """Choose where a crop lies, turned and mirrored at random.

    Parameters
    ----------
    rng : Generator
    mask : uint8 array, shape (H, W)
        Of the picture; not 0 on crack pixels.
    scale : float
        Pixels of the crop per pixel of the picture.
    recipe : DataRecipe

    Returns
    -------
    float64 array, shape (2, 3)
        From the crop's (x, y, 1) to the picture's (x, y), in px. What is larger than the picture is centred
        on it.
    """
    height, width = mask.shape
    half = recipe.crop_px / 2
    reach = half / scale
    row = rng.uniform(min(reach, height / 2), max(height - reach, height / 2))
    column = rng.uniform(min(reach, width / 2), max(width - reach, width / 2))
    if rng.random() < recipe.crack_share:
        crack = np.flatnonzero(mask)
        if crack.size:
            at = divmod(int(rng.choice(crack)), width)
            row, column = (
                float(np.clip(centre + rng.uniform(-0.6, 0.6) * reach, low, high))
                for centre, low, high in (
                    (at[0], min(reach, height / 2), max(height - reach, height / 2)),
                    (at[1], min(reach, width / 2), max(width - reach, width / 2)),
                )
            )
    # Quarter turns and mirror images are free; the finer turn makes every direction equally likely.
    angle = math.radians(rng.uniform(-recipe.turn_deg, recipe.turn_deg)) + rng.integers(4) * math.pi / 2
    mirror = 1 if rng.random() < 0.5 else -1
    cosine, sine = math.cos(angle) / scale, math.sin(angle) / scale
    matrix = np.array([[cosine * mirror, -sine, 0.0], [sine * mirror, cosine, 0.0]])
    matrix[:, 2] = (column, row) - matrix[:, :2] @ (half - 0.5, half - 0.5)
    return matrix
