"""Draw what a classifier learns from: pictures of class folders as wholes, crops of pictures with masks."""

from __future__ import annotations

import logging
import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackscope.datasets.cache import DecodedCache
from crackscope.datasets.patches import patch_label
from crackscope.imaging.arrays import RgbPixels
from crackscope.imaging.views import WHOLE_UP_TO, fits_whole, whole_view
from crackscope.training.crops import SetDraw, cut, set_recipe, window
from crackscope.training.recipe import DataRecipe

LARGEST_SCALE_OF_WHOLES = 1.25
"""Nearer, a crack at the border could leave the view, and its label with it."""
_TRIES = 8
"""So often a crop that shows too little of a crack is drawn again."""

_log = logging.getLogger("crackscope.training")


@dataclass(frozen=True, slots=True, eq=False)
class LabelledCrop:
    """What a classifier is shown once.

    Parameters
    ----------
    pixels : uint8 array, shape (S, S, 3)
    cracked : bool
    loss_weight : float
        0 where no crop was found that is either.
    """

    pixels: RgbPixels
    cracked: bool
    loss_weight: float


class LabelledCropSource:
    """Crops by number: the same seed, epoch and number give the same crop, whatever was drawn before.

    Sets with cracked pictures of which there is no mask are shown in whole pictures, `crack_share` of them
    cracked, crack-free ones alike: what is done to the two must not tell them apart. Of other sets there are
    crops as for segmentation, labelled by their mask.

    Parameters
    ----------
    cache : DecodedCache
    recipe : DataRecipe
    seed : int

    Raises
    ------
    DatasetError
        If no set has a share of the crops.
    """

    def __init__(self, cache: DecodedCache, recipe: DataRecipe, *, seed: int) -> None:
        self._cache = cache
        self._recipe = recipe
        self._seed = seed
        self._sets = SetDraw(cache.samples, recipe.sets)
        self._unmasked = np.array([sample.unmasked_crack for sample in cache.samples])
        self._shown_whole = {sample.set_name for sample in cache.samples if sample.unmasked_crack}
        self._no_crack = np.zeros((recipe.crop_px, recipe.crop_px), np.uint8)

    def draw(self, epoch: int, number: int) -> LabelledCrop:
        """Draw crop `number` of `epoch`."""
        rng = np.random.default_rng((self._seed, epoch, number))
        name, positions = self._sets.draw(rng)
        weight = set_recipe(self._recipe.sets, name).loss
        if name in self._shown_whole:
            return self._whole(rng, positions, weight)
        return self._crop(rng, int(rng.choice(positions)), weight)

    def _whole(self, rng: np.random.Generator, positions: NDArray[np.int64], weight: float) -> LabelledCrop:
        cracked = self._unmasked[positions]
        if not cracked.all():
            positions = positions[cracked == (rng.random() < self._recipe.crack_share)]
        position = int(rng.choice(positions))
        pixels, _ = self._cache.read(position)
        side_px = self._recipe.crop_px
        view = whole_view(pixels, side_px=side_px)
        smallest, largest = (min(each, LARGEST_SCALE_OF_WHOLES) for each in self._recipe.scale_range)
        scale = math.exp(rng.uniform(math.log(smallest), math.log(largest)))
        to_crop = window(rng, self._no_crack, scale=scale, recipe=self._recipe)
        return LabelledCrop(cut(view, to_crop, side_px=side_px), bool(self._unmasked[position]), weight)

    def _crop(self, rng: np.random.Generator, position: int, weight: float) -> LabelledCrop:
        pixels, mask = self._cache.read(position)
        side_px = self._recipe.crop_px
        label = None
        for _ in range(_TRIES):
            scale = math.exp(rng.uniform(*np.log(self._recipe.scale_range)))
            to_crop = window(rng, mask, scale=scale, recipe=self._recipe)
            shown = cut(mask * np.uint8(255), to_crop, side_px=side_px) >= 128
            label = patch_label(shown, min_crack_px=self._recipe.min_crack_px)
            if label is not None:
                break
        crop = cut(pixels, to_crop, side_px=side_px)
        return LabelledCrop(crop, bool(label), 0.0 if label is None else weight)


def warn_of_large_wholes(cache: DecodedCache, *, side_px: int) -> None:
    """Say where pictures without masks are so large that a photo like them will be looked at in patches."""
    large: Counter[str] = Counter()
    longest_px = 0
    for position, sample in enumerate(cache.samples):
        height, width = cache.shape(position)
        if sample.unmasked_crack and not fits_whole(height, width, side_px=side_px):
            large[sample.set_name] += 1
            longest_px = max(longest_px, height, width)
    for name, count in large.items():
        _log.warning(
            "%s: %d cracked pictures without masks are up to %d px long; the model will look at such photos"
            " in patches of %d px, which is not what they teach: set data.crop_px to %d or more.",
            name,
            count,
            longest_px,
            side_px,
            32 * math.ceil(longest_px / WHOLE_UP_TO / 32),
        )
